// SPDX-License-Identifier: Apache-2.0
// The one owner of a file descriptor: it closes what it holds when it goes. It can be moved and
// released, never copied.
#pragma once

#include <utility>

namespace infrastate {

/// Holds a descriptor, or -1 for none. Not thread-safe.
class Descriptor {
public:
    explicit Descriptor(int value = -1) noexcept : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    int get() const noexcept { return value_; }
    bool is_open() const noexcept { return value_ >= 0; }
    /// The caller owns the result, and must close it.
    [[nodiscard]] int release() noexcept { return std::exchange(value_, -1); }
    /// False, with errno, where closing reports a write that failed earlier (NFS, quotas). True
    /// where nothing is open. The descriptor is gone in both cases.
    bool close() noexcept;

private:
    int value_;
};

} // namespace infrastate
