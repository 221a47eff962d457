// SPDX-License-Identifier: Apache-2.0
// The command line of the module executable, and the source of its JSON arguments. It reads the
// text up to a limit and does not parse it.
#pragma once

#include "infrastate/types/error.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::module {

struct CommandLine {
    enum class Task { run, self_test, help, version, schema };

    Task task = Task::run;
    std::string module{}; ///< of --module, or empty
    std::string input{};  ///< a file; "-" for standard input; empty where none was named
};

/// `arguments` are those after the program's name. The error is one sentence.
Result<CommandLine> parse_command_line(const std::vector<std::string_view>& arguments);

std::string help_text();

/// At most this much is read as arguments: 1 MiB.
inline constexpr std::size_t max_input = 1u << 20;

/// The whole text of a file, or of standard input for "-" and "". Never reads more than max_input +
/// 1 bytes.
Result<std::string> read_input(const std::string& input);

} // namespace infrastate::module
