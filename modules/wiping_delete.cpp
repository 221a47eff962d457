// SPDX-License-Identifier: Apache-2.0
// operator new and delete of the executable. They overwrite freed memory with zeros, because a
// secret may have been copied to it, also by the C++ libraries in use. Linked into the executable
// only: a library must not replace its host's operators.
#include "infrastate/types/secret.h"

#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

void* allocate(std::size_t size) {
    while (true) {
        if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) throw std::bad_alloc();
        handler();
    }
}

void* allocate_aligned(std::size_t size, std::align_val_t alignment) {
    const auto step = static_cast<std::size_t>(alignment);
    if (size > static_cast<std::size_t>(-1) - step) throw std::bad_alloc();
    // aligned_alloc requires a multiple of the alignment.
    const std::size_t whole = (size + step - 1) / step * step;
    if (void* memory = std::aligned_alloc(step, whole == 0 ? step : whole)) return memory;
    throw std::bad_alloc();
}

void release(void* memory) noexcept {
    if (memory == nullptr) return;
    infrastate::wipe(memory, ::malloc_usable_size(memory));
    std::free(memory);
}

} // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate_aligned(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return allocate_aligned(size, alignment);
}
void operator delete(void* memory) noexcept {
    release(memory);
}
void operator delete[](void* memory) noexcept {
    release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    release(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    release(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    release(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    release(memory);
}
