// SPDX-License-Identifier: Apache-2.0
// Looks into every block of memory at the moment it is freed: proof that a secret was wiped first.
// Can also let one allocation fail. Linking it replaces the global operators new and delete of the
// executable.
#pragma once

#include <cstddef>
#include <string_view>

namespace infrastate::test {

/// While it lives, counts freed blocks that hold `mark`. One at a time; threads may free meanwhile.
class FreedMemoryWatch {
public:
    /// `mark` is borrowed; it should be long and found nowhere else. Memory below the watch's own
    /// caller (the mark's storage) must outlive it.
    explicit FreedMemoryWatch(std::string_view mark);
    ~FreedMemoryWatch();
    FreedMemoryWatch(const FreedMemoryWatch&) = delete;
    FreedMemoryWatch& operator=(const FreedMemoryWatch&) = delete;

    /// Blocks freed so far with the mark still in them.
    std::size_t leaks() const noexcept;
};

/// While it lives, the allocation number `nth` (from 1) of this thread by operator new fails, once.
class ScarceMemory {
public:
    explicit ScarceMemory(std::size_t nth) noexcept;
    ~ScarceMemory();
    ScarceMemory(const ScarceMemory&) = delete;
    ScarceMemory& operator=(const ScarceMemory&) = delete;

    /// False where there were not that many.
    bool has_failed() const noexcept;
};

} // namespace infrastate::test
