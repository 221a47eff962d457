// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include "digest.h"
#include "go_text.h"
#include "refusal.h"

#include <Poco/RegularExpression.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/Option.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace infrastate::simulator {

namespace {

struct OptionRow {
    const char* name;
    const char* argument; ///< nullptr for a flag
    const char* description;
};

constexpr std::array<OptionRow, 11> option_rows{{
    {"listen", "HOST:PORT", "where to listen; port 0 takes a free one (default 127.0.0.1:0)"},
    {"dir", "DIR", "where to write ca.pem; made if missing (default: a temporary folder)"},
    {"cert", "FILE",
     "a certificate (with its chain) in PEM form, instead of a new one; with --key"},
    {"key", "FILE", "the certificate's private key in PEM form"},
    {"ca-file", "FILE", "what the ready line names as ca_file; with --cert"},
    {"admin-key", "KEY",
     "the administrator's access key; better given in the environment as "
     "INFRA_SIMULATOR_ADMIN_KEY, "
     "where others cannot see it (default: random)"},
    {"users", "FILE",
     "the users to start with, instead of admin@example.com and dev@example.com:\n"
     "[{\"name\": ..., \"password\": ..., \"role\": \"admin\"|\"view\"|\"connector\"|\"\",\n"
     " \"access_key\": ...}, ...]\n"
     "Passwords and keys may be left out. May be given more than once."},
    {"version", "X.Y.Z", "the version to report (default 0.21.0)"},
    {"row-shape", "SHAPE",
     "released: rows as Infra 0.21.0 shows them; newer: as the code after it does, to clients with "
     "an Infra-Version above 0.21.0 (default released)"},
    {"die-with-parent", nullptr, "end when the process that started this one ends"},
    {"help", nullptr, "this text"},
}};

constexpr int help_width = 100;

constexpr const char* help_header =
    R"(An Infra server in memory: it answers as Infra 0.21.0 does, keeps a clock that tests may set, and
fails on order. For tests and demonstrations only.

Once it listens, it prints one line of JSON: url, ca_file, admin_user, admin_key, admin_password,
dev_user, dev_password, control_url, control_token, version, pid. It ends on SIGTERM or SIGINT and
then removes what it wrote.)";

constexpr const char* help_footer =
    R"(Clock, faults and the record of requests are under /_simulator/ of the same address, with the
control token as bearer: GET /_simulator/ lists the calls. A fault is a rule such as
  {"match": {"method": "POST", "path": "/api/access-keys", "contains": "", "nth": 1},
   "times": 1, "action": "act_then_reset"}
(times 0: always), with one of these actions:
  delay ms            wait, then act            delay_answer ms     act, wait, then answer
  date seconds        a wrong Date              no_date             no Date header
  age seconds         an Age header
these add up; the first rule with one of the next ends the request:
  reset               do not act                act_then_reset      act, then no answer
  act_late ms [connection: reset|hold]          hang ms             neither act nor answer
  cut_body bytes [end: reset|plain|close]       unauthorized        401 without a reason
  status status [message|body] [retry_after] [content_type] [act]
  html [status] [body] [act]                    garbage [bytes]     not HTTP at all
  huge_body bytes [status] [chunked]            drip ms [bytes] [from: head|body])";

[[noreturn]] void bad_option(const std::string& option, const std::string& what) {
    throw Refusal(option + ": " + what);
}

bool is_access_key(const std::string& text) {
    static const Poco::RegularExpression form("^[A-Za-z0-9]{10}\\.[A-Za-z0-9]{24}$");
    return form.match(text);
}

UserSeed read_user(const std::string& path, const Json& value) {
    const auto wrong = [&path](const std::string& what) {
        bad_option("--users", path + ": " + what);
    };
    UserSeed user;
    const Poco::JSON::Object* object = as_object(value);
    if (object == nullptr) bad_option("--users", path + ": each user must be an object");
    for (const auto& [name, member] : *object) {
        std::string* target = name == "name"         ? &user.name
                              : name == "password"   ? &user.password
                              : name == "role"       ? &user.role
                              : name == "access_key" ? &user.access_key
                                                     : nullptr;
        const std::string* text = as_string(member);
        if (target == nullptr || text == nullptr)
            bad_option("--users",
                       path + ": expected are name, password, role and access_key, strings");
        *target = *text;
    }
    if (user.name.empty()) wrong("a user without a name");
    if (!user.role.empty() && user.role != "admin" && user.role != "view" &&
        user.role != "connector")
        wrong("role must be admin, view, connector or empty");
    if (!user.access_key.empty() && !is_access_key(user.access_key))
        wrong("access_key must be ten letters or digits, a dot, and twenty-four letters or "
              "digits");
    return user;
}

void read_users(const std::string& path, std::vector<UserSeed>& users) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) bad_option("--users", "cannot read " + path);
    Json list;
    try {
        list = read_json(text.str());
    } catch (const Refusal& problem) {
        bad_option("--users", path + ": " + problem.what());
    }
    const Poco::JSON::Array* items = as_array(list);
    if (items == nullptr) bad_option("--users", path + " must hold an array");
    for (const Json& item : *items)
        users.push_back(read_user(path, item));
}

