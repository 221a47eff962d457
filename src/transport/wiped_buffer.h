// SPDX-License-Identifier: Apache-2.0
// A growing buffer with a maximum, for bytes that may hold secrets: what it leaves behind when it
// grows or goes is overwritten.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace infrastate::transport {

class WipedBuffer {
public:
    explicit WipedBuffer(std::size_t maximum) : maximum_(maximum) {}
    WipedBuffer(WipedBuffer&& other) noexcept;
    WipedBuffer& operator=(WipedBuffer&& other) noexcept;
    WipedBuffer(const WipedBuffer&) = delete;
    WipedBuffer& operator=(const WipedBuffer&) = delete;
    ~WipedBuffer() { clear(); }

    /// False, and unchanged, if it would grow beyond its maximum.
    [[nodiscard]] bool append(std::string_view bytes);
    /// Makes room at once, so that nothing is copied later. At most the maximum.
    void reserve(std::size_t size);
    /// Overwrites and forgets the content.
    void clear() noexcept;
    /// The content, without a copy; wiping it becomes the caller's.
    std::string take() noexcept;

    std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }
    std::size_t size() const noexcept { return bytes_.size(); }
    bool empty() const noexcept { return bytes_.empty(); }

private:
    std::size_t maximum_;
    std::string bytes_;
};

} // namespace infrastate::transport
