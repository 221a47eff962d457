// SPDX-License-Identifier: Apache-2.0
// The one type that holds a secret: moved, never copied by accident, never printed, wiped when
// gone. It is not a vault: the bytes are in memory while it lives, and reveal() hands them to
// whoever asks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infrastate {

/// Overwrites memory in a way the compiler may not leave out.
void wipe(void* memory, std::size_t size) noexcept;
/// Overwrites the whole capacity of the string, then empties it.
void wipe(std::string& text) noexcept;

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view text);
    /// Takes the bytes over and wipes the source's buffer.
    static Secret adopt(std::string&& text);

    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    /// A copy made on purpose.
    Secret clone() const;
    /// Borrowed bytes; valid until this object changes or goes.
    std::string_view reveal() const noexcept { return {bytes_.data(), bytes_.size()}; }
    std::size_t size() const noexcept { return bytes_.size(); }
    bool empty() const noexcept { return bytes_.empty(); }
    /// Time depends on the lengths only, not on where the two differ.
    bool equals(const Secret& other) const noexcept;
    bool equals(std::string_view other) const noexcept;

private:
    std::vector<char> bytes_;
};

/// True for what Infra hands out: ten letters or digits, a dot, twenty-four letters or digits.
bool looks_like_access_key(std::string_view text) noexcept;

} // namespace infrastate
