// SPDX-License-Identifier: Apache-2.0
// What the executable does to its own process: no core dumps, signals that cancel, output that is
// written whole. For the executable only; a library has no business with any of it.
#pragma once

#include "infrastate/transport/cancel.h"

#include <chrono>
#include <string_view>

namespace infrastate::module {

/// No core dump, and no other process of this user may look into this one's memory. SIGPIPE and
/// SIGXFSZ are ignored: a write that fails says so.
void protect_process() noexcept;

/// Puts /dev/null where a standard stream is closed: a file opened later would take its number, and
/// get what is written to the stream. True if standard output was open.
bool hold_standard_streams() noexcept;

/// Why nothing written to the descriptor would arrive, as far as that can be seen without writing;
/// an errno, or 0.
int cannot_take_output(int descriptor) noexcept;

/// SIGTERM, SIGINT and SIGHUP set the token, which is borrowed for good; a second one ends the
/// process at once.
void cancel_on_signals(transport::CancelToken& token) noexcept;

struct Written {
    bool whole = false;
    int error = 0; ///< an errno; ETIMEDOUT: the reader took too long; ECANCELED: by a signal
};

/// Waits for a slow reader as long as `patience`, whether the descriptor blocks or not; less if the
/// token is set. A file is synced and closed once, since a disk may say only then that it has lost
/// what was written. Needs no memory.
Written write_within(int descriptor, std::string_view text, std::chrono::milliseconds patience,
                     const transport::CancelToken* cancel = nullptr) noexcept;

/// False where not all of it could be written, in half a minute. Needs no memory.
bool write_all(int descriptor, std::string_view text) noexcept;

} // namespace infrastate::module
