// SPDX-License-Identifier: Apache-2.0
// What can go wrong at a port call of a run, and at which one.
#pragma once

#include <cstdint>
#include <string>

namespace infrastate::explore {

/// Which calls a fault counts.
enum class Where {
    any,   ///< every port call
    file,  ///< every system call on files
    write, ///< a new file
    rename,
    unlink,
    sync,    ///< of a file or a folder
    request, ///< every request
    list,
    user,
    version,
    post,
    remove,
    attempt, ///< a try of a kept secret
    count_,
};

enum class What {
    crash_before, ///< the process dies before the call acts
    crash_after,  ///< ... when it has acted, before it returns
    crash_within, ///< ... in the middle of writing a file; elsewhere like crash_after
    power_before, ///< the machine dies: what was not synced may be gone
    power_after,
    power_within,
    no_space,      ///< ENOSPC, of calls that take space
    io_error,      ///< EIO
    lost,          ///< the request never arrives; the caller hears nothing
    acted,         ///< it acts, the answer never arrives
    late,          ///< a POST that acts after the caller has given up; others: lost
    failed,        ///< 503 without acting
    failed_acted,  ///< 502 of a gateway, though the server has acted
    too_many,      ///< 429
    no_connection, ///< it is refused: nothing acted
    blip,          ///< 401 "unauthorized" though the credentials are good
    dateless,      ///< the answer has no Date
    slow,          ///< the answer takes long; near the deadline it is lost
    count_,
};

inline constexpr int every = -1;

struct Fault {
    Where where = Where::any;
    int nth = 0; ///< of such calls of the run, from 0; `every`: all of them
    What what = What::lost;
    std::int64_t amount = 0; ///< late: seconds; slow: milliseconds
    int times = 1;           ///< so many calls, one after the other
    int retry_after = 0;     ///< seconds that a 429 or a 503 asks to wait; 0: it does not say

    bool operator==(const Fault&) const = default;
};

std::string name(Where value);
std::string name(What value);
/// "crash_before the 2nd rename"
std::string text(const Fault& fault);

} // namespace infrastate::explore
