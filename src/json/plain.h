// SPDX-License-Identifier: Apache-2.0
// The characters that need no escape in a JSON string or in a message. Reader and writer take a run
// of them at once.
#pragma once

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
    while (at < text.size() && is_plain(text[at]))
        ++at;
    return at - begin;
}

} // namespace infrastate::json
