// SPDX-License-Identifier: Apache-2.0
#include "query.h"

#include <charconv>

namespace infrastate::simulator {

std::optional<std::string> unescape(std::string_view text, bool plus_is_space) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            plain += ' ';
        } else if (text[i] == '%') {
            unsigned byte = 0;
            const std::string_view hex = text.substr(i + 1, 2);
            const auto [stop, problem] =
                std::from_chars(hex.data(), hex.data() + hex.size(), byte, 16);
            if (hex.size() != 2 || problem != std::errc{} || stop != hex.data() + 2)
                return std::nullopt;
            plain += static_cast<char>(byte);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

Query::Query(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
        const std::size_t equals = pair.find('=');
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        const auto name = unescape(pair.substr(0, equals), true);
        const auto plain = unescape(value, true);
        if (name && plain) pairs_.emplace_back(*name, *plain);
    }
}

std::string_view Query::get(std::string_view name) const {
    for (const auto& [key, value] : pairs_)
        if (key == name) return value;
    return {};
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\n\v\f\r";
    const std::size_t first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(space) - first + 1));
}

} // namespace infrastate::simulator
