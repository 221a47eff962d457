// SPDX-License-Identifier: Apache-2.0
#include "wiped_buffer.h"

#include "infrastate/types/secret.h"

#include <algorithm>
#include <utility>

namespace infrastate::transport {

namespace {

constexpr std::size_t doubled_up_to = 256u << 10;

} // namespace

WipedBuffer::WipedBuffer(WipedBuffer&& other) noexcept
    : maximum_(other.maximum_), bytes_(other.take()) {}

WipedBuffer& WipedBuffer::operator=(WipedBuffer&& other) noexcept {
    if (this != &other) {
        clear();
        maximum_ = other.maximum_;
        bytes_ = other.take();
    }
    return *this;
}

bool WipedBuffer::append(std::string_view bytes) {
    if (bytes.size() > maximum_ - bytes_.size()) return false;
    const std::size_t needed = bytes_.size() + bytes.size();
    if (needed > bytes_.capacity()) {
        // A large buffer is reserved at its maximum at once. Pages that are not written cost
        // nothing, while doubling would need the old and the new buffer and leave holes in the
        // heap.
        reserve(needed > doubled_up_to ? maximum_ : std::max(needed, bytes_.capacity() * 2));
    }
    bytes_.append(bytes);
    return true;
}

void WipedBuffer::reserve(std::size_t size) {
    size = std::min(size, maximum_);
    if (size <= bytes_.capacity()) return;
    std::string larger;
    larger.reserve(size);
    larger.assign(bytes_);
    clear();
    bytes_ = std::move(larger);
    wipe(larger);
}

void WipedBuffer::clear() noexcept {
    // Bytes after the size were never written.
    wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
}

std::string WipedBuffer::take() noexcept {
    std::string taken = std::move(bytes_);
    wipe(bytes_); // a short string was copied, not moved
    return taken;
}

} // namespace infrastate::transport
