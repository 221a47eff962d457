// SPDX-License-Identifier: Apache-2.0
// What the executable does to its own process: no core dumps, signals that cancel, output that is
// written whole. For the executable only; a library has no business with any of it.
#pragma once

#include "infrastate/transport/cancel.h"

#include <string_view>

namespace infrastate::module {

/// No core dump, and no other process of this user may look into this one's memory. SIGPIPE is
/// ignored: a write that fails says so.
void protect_process() noexcept;

/// SIGTERM, SIGINT and SIGHUP set the token, which is borrowed for good; a second one ends the
/// process at once.
void cancel_on_signals(transport::CancelToken& token) noexcept;

/// False where not all of it could be written. Needs no memory.
bool write_all(int descriptor, std::string_view text) noexcept;

} // namespace infrastate::module
