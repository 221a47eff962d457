// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/names.h"

#include "infrastate/types/ascii.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace infrastate {
namespace {

bool name_character(char c) noexcept {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
}

constexpr std::size_t suffix_hex = 8;

/// Where ".rot-<n>-<8 hex>" begins at the end of a name, and its n.
struct Suffix {
    std::size_t position;
    std::uint32_t rotation;
};

std::optional<Suffix> rotation_suffix(std::string_view name) noexcept {
    if (name.size() < suffix_hex + 1) return std::nullopt;
    std::size_t end = name.size() - suffix_hex;
    if (!is_hex(name.substr(end), suffix_hex)) return std::nullopt;
    if (name[--end] != '-') return std::nullopt;
    std::size_t begin = end;
    while (begin > 0 && is_digit(name[begin - 1]))
        --begin;
    const std::string_view number = name.substr(begin, end - begin);
    // rotation_name() never writes a leading zero.
    if (number.empty() || number[0] == '0') return std::nullopt;
    constexpr std::string_view mark = ".rot-";
    if (begin < mark.size() || name.substr(begin - mark.size(), mark.size()) != mark)
        return std::nullopt;
    constexpr std::uint64_t largest = UINT32_MAX;
    std::uint64_t rotation = 0;
    for (char c : number)
        rotation = std::min(largest, rotation * 10 + static_cast<std::uint64_t>(c - '0'));
    return Suffix{begin - mark.size(), static_cast<std::uint32_t>(rotation)};
}

} // namespace

Result<KeyName> KeyName::parse(std::string_view text) {
    const auto refuse = [](std::string message) {
        return Error{Code::argument, std::move(message)};
    };
    if (text.size() < min_length || text.size() > max_length)
        return refuse("must have " + std::to_string(min_length) + " to " +
                      std::to_string(max_length) + " characters, not " +
                      std::to_string(text.size()));
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!name_character(text[i]))
            return refuse("may hold only letters, digits, '.', '_' and '-'; the character at "
                          "position " +
                          std::to_string(i + 1) + " is none of them");
    if (rotation_suffix(text))
        return refuse("must not end like '.rot-1-0123abcd', which is how rotated keys are named");
    return KeyName(std::string(text));
}

Result<ServerId> ServerId::parse(std::string_view text) {
    constexpr std::size_t max_length = 64;
    bool good = !text.empty() && text.size() <= max_length;
    for (char c : text)
        good = good && is_letter_or_digit(c);
    if (!good)
        return Error{Code::argument,
                     "must be an identifier as Infra gives it: 1 to 64 letters and digits"};
    return ServerId(std::string(text));
}

std::optional<FamilyPlace> family_place(const KeyName& name, std::string_view row_name) noexcept {
    if (row_name == name.text()) return FamilyPlace{0};
    const auto suffix = rotation_suffix(row_name);
    if (suffix && row_name.substr(0, suffix->position) == name.text())
        return FamilyPlace{suffix->rotation};
    return std::nullopt;
}

bool looks_derived(std::string_view name) noexcept {
    constexpr std::string_view start = "infra-";
    constexpr std::size_t digits = 16;
    if (!name.starts_with(start) || name.size() != start.size() + digits) return false;
    name.remove_prefix(start.size());
    return name.find_first_not_of(base32_digits) == std::string_view::npos;
}

std::string managed_name(std::string_view row_name) {
    const auto suffix = rotation_suffix(row_name);
    return std::string(suffix ? row_name.substr(0, suffix->position) : row_name);
}

std::string rotation_name(const KeyName& name, std::uint32_t rotation, std::uint32_t random) {
    std::array<char, 16> hex{};
    std::snprintf(hex.data(), hex.size(), "%08x", static_cast<unsigned>(random));
    return name.text() + ".rot-" + std::to_string(rotation) + "-" + hex.data();
}

} // namespace infrastate
