// SPDX-License-Identifier: Apache-2.0
#include "python_text.h"

#include "infrastate/types/ascii.h"

#include <algorithm>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace infrastate::module {
namespace {

/// The home folder of a user, or of the caller for an empty name; empty if unknown.
std::string home_of(const std::string& user) {
    if (user.empty())
        if (const char* home = std::getenv("HOME")) return home;
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> buffer(16384);
    const int status =
        user.empty() ? ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found)
                     : ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return status == 0 && found != nullptr ? found->pw_dir : "";
}

bool word(char c) {
    return is_letter_or_digit(c) || c == '_';
}

std::string expand_variables(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::string_view name;
        std::size_t length = 0;
        if (text[0] == '$' && text.size() > 1) {
            if (text[1] == '{') {
                if (const auto end = text.find('}'); end != std::string_view::npos) {
                    name = text.substr(2, end - 2);
                    length = end + 1;
                }
            } else {
                std::size_t end = 1;
                while (end < text.size() && word(text[end]))
                    ++end;
                name = text.substr(1, end - 1);
                length = end;
            }
        }
        const char* value = name.empty() ? nullptr : std::getenv(std::string(name).c_str());
        if (value != nullptr) {
            out += value;
            text.remove_prefix(length);
        } else {
            out += text[0];
            text.remove_prefix(1);
        }
    }
    return out;
}

} // namespace

std::string_view python_type(const Value& value) noexcept {
    switch (value.kind()) {
    case Value::Kind::null:
        return "NoneType";
    case Value::Kind::boolean:
        return "bool";
    case Value::Kind::integer:
        return "int";
    case Value::Kind::number:
        return "float";
    case Value::Kind::string:
        return "str";
    case Value::Kind::array:
        return "list";
    case Value::Kind::object:
        return "dict";
    }
    return "object";
}

std::string python_class(const Value& value) {
    return "<class '" + std::string(python_type(value)) + "'>";
}

std::string python_str(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::null:
        return "None";
    case Value::Kind::boolean:
        return value.boolean() ? "True" : "False";
    case Value::Kind::integer:
        return std::to_string(value.integer());
    case Value::Kind::number:
        return number_text(value.number());
    case Value::Kind::string:
        return value.string();
    default:
        return python_class(value);
    }
}

std::string expand_path(std::string_view path) {
    std::string out = expand_variables(path);
    if (!out.starts_with('~')) return out;
    const auto slash = std::min(out.find('/'), out.size());
    std::string home = home_of(out.substr(1, slash - 1));
    if (home.empty()) return out;
    while (home.size() > 1 && home.ends_with('/'))
        home.pop_back();
    return home + out.substr(slash);
}

} // namespace infrastate::module
