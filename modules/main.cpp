// SPDX-License-Identifier: Apache-2.0
// The module executable. It reads JSON arguments, runs the named module, and prints one JSON
// object. Exit codes: 0 success, 1 failure, 2 a wrong command line.
#include "command_line.h"
#include "environment.h"
#include "hosted.h"
#include "process.h"
#include "runner.h"
#include "self_test.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/describe.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"

#include <cerrno>
#include <chrono>
#include <exception>
#include <new>
#include <system_error>
#include <unistd.h>

namespace {

using namespace infrastate;
using module::CommandLine;

constexpr int success = 0, failure = 1, usage = 2;

// Printed if there is no memory left for composing a sentence.
constexpr std::string_view no_memory =
    "{\"changed\":false,\"failed\":true,\"msg\":\"out of memory; it is unknown whether the server "
    "was changed; the next run finds out\",\"outcome\":\"unknown\",\"secret\":null,"
    "\"secret_known\":false,\"error\":{\"code\":\"NO_MEMORY\",\"detail\":\"\",\"field\":\"\","
    "\"http_status\":0,\"retryable\":true}}\n";

void tell(std::string_view sentence) {
    module::write_all(STDERR_FILENO, "infra_access_key: " + printable(sentence, 2000) + "\n");
}

/// The reason in words.
std::string reason(int error) {
    if (error == ETIMEDOUT) return "its reader did not read in time";
    if (error == ECANCELED) return "a signal ended the wait for its reader";
    if (error == EBADF) return "it is closed";
    return std::generic_category().message(error);
}

int print(std::string_view text, int code) {
    constexpr std::chrono::seconds patience{30};
    const module::Written written = module::write_within(STDOUT_FILENO, text, patience);
    if (written.whole) return code;
    tell("the result could not be written to standard output (" + reason(written.error) + ")");
    return failure;
}

int print_result(const Value& result) {
    return print(json::write(result) + "\n", result.find("failed") == nullptr ? success : failure);
}

/// Exists until the process ends: a signal may come at any time.
const transport::CancelToken& cancelled_by_signals() {
    static transport::CancelToken token;
    module::cancel_on_signals(token);
    return token;
}

int run(std::string_view own_name, const CommandLine& command, module::Environment& environment,
        bool output_open) {
    if (const int error = output_open ? module::cannot_take_output(STDOUT_FILENO) : EBADF;
        error != 0) {
        tell("nothing was done, because the result cannot be written to standard output (" +
             reason(error) +
             ") and a new secret would be lost; redirect standard output to a program that reads "
             "it, or to a file on a disk with free space");
        return failure;
    }
    Result<std::string> text = module::read_input(command.input);
    if (!text) return print_result(module::failed_result(text.error()));
    const transport::CancelToken& cancel = cancelled_by_signals();
    const auto print_now = [&](const Value& result, std::chrono::milliseconds patience) {
        std::string line = json::write(result) + "\n";
        const module::Written written =
            module::write_within(STDOUT_FILENO, line, patience, &cancel);
        wipe(line);
        return written.whole ? std::string() : reason(written.error);
    };
    const module::Done done = module::run_module({.own_name = own_name,
                                                  .asked = command.module,
                                                  .text = *text,
                                                  .environment = environment.reader(),
                                                  .cancel = &cancel,
                                                  .log = module::write_to_syslog,
                                                  .print = print_now,
                                                  .tell = tell});
    wipe(*text);
    environment.forget();
    if (done.printed == module::Done::Printed::lost) return failure;
    if (done.printed == module::Done::Printed::whole)
        return done.result.find("failed") == nullptr ? success : failure;
    return print_result(done.result);
}

int self_test(std::string_view own_name, const CommandLine& command,
              const module::Environment& environment) {
    std::string text;
    if (!command.input.empty() ||
        ::isatty(STDIN_FILENO) != 1) { // else the environment may give everything
        Result<std::string> read = module::read_input(command.input);
        if (!read) {
            tell(read.error().message);
            return usage;
        }
        text = std::move(*read);
    }
    bool printed = true;
    const bool good =
        module::run_self_test({.own_name = own_name,
                               .asked = command.module,
                               .text = text,
                               .environment = environment.reader(),
                               .cancel = &cancelled_by_signals(),
                               .log = {}},
                              [&](std::string_view line) {
                                  printed = module::write_all(STDOUT_FILENO, line) && printed;
                              });
    return good && printed ? success : failure;
}

int dispatch(std::string_view own_name, const CommandLine& command,
             module::Environment& environment, bool output_open) {
    switch (command.task) {
    case CommandLine::Task::help:
        return print(module::help_text(), success);
    case CommandLine::Task::version:
        return print("infra_access_key " + std::string(schema::version()) + "\n", success);
    case CommandLine::Task::schema:
        return print(json::write_pretty(schema::describe()) + "\n", success);
    case CommandLine::Task::self_test:
        return self_test(own_name, command, environment);
    case CommandLine::Task::run:
        break;
    }
    // A person who typed only the program's name wants to know what it is.
    if (command.input.empty() && ::isatty(STDIN_FILENO) == 1)
        return print(module::help_text(), success);
    return run(own_name, command, environment, output_open);
}

} // namespace

int main(int argc, char** argv) {
    module::protect_process();
    const bool output_open = module::hold_standard_streams();
    try {
        module::Environment environment;
        const std::string_view own_name = argc > 0 ? argv[0] : "";
        const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
        const Result<CommandLine> command = module::parse_command_line(arguments);
        if (!command) {
            tell(command.error().message);
            return usage;
        }
        return dispatch(own_name, *command, environment, output_open);
    } catch (const std::bad_alloc&) {
        return print(no_memory, failure);
    } catch (const std::exception& problem) {
        try {
            return print_result(module::failed_result(error_of(problem, "the run")));
        } catch (...) {
            return print(no_memory, failure);
        }
    } catch (...) {
        return print(no_memory, failure);
    }
}
