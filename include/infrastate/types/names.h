// SPDX-License-Identifier: Apache-2.0
// Names and identifiers that cannot be malformed once they exist: KeyName and ServerId.
// Rules: Infra's own, narrowed where rotation needs room for its suffix.
#pragma once

#include "infrastate/types/error.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace infrastate {

/// The name of a managed access key: 2 to 240 of [A-Za-z0-9._-], not ending like a rotation's
/// suffix (".rot-<n>-<8 hex>"), which this software appends itself.
class KeyName {
public:
    static constexpr std::size_t min_length = 2;
    static constexpr std::size_t max_length = 240;
    /// With the longest suffix that a rotation may need (".rot-999999999-0123abcd") it still fits
    /// into Infra's 256 characters.
    static constexpr std::size_t max_length_to_rotate = 233;

    /// The error is a sentence without the parameter's name.
    static Result<KeyName> parse(std::string_view text);
    const std::string& text() const noexcept { return text_; }

    auto operator<=>(const KeyName&) const = default;

private:
    explicit KeyName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// An identifier the server gave (base58 in practice): 1 to 64 letters and digits, so that it can
/// stand in a URL as it is.
class ServerId {
public:
    static Result<ServerId> parse(std::string_view text);
    const std::string& text() const noexcept { return text_; }

    auto operator<=>(const ServerId&) const = default;

private:
    explicit ServerId(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// Where a row's name stands in the family of a managed name.
struct FamilyPlace {
    /// 0 for the exact name, n for NAME.rot-<n>-<8 hex>; numbers that do not fit are the largest.
    std::uint32_t rotation = 0;
};
/// The largest number that rotation_name() is given: a name that a stranger made with a larger one
/// is a member, but is not counted on from.
inline constexpr std::uint32_t max_rotation = 999'999'999;
/// The place of `row_name` in the family of `name`, or nothing if it is no member.
std::optional<FamilyPlace> family_place(const KeyName& name, std::string_view row_name) noexcept;
/// Whether a name looks like one that was derived for a task without a name: "infra-" and 16
/// characters of base32.
bool looks_derived(std::string_view name) noexcept;
/// The managed name that a key of that name belongs to: the name without a rotation's suffix.
std::string managed_name(std::string_view row_name);
/// "NAME.rot-<rotation>-<8 hex of random>".
std::string rotation_name(const KeyName& name, std::uint32_t rotation, std::uint32_t random);

} // namespace infrastate
