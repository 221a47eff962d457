// SPDX-License-Identifier: Apache-2.0
#include "support/freed_memory.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>

namespace {

std::atomic<const char*> mark_begin{nullptr};
std::atomic<std::size_t> mark_size{0};
std::atomic<std::size_t> leak_count{0};

void look_and_free(void* memory) noexcept {
    const char* begin = mark_begin.load(std::memory_order_acquire);
    if (memory != nullptr && begin != nullptr) {
        const auto* bytes = static_cast<const char*>(memory);
        const std::string_view block(bytes, malloc_usable_size(memory));
        if (block.find(std::string_view(begin, mark_size.load())) != std::string_view::npos)
            ++leak_count;
    }
    std::free(memory);
}

thread_local std::size_t allocations_left = 0; ///< until one fails; 0: none fails
thread_local bool allocation_failed = false;

bool is_to_fail() noexcept {
    if (allocations_left == 0 || --allocations_left > 0) return false;
    return allocation_failed = true;
}

void* take(std::size_t size) {
    if (is_to_fail()) throw std::bad_alloc();
    // calloc: the unused tail of a block must not show what an earlier owner left in it.
    if (void* memory = std::calloc(1, std::max<std::size_t>(size, 1))) return memory;
    throw std::bad_alloc();
}

} // namespace

// Replaces all forms, so that delete gets what new has allocated.
void* operator new(std::size_t size) {
    return take(size);
}
void* operator new[](std::size_t size) {
    return take(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    if (is_to_fail()) return nullptr;
    return std::calloc(1, std::max<std::size_t>(size, 1));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    if (is_to_fail()) return nullptr;
    return std::calloc(1, std::max<std::size_t>(size, 1));
}
void operator delete(void* memory) noexcept {
    look_and_free(memory);
}
void operator delete[](void* memory) noexcept {
    look_and_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    look_and_free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    look_and_free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
    look_and_free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
    look_and_free(memory);
}

namespace infrastate::test {

FreedMemoryWatch::FreedMemoryWatch(std::string_view mark) {
    leak_count = 0;
    mark_size = mark.size();
    mark_begin.store(mark.data(), std::memory_order_release);
}

FreedMemoryWatch::~FreedMemoryWatch() {
    mark_begin.store(nullptr, std::memory_order_release);
}

ScarceMemory::ScarceMemory(std::size_t nth) noexcept {
    allocation_failed = false;
    allocations_left = nth;
}

ScarceMemory::~ScarceMemory() {
    allocations_left = 0;
}

bool ScarceMemory::has_failed() const noexcept {
    return allocation_failed;
}

std::size_t FreedMemoryWatch::leaks() const noexcept {
    return leak_count;
}

} // namespace infrastate::test
