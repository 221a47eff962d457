// SPDX-License-Identifier: Apache-2.0
// The one type that holds a secret. It is moved, never copied by accident, never printed, and wiped
// when it is destroyed. It is not a vault: the bytes are in memory, and reveal() shows them to any
// caller.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infrastate {

/// Overwrites memory in a way that the compiler must not optimize away.
void wipe(void* memory, std::size_t size) noexcept;
/// Overwrites the whole capacity of the string, then empties it.
void wipe(std::string& text) noexcept;

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view text);
    /// Takes over the bytes and wipes the source's buffer.
    static Secret adopt(std::string&& text);

    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    /// Copies the secret on purpose.
    Secret clone() const;
    /// The bytes, borrowed until this object changes or is destroyed.
    std::string_view reveal() const noexcept { return {bytes_.data(), bytes_.size()}; }
    std::size_t size() const noexcept { return bytes_.size(); }
    bool empty() const noexcept { return bytes_.empty(); }
    /// The time depends only on the lengths, not on where the two differ.
    bool equals(const Secret& other) const noexcept;
    bool equals(std::string_view other) const noexcept;

private:
    std::vector<char> bytes_;
};

/// Whether the text has the form of Infra's access keys: ten letters or digits, a dot, twenty-four
/// letters or digits.
bool looks_like_access_key(std::string_view text) noexcept;

} // namespace infrastate
