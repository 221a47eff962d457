// SPDX-License-Identifier: Apache-2.0
// Owns a file descriptor and closes it when it is destroyed. It can be moved and released, but not
// copied.
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
    /// Gives up ownership. The caller owns the descriptor and must close it.
    [[nodiscard]] int release() noexcept { return std::exchange(value_, -1); }
    /// Closes the descriptor. Returns false and sets errno if closing reports that an earlier write
    /// failed (NFS, quotas). Returns true if nothing is open. Afterwards no descriptor is held in
    /// either case.
    bool close() noexcept;

private:
    int value_;
};

} // namespace infrastate
