// SPDX-License-Identifier: Apache-2.0
// A growing buffer with a maximum, for bytes that may hold secrets. What it leaves behind when it
// grows or is destroyed is overwritten.
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

    /// Returns false and changes nothing if the buffer would exceed its maximum.
    [[nodiscard]] bool append(std::string_view bytes);
    /// Reserves capacity, at most the maximum, so that nothing has to be copied later.
    void reserve(std::size_t size);
    /// Overwrites the content and forgets it.
    void clear() noexcept;
    /// Moves the content out without a copy. The caller must then wipe it.
    std::string take() noexcept;

    std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }
    std::size_t size() const noexcept { return bytes_.size(); }
    bool empty() const noexcept { return bytes_.empty(); }

private:
    std::size_t maximum_;
    std::string bytes_;
};

} // namespace infrastate::transport
