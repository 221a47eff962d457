// SPDX-License-Identifier: Apache-2.0
// What can go wrong at a port call of a run, and at which call.
#pragma once

#include <cstdint>
#include <string>

namespace infrastate::explore {

/// The calls that a fault counts.
enum class Where {
    any,   ///< every port call
    file,  ///< every system call on files
    write, ///< a new file
    rename,
    unlink,
    sync,    ///< a sync of a file or a folder
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
    crash_after,  ///< ... after the call has acted, before it returns
    crash_within, ///< ... in the middle of writing a file; for other calls like crash_after
    power_before, ///< the machine dies: what was not synced may be gone
    power_after,
    power_within,
    no_space,      ///< ENOSPC, for calls that take space
    io_error,      ///< EIO
    lost,          ///< the request never arrives; the caller hears nothing
    acted,         ///< it acts, the answer never arrives
    late,          ///< a POST that acts after the caller has given up; other requests: as lost
    failed,        ///< 503; the server did not act
    failed_acted,  ///< 502 from a gateway, although the server has acted
    too_many,      ///< 429
    no_connection, ///< the connection is refused: the server did not act
    blip,          ///< 401 "unauthorized" though the credentials are good
    dateless,      ///< the answer has no Date
    slow,          ///< the answer takes long; near the deadline it is lost
    count_,
};

inline constexpr int every = -1;

struct Fault {
    Where where = Where::any;
    int nth = 0; ///< the number among those calls of the run, from 0; `every`: all of them
    What what = What::lost;
    std::int64_t amount = 0; ///< late: seconds; slow: milliseconds
    int times = 1;           ///< how many calls fail, one after the other
    int retry_after = 0;     ///< seconds that a 429 or a 503 asks to wait; 0: not given

    bool operator==(const Fault&) const = default;
};

std::string name(Where value);
std::string name(What value);
/// "crash_before the 2nd rename"
std::string text(const Fault& fault);

} // namespace infrastate::explore
