// SPDX-License-Identifier: Apache-2.0
// How this layer words a failed system call: what was tried, on which path, why it failed, and the
// name of the errno value as the stable detail. One table, so that tests can fake an error by name.
#pragma once

#include "infrastate/types/error.h"

#include <string>
#include <string_view>

namespace infrastate::store {

/// "ENOSPC"; "E123" for a value that the table does not know.
std::string errno_name(int value);

/// "cannot ACTION PATH: REASON (NAME)", out of errno's value.
Error file_error(std::string_view action, const std::string& path, int value);
/// The same. `detail` is what errno_name() gives, or a word of this program's own.
Error named_file_error(std::string_view action, const std::string& path, const std::string& detail);

/// "FIELD: MESSAGE": what was found on disk and is not taken.
Error refusal(std::string_view field, std::string message, std::string detail);

/// A file's name fit to stand in a message.
std::string shown(const std::string& path);

} // namespace infrastate::store