/// Splits "HOST:PORT" and "[::1]:PORT".
void read_address(const std::string& text, Options& options) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0)
        bad_option("--listen", "expected is HOST:PORT, not " + text);
    options.host = text.substr(0, colon);
    if (options.host.front() == '[' && options.host.back() == ']')
        options.host = options.host.substr(1, options.host.size() - 2);
    const std::string port = text.substr(colon + 1);
    static const Poco::RegularExpression form("^[0-9]{1,5}$");
    if (!form.match(port) || std::stoi(port) > 65535)
        bad_option("--listen", "the port must be a number from 0 to 65535, not " + port);
    options.port = static_cast<std::uint16_t>(std::stoi(port));
}

/// Fills in the users that the ready line names.
void fill_users(Options& options, const std::string& admin_key) {
    std::vector<UserSeed>& users = options.api.users;
    if (users.empty())
        users = {{"admin@example.com", random_text(20), "admin", ""},
                 {"dev@example.com", random_text(20), "", ""}};
    UserSeed* admin = nullptr;
    const UserSeed* plain = nullptr;
    for (UserSeed& user : users) {
        if (admin == nullptr && user.role == "admin") admin = &user;
        if (plain == nullptr && user.role.empty()) plain = &user;
    }
    if (admin != nullptr) {
        if (!admin_key.empty()) admin->access_key = admin_key;
        if (admin->access_key.empty()) admin->access_key = new_token();
        options.admin_name = admin->name;
        options.admin_key = admin->access_key;
        options.admin_password = admin->password;
    }
    if (plain != nullptr) {
        options.plain_name = plain->name;
        options.plain_password = plain->password;
    }
}

} // namespace

void define_options(Poco::Util::OptionSet& options) {
    for (const OptionRow& row : option_rows) {
        Poco::Util::Option option(row.name, "", row.description);
        option.repeatable(true); // the last of two counts
        if (row.argument != nullptr) option.argument(row.argument);
        options.addOption(option);
    }
}

std::string help_text(const Poco::Util::OptionSet& options) {
    Poco::Util::HelpFormatter formatter(options);
    formatter.setCommand("infra-simulator");
    formatter.setUsage("[OPTION]...");
    formatter.setHeader(help_header);
    formatter.setFooter(help_footer);
    formatter.setWidth(help_width);
    std::ostringstream text;
    formatter.format(text);
    return text.str();
}

OptionReader::OptionReader() {
    const char* from_environment = std::getenv("INFRA_SIMULATOR_ADMIN_KEY");
    if (from_environment != nullptr) admin_key_ = from_environment;
}

void OptionReader::take(const std::string& name, const std::string& value) {
    if (name == "listen")
        read_address(value, options_);
    else if (name == "dir")
        options_.dir = value;
    else if (name == "cert")
        options_.certificate_file = value;
    else if (name == "key")
        options_.key_file = value;
    else if (name == "ca-file")
        options_.ca_file = value;
    else if (name == "admin-key")
        admin_key_ = value;
    else if (name == "users")
        read_users(value, options_.api.users);
    else if (name == "version")
        options_.api.version = value;
    else if (name == "row-shape") {
        if (value != "released" && value != "newer")
            bad_option("--row-shape", "expected is released or newer, not " + value);
        options_.api.row_shape = value == "newer" ? RowShape::newer : RowShape::released;
    } else if (name == "die-with-parent")
        options_.die_with_parent = true;
    else if (name == "help")
        options_.help = true;
}

Options OptionReader::finish(const std::vector<std::string>& words) {
    if (!words.empty()) bad_option(words.front(), "is not known; see --help");
    if (!admin_key_.empty() && !is_access_key(admin_key_))
        bad_option("--admin-key",
                   "expected are ten letters or digits, a dot, and twenty-four letters "
                   "or digits");
    if (!parse_version(options_.api.version))
        bad_option("--version",
                   "expected is a version such as 0.21.0, not " + options_.api.version);
    if (options_.certificate_file.empty() != options_.key_file.empty())
        bad_option("--cert", "must be given together with --key");
    fill_users(options_, admin_key_);
    return options_;
}

std::string explain(const Poco::Util::OptionException& problem) {
    // Poco's messages begin with the option as it was given, without dashes. The value may be part
    // of it and may be a secret.
    const std::string& message = problem.message();
    const std::string option = "--" + message.substr(0, message.find_first_of(":= "));
    if (dynamic_cast<const Poco::Util::MissingArgumentException*>(&problem) != nullptr)
        return option + ": a value is missing; see --help";
    if (dynamic_cast<const Poco::Util::UnexpectedArgumentException*>(&problem) != nullptr)
        return option + ": takes no value; see --help";
    if (dynamic_cast<const Poco::Util::AmbiguousOptionException*>(&problem) != nullptr)
        return option + ": may stand for several options; see --help";
    return option + ": is not known; see --help";
}

} // namespace infrastate::simulator
