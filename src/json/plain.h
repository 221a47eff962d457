// SPDX-License-Identifier: Apache-2.0
// The characters that need no escape in a JSON string or in a message. Reader and writer take eight
// of them at once.
#pragma once

#include <bit>
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
    return (eight - every(0x01)) & ~eight;
}
/// How many of eight characters are plain, up to the first that is not. The first is in the lowest
/// byte. A subtraction borrows only from higher bytes, so the lowest high bit that is set is right.
constexpr std::size_t plain_among(std::uint64_t eight) noexcept {
    const std::uint64_t control = (eight - every(0x20)) & ~eight;
    const std::uint64_t marks = has_zero(eight ^ every('"')) | has_zero(eight ^ every('\\')) |
                                has_zero(eight ^ every(0x7F));
    const std::uint64_t others = (eight | control | marks) & every(0x80);
    return static_cast<std::size_t>(std::countr_zero(others)) / 8; // 8 if there is none
}

template <class Number>
std::uint64_t load(const char* from) noexcept {
    Number out = 0;
    std::memcpy(&out, from, sizeof(out));
    static_assert(std::endian::native == std::endian::little, "the first character is the lowest");
    return out;
}

/// Up to eight characters. Behind the end stand zeros, which are not plain.
inline std::uint64_t next_eight(const char* from, std::size_t left) noexcept {
    if (left >= 8) return load<std::uint64_t>(from);
    if (left >= 4) // two loads that overlap
        return load<std::uint32_t>(from) | load<std::uint32_t>(from + left - 4) << (8 * (left - 4));
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < left; ++i)
        out |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
    return out;
}

} // namespace plain

/// How many plain characters follow from `at` on.
inline std::size_t plain_run(std::string_view text, std::size_t at) noexcept {
    for (const std::size_t begin = at;; at += 8) {
        const std::size_t run =
            plain::plain_among(plain::next_eight(text.data() + at, text.size() - at));
        if (run < 8) return at + run - begin;
    }
}

/// What copy_plain() may overwrite behind the copy.
constexpr std::size_t copy_slack = 8;

/// Copies the plain characters that the text begins with, and returns how many they are. `to` has
/// room for the whole text and copy_slack.
inline std::size_t copy_plain(std::string_view text, char* to) noexcept {
    for (std::size_t at = 0;; at += 8) {
        const std::uint64_t eight = plain::next_eight(text.data() + at, text.size() - at);
        std::memcpy(to + at, &eight, sizeof(eight));
        if (const std::size_t run = plain::plain_among(eight); run < 8) return at + run;
    }
}

} // namespace infrastate::json
