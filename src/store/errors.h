// SPDX-License-Identifier: Apache-2.0
// The words for a failed system call: what was tried, on which path, why it failed, and in `detail`
// the name of the errno value. There is one table, so tests can fake an error by its name.
#pragma once

#include "infrastate/types/error.h"

#include <string>
#include <string_view>

namespace infrastate::store {

/// "ENOSPC". "E123" for a value that is not in the table.
std::string errno_name(int value);

/// "cannot ACTION PATH: REASON (NAME)", from errno's value.
Error file_error(std::string_view action, const std::string& path, int value);
/// The same. `detail` is what errno_name() returns, or a word of this program.
Error named_file_error(std::string_view action, const std::string& path, const std::string& detail);

/// "FIELD: MESSAGE", for something on disk that is refused.
Error refusal(std::string_view field, std::string message, std::string detail);

/// A file's name in a form that is fit for a message.
std::string shown(const std::string& path);

} // namespace infrastate::store
