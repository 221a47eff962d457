// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include "digest.h"
#include "go_text.h"

#include "infrastate/json/json.h"
#include "infrastate/types/secret.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace infrastate::simulator {

namespace {

constexpr std::string_view help =
    R"(Usage: infra-simulator [OPTION]...
An Infra server in memory: it answers as Infra 0.21.0 does, keeps a clock that tests may set, and
fails on order. For tests and demonstrations only.

Once it listens, it prints one line of JSON: url, ca_file, admin_user, admin_key, admin_password,
dev_user, dev_password, control_url, control_token, version, pid. It ends on SIGTERM or SIGINT and
then removes what it wrote.

  --listen HOST:PORT   where to listen; port 0 takes a free one (default 127.0.0.1:0)
  --dir DIR            where to write ca.pem; made if missing (default: a temporary folder)
  --cert FILE --key FILE
                       a certificate (with its chain) and its key, in PEM form, instead of new
                       ones; --ca-file FILE is then what the ready line names
  --admin-key KEY      the administrator's access key; better given in the environment as
                       INFRA_SIMULATOR_ADMIN_KEY, where others cannot see it (default: random)
  --users FILE         the users to start with, instead of admin@example.com and dev@example.com:
                       [{"name": ..., "password": ..., "role": "admin"|"view"|"connector"|"",
                         "access_key": ...}, ...]
                       Passwords and keys may be left out. May be given more than once.
  --version X.Y.Z      the version to report (default 0.21.0)
  --row-shape SHAPE    released: rows as Infra 0.21.0 shows them; newer: as the code after it does,
                       to clients with an Infra-Version above 0.21.0 (default released)
  --die-with-parent    end when the process that started this one ends
  --help               this text

Clock, faults and the record of requests are under /_simulator/ of the same address, with the
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
  huge_body bytes [status] [chunked]            drip ms [bytes] [from: head|body]
)";

Error wrong(std::string_view option, std::string_view what) {
    return argument_error(option, std::string(option) + ": " + std::string(what));
}

Result<void> read_users(const std::string& path, std::vector<UserSeed>& users) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return wrong("--users", "cannot read " + path);
    const Result<Value> list = json::read(text.str());
    if (!list) return wrong("--users", path + ": " + list.error().message);
    if (!list->is_array()) return wrong("--users", path + " must hold an array");
    for (const Value& item : list->items()) {
        UserSeed user;
        if (!item.is_object()) return wrong("--users", path + ": each user must be an object");
        for (const auto& [name, value] : item.members()) {
            std::string* target = name == "name"         ? &user.name
                                  : name == "password"   ? &user.password
                                  : name == "role"       ? &user.role
                                  : name == "access_key" ? &user.access_key
                                                         : nullptr;
            if (target == nullptr || !value.is_string())
                return wrong("--users",
                             path + ": expected are name, password, role and access_key, strings");
            *target = value.string();
        }
        if (user.name.empty()) return wrong("--users", path + ": a user without a name");
        if (!user.role.empty() && user.role != "admin" && user.role != "view" &&
            user.role != "connector")
            return wrong("--users", path + ": role must be admin, view, connector or empty");
        if (!user.access_key.empty() && !looks_like_access_key(user.access_key))
            return wrong("--users", path + ": access_key must be ten letters or digits, a dot, and "
                                           "twenty-four letters or digits");
        users.push_back(std::move(user));
    }
    return {};
}

/// Splits "HOST:PORT" and "[::1]:PORT".
Result<void> read_address(const std::string& text, Options& options) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0)
        return wrong("--listen", "expected is HOST:PORT, not " + text);
    options.host = text.substr(0, colon);
    if (options.host.front() == '[' && options.host.back() == ']')
        options.host = options.host.substr(1, options.host.size() - 2);
    const auto port = parse_go_int(text.substr(colon + 1));
    if (colon + 1 == text.size() || !port || *port < 0 || *port > 65535)
        return wrong("--listen", "the port must be a number from 0 to 65535");
    options.port = static_cast<std::uint16_t>(*port);
    return {};
}

/// Who the ready line speaks of.
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

std::string_view help_text() noexcept {
    return help;
}

Result<Options> read_options(const std::vector<std::string>& arguments) {
    Options options;
    const char* from_environment = std::getenv("INFRA_SIMULATOR_ADMIN_KEY");
    std::string admin_key = from_environment == nullptr ? "" : from_environment;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string option = arguments[i];
        if (option == "--help") {
            options.help = true;
            return options;
        }
        if (option == "--die-with-parent") {
            options.die_with_parent = true;
            continue;
        }
        std::string value;
        if (const std::size_t equals = option.find('='); equals != std::string::npos) {
            value = option.substr(equals + 1);
            option.resize(equals);
        } else if (i + 1 < arguments.size()) {
            value = arguments[++i];
        } else {
            return wrong(option, "a value is missing, or the option is not known; see --help");
        }
        Result<void> read;
        if (option == "--listen")
            read = read_address(value, options);
        else if (option == "--dir")
            options.dir = value;
        else if (option == "--cert")
            options.certificate_file = value;
        else if (option == "--key")
            options.key_file = value;
        else if (option == "--ca-file")
            options.ca_file = value;
        else if (option == "--admin-key")
            admin_key = value;
        else if (option == "--users")
            read = read_users(value, options.api.users);
        else if (option == "--version")
            options.api.version = value;
        else if (option == "--row-shape") {
            if (value != "released" && value != "newer")
                return wrong(option, "expected is released or newer, not " + value);
            options.api.row_shape = value == "newer" ? RowShape::newer : RowShape::released;
        } else
            return wrong(option, "is not known; see --help");
        if (!read) return read.error();
    }
    if (!admin_key.empty() && !looks_like_access_key(admin_key))
        return wrong("--admin-key", "expected are ten letters or digits, a dot, and twenty-four "
                                    "letters or digits");
    if (!parse_version(options.api.version))
        return wrong("--version", "expected is a version such as 0.21.0");
    if (options.certificate_file.empty() != options.key_file.empty())
        return wrong("--cert", "must be given together with --key");
    fill_users(options, admin_key);
    return options;
}

} // namespace infrastate::simulator
