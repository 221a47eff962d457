// SPDX-License-Identifier: Apache-2.0
// What the executable does to its own process: no core dumps, signals that cancel, complete output.
// For the executable only; a library must not do any of it.
#pragma once

#include "infrastate/transport/cancel.h"

#include <chrono>
#include <string_view>

namespace infrastate::module {

/// Prevents core dumps, and other processes of this user from reading this one's memory. Ignores
/// SIGPIPE and SIGXFSZ: the write that fails returns the error.
void protect_process() noexcept;

/// Opens /dev/null for each standard stream that is closed. Otherwise a file that is opened later
/// would get the stream's number, and with it what is written to the stream. True if standard
/// output was open.
bool hold_standard_streams() noexcept;

/// Why output to the descriptor would be lost, as far as that can be seen without writing: an
/// errno, or 0.
int cannot_take_output(int descriptor) noexcept;

/// SIGTERM, SIGINT and SIGHUP set the token; a second one ends the process at once. The token must
/// exist until the process ends.
void cancel_on_signals(transport::CancelToken& token) noexcept;

struct Written {
    bool whole = false;
    int error = 0; ///< an errno; ETIMEDOUT: the reader took too long; ECANCELED: the token was set
};

/// Waits for a slow reader at most for `patience`, whether the descriptor blocks or not, and no
/// longer once the token is set. A file is synced and closed once, because a disk may report only
/// then that it lost what was written. Needs no memory.
Written write_within(int descriptor, std::string_view text, std::chrono::milliseconds patience,
                     const transport::CancelToken* cancel = nullptr) noexcept;

/// False if not everything could be written within half a minute. Needs no memory.
bool write_all(int descriptor, std::string_view text) noexcept;

} // namespace infrastate::module
