// SPDX-License-Identifier: Apache-2.0
// Names and identifiers that are always well formed: KeyName and ServerId. The rules are Infra's,
// but a key's name is shorter to leave room for a rotation's suffix.
#pragma once

#include "infrastate/types/error.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace infrastate {

/// The name of a managed access key: 2 to 240 characters out of [A-Za-z0-9._-]. It must not end
/// like a rotation's name (".rot-<n>-<8 hex>"): this software appends that suffix itself.
class KeyName {
public:
    static constexpr std::size_t min_length = 2;
    static constexpr std::size_t max_length = 240;
    /// A name of this length still fits into Infra's 256 characters with the longest suffix of a
    /// rotation (".rot-999999999-0123abcd").
    static constexpr std::size_t max_length_to_rotate = 233;

    /// The error is a sentence without the parameter's name.
    static Result<KeyName> parse(std::string_view text);
    const std::string& text() const noexcept { return text_; }

    auto operator<=>(const KeyName&) const = default;

private:
    explicit KeyName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// An identifier that the server gave (base58 in practice): 1 to 64 letters and digits, so it needs
/// no escapes in a URL.
class ServerId {
public:
    static Result<ServerId> parse(std::string_view text);
    const std::string& text() const noexcept { return text_; }

    auto operator<=>(const ServerId&) const = default;

private:
    explicit ServerId(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// The place of a row's name in the family of a managed name.
struct FamilyPlace {
    /// 0 for the exact name, n for NAME.rot-<n>-<8 hex>. A number that does not fit becomes the
    /// largest one.
    std::uint32_t rotation = 0;
};
/// The largest number that this software uses for a rotation. A name with a larger number is a
/// member of the family, but the next rotation does not count on from it.
inline constexpr std::uint32_t max_rotation = 999'999'999;
/// The place of `row_name` in the family of `name`. Empty if it is not a member.
std::optional<FamilyPlace> family_place(const KeyName& name, std::string_view row_name) noexcept;
/// Whether the name has the form that is derived for a task without a name: "infra-" and 16
/// characters of base32.
bool looks_derived(std::string_view name) noexcept;
/// The managed name of a key: `row_name` without a rotation's suffix.
std::string managed_name(std::string_view row_name);
/// "NAME.rot-<rotation>-<8 hex of random>".
std::string rotation_name(const KeyName& name, std::uint32_t rotation, std::uint32_t random);

} // namespace infrastate
