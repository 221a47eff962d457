// SPDX-License-Identifier: Apache-2.0
// The characters that need no escape in a JSON string or in a message. Reader and writer take a run
// of them at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace infrastate::json {

/// Visible ASCII and spaces, except quotes and backslashes.
constexpr bool is_plain(char c) noexcept {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

namespace plain {

constexpr std::uint64_t every(unsigned char byte) noexcept {
    return 0x0101010101010101U * byte;
}
constexpr std::uint64_t has_zero(std::uint64_t eight) noexcept {
    return (eight - every(0x01)) & ~eight & every(0x80);
}
/// Whether all eight characters are plain.
constexpr bool all_plain(std::uint64_t eight) noexcept {
    const std::uint64_t control = (eight - every(0x20)) & ~eight & every(0x80);
    const std::uint64_t marks = has_zero(eight ^ every('"')) | has_zero(eight ^ every('\\')) |
                                has_zero(eight ^ every(0x7F));
    return ((eight & every(0x80)) | control | marks) == 0;
}

inline constexpr auto table = [] {
    std::array<bool, 256> out{};
    for (int c = 0; c < 128; ++c)
        out[static_cast<std::size_t>(c)] = is_plain(static_cast<char>(c));
    return out;
}();

} // namespace plain

/// How many plain characters follow from `at` on.
inline std::size_t plain_run(std::string_view text, std::size_t at) noexcept {
    const std::size_t begin = at;
    std::uint64_t eight = 0;
    while (text.size() - at >= sizeof(eight)) {
        std::memcpy(&eight, text.data() + at, sizeof(eight));
        if (!plain::all_plain(eight)) break;
        at += sizeof(eight);
    }
    // If fewer than eight characters are left, and the text's last eight are all plain, the rest is
    // plain.
    if (at < text.size() && text.size() - at < sizeof(eight) && text.size() >= sizeof(eight)) {
        std::memcpy(&eight, text.data() + text.size() - sizeof(eight), sizeof(eight));
        if (plain::all_plain(eight)) return text.size() - begin;
    }
    while (at < text.size() && plain::table[static_cast<unsigned char>(text[at])])
        ++at;
    return at - begin;
}

} // namespace infrastate::json
