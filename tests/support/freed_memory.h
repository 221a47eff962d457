// SPDX-License-Identifier: Apache-2.0
// Checks every block of memory at the moment it is freed. This proves that a secret was wiped
// before. It can also make one allocation fail. Linking it replaces the global operators new and
// delete of the executable.
#pragma once

#include <cstddef>
#include <string_view>

namespace infrastate::test {

/// While it exists, counts freed blocks that contain `mark`. Only one may exist at a time; threads
/// may free memory meanwhile.
class FreedMemoryWatch {
public:
    /// `mark` is borrowed. It should be long and occur nowhere else. The memory of the mark must
    /// outlive the watch.
    explicit FreedMemoryWatch(std::string_view mark);
    ~FreedMemoryWatch();
    FreedMemoryWatch(const FreedMemoryWatch&) = delete;
    FreedMemoryWatch& operator=(const FreedMemoryWatch&) = delete;

    /// The number of freed blocks that still contained the mark.
    std::size_t leaks() const noexcept;
};

/// While it exists, the `nth` allocation (from 1) of this thread by operator new fails, once.
class ScarceMemory {
public:
    explicit ScarceMemory(std::size_t nth) noexcept;
    ~ScarceMemory();
    ScarceMemory(const ScarceMemory&) = delete;
    ScarceMemory& operator=(const ScarceMemory&) = delete;

    /// False if there were fewer allocations.
    bool has_failed() const noexcept;
};

} // namespace infrastate::test
