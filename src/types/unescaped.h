// SPDX-License-Identifier: Apache-2.0
// A text without the escapes of JSON, URLs and HTML, which still knows where each byte was. A
// server may quote a secret in any of these forms.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate {

/// Wiped on destruction, because it may contain a secret.
struct Unescaped {
    std::string text;
    std::vector<std::size_t> origin; ///< where each byte, and the end, was in the original text

    Unescaped() = default;
    Unescaped(const Unescaped&) = delete;
    Unescaped& operator=(const Unescaped&) = delete;
    Unescaped(Unescaped&&) noexcept = default;
    Unescaped& operator=(Unescaped&&) noexcept = default;
    ~Unescaped();
};

/// The characters with which escapes begin: in URLs (where + is a space), JSON and HTML.
inline constexpr std::string_view url_escapes = "%+", json_escapes = "\\", html_escapes = "&";
inline constexpr std::string_view every_escape = "%+\\&";

/// Undoes one level of the escapes that begin with one of `signs`: %41, \", \n, \u0041, &amp;,
/// &#65;. Anything else stays unchanged. An escape that "..." cuts off is left out. Empty if there
/// is no escape.
Unescaped unescaped(std::string_view text, std::string_view signs);

} // namespace infrastate
