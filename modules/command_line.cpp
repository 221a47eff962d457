// SPDX-License-Identifier: Apache-2.0
#include "command_line.h"

#include "hosted.h"

#include "infrastate/types/descriptor.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace infrastate::module {
namespace {

Error input_error(std::string message) {
    return Error{Code::argument, std::move(message), {}, "input"};
}

/// "cannot read the arguments from standard input: Input/output error"
Error system_failed(const std::string& what, int number) {
    if (is_lack(number)) return lack_of(number, "for the arguments");
    return input_error("cannot " + what + ": " + std::generic_category().message(number));
}

} // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string_view>& arguments) {
    CommandLine out;
    bool options = true;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (!options || argument == "-" || !argument.starts_with('-')) {
            if (!out.input.empty())
                return input_error("more than one file of arguments was given; give one, or none "
                                   "to read standard input");
            if (argument.empty()) return input_error("the name of the file of arguments is empty");
            out.input = argument;
        } else if (argument == "--") {
            options = false;
        } else if (argument == "--help" || argument == "-h") {
            out.task = CommandLine::Task::help;
        } else if (argument == "--version") {
            out.task = CommandLine::Task::version;
        } else if (argument == "--self-test") {
            out.task = CommandLine::Task::self_test;
        } else if (argument == "--schema") {
            out.task = CommandLine::Task::schema;
        } else if (argument == "--module") {
            if (++i == arguments.size())
                return input_error("--module needs the name of a module: " + hosted_names());
            out.module = arguments[i];
        } else if (argument.starts_with("--module=")) {
            out.module = argument.substr(std::strlen("--module="));
        } else {
            return input_error("unknown option " + in_quotes(argument) +
                               "; --help lists those there are");
        }
    }
    if (!out.module.empty() && find_hosted(out.module) == nullptr)
        return input_error("--module: there is no module " + in_quotes(out.module) +
                           " in this program; it has " + hosted_names());
    return out;
}

std::string help_text() {
    std::string out =
        "Keeps resources of an Infra server in the state that is described.\n"
        "\n"
        "usage: infra_access_key [OPTIONS] [FILE | -]\n"
        "\n"
        "Reads one JSON object with the module's parameters from FILE, or from standard\n"
        "input, and prints one JSON object with the result. Ansible runs it in this way.\n"
        "\n"
        "  --module NAME  run this module; without it the name in the arguments or the\n"
        "                 name of this file decides\n"
        "  --self-test    look at the way to the server step by step, with the same parameters,\n"
        "                 and say what is wrong; changes nothing\n"
        "  --schema       print all parameters and returned fields as JSON\n"
        "  --version      print the version\n"
        "  --help         print this text\n"
        "\n"
        "Modules:\n";
    for (const schema::Resource& resource : schema::resources())
        out += "  " + std::string(resource.module) + "  " + std::string(resource.summary) + "\n";
    out += "\n"
           "Exit code: 0 for success, 1 for a failure (the result says why), 2 for a command\n"
           "line that is wrong; --self-test gives 1 if something is wrong.\n"
           "\n"
           "Example:\n"
           "  echo '{\"name\": \"my-cluster\", \"_ansible_check_mode\": true}' |\n"
           "    INFRA_HOST=infra.example.com INFRA_ACCESS_KEY_FILE=admin.key infra_access_key\n"
           "  INFRA_HOST=infra.example.com INFRA_ACCESS_KEY_FILE=admin.key "
           "infra_access_key --self-test\n";
    return out;
}

Result<std::string> read_input(const std::string& input) {
    const bool standard = input.empty() || input == "-";
    const std::string shown = standard ? "standard input" : in_quotes(input);
    const Descriptor file(standard ? -1 : ::open(input.c_str(), O_RDONLY | O_CLOEXEC));
    if (!standard && !file.is_open())
        return system_failed("open the file of arguments " + shown, errno);
    std::string out;
    std::array<char, 16384> buffer;
    while (true) {
        const ssize_t got =
            ::read(standard ? STDIN_FILENO : file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_failed("read the arguments from " + shown, errno);
        if (got == 0) break;
        out.append(buffer.data(), static_cast<std::size_t>(got));
        if (out.size() > max_input)
            return input_error("the arguments in " + shown +
                               " are longer than 1 MiB (1048576 bytes), the most that is read");
    }
    wipe(buffer.data(), buffer.size());
    return out;
}

} // namespace infrastate::module
