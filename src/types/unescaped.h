// SPDX-License-Identifier: Apache-2.0
// A text without the escapes of JSON, URLs and HTML, that still knows where each byte stood: a
// server may quote a secret in any of these.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate {

/// Wiped when it goes: a secret may stand in it.
struct Unescaped {
    std::string text;
    std::vector<std::size_t> origin; ///< of each byte and of the end, in the text it was made of

    Unescaped() = default;
    Unescaped(const Unescaped&) = delete;
    Unescaped& operator=(const Unescaped&) = delete;
    Unescaped(Unescaped&&) noexcept = default;
    Unescaped& operator=(Unescaped&&) noexcept = default;
    ~Unescaped();
};

/// What escapes begin with: of URLs (+ is a space there), of JSON and of HTML.
inline constexpr std::string_view url_escapes = "%+", json_escapes = "\\", html_escapes = "&";
inline constexpr std::string_view every_escape = "%+\\&";

/// One level of the escapes that begin with one of `signs`: %41, \", \n, \u0041, &amp;, &#65;. What
/// is none stays as it is; one that "..." cuts off is left out. Empty where there is none.
Unescaped unescaped(std::string_view text, std::string_view signs);

} // namespace infrastate
