// SPDX-License-Identifier: Apache-2.0
#include "fiber.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace infrastate::explore {
namespace {

constexpr std::size_t stack_bytes = 512UL * 1024;
constexpr std::size_t guard_bytes = 4096;

/// Stacks are reused: mapping one takes longer than a run.
class Stacks {
public:
    ~Stacks() {
        for (void* stack : free_)
            ::munmap(stack, guard_bytes + stack_bytes);
    }
    void* take() {
        if (!free_.empty()) {
            void* out = free_.back();
            free_.pop_back();
            return out;
        }
        void* out = ::mmap(nullptr, guard_bytes + stack_bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (out == MAP_FAILED || ::mprotect(out, guard_bytes, PROT_NONE) != 0) std::abort();
        return out;
    }
    void give(void* stack) { free_.push_back(stack); }

private:
    std::vector<void*> free_;
};

Stacks& stacks() {
    static Stacks all;
    return all;
}

/// The exceptions in flight belong to the stack, but the runtime stores them by thread.
struct Exceptions {
    std::array<unsigned char, 2 * sizeof(void*)> bytes{};
    void swap() noexcept {
        void* live = abi::__cxa_get_globals();
        std::array<unsigned char, 2 * sizeof(void*)> other{};
        std::memcpy(other.data(), live, other.size());
        std::memcpy(live, bytes.data(), bytes.size());
        bytes = other;
    }
};

} // namespace

struct Fiber::Impl {
    std::function<void()> body;
    ucontext_t own{}, outside{};
    void* stack = nullptr;
    Exceptions exceptions;
    bool ended = false;
    Impl* before = nullptr; ///< the fiber that resumed this one
#if defined(__SANITIZE_ADDRESS__)
    void* fake_outside = nullptr;
    void* fake_own = nullptr;
    const void* outside_bottom = nullptr;
    std::size_t outside_size = 0;
#endif

    static Impl*& running() {
        static Impl* now = nullptr;
        return now;
    }

    char* bottom() const {
        return static_cast<char*>(stack) + guard_bytes;
    }

    void enter() {
        before = std::exchange(running(), this);
        exceptions.swap();
#if defined(__SANITIZE_ADDRESS__)
        __sanitizer_start_switch_fiber(&fake_outside, bottom(), stack_bytes);
#endif
        ::swapcontext(&outside, &own);
#if defined(__SANITIZE_ADDRESS__)
        __sanitizer_finish_switch_fiber(fake_outside, nullptr, nullptr);
#endif
        exceptions.swap();
        running() = before;
    }

    void leave() {
#if defined(__SANITIZE_ADDRESS__)
        __sanitizer_start_switch_fiber(ended ? nullptr : &fake_own, outside_bottom, outside_size);
#endif
        ::swapcontext(&own, &outside);
#if defined(__SANITIZE_ADDRESS__)
        __sanitizer_finish_switch_fiber(fake_own, &outside_bottom, &outside_size);
#endif
    }

    static void begin() {
        Impl* const self = running();
#if defined(__SANITIZE_ADDRESS__)
        __sanitizer_finish_switch_fiber(nullptr, &self->outside_bottom, &self->outside_size);
#endif
        self->body();
        self->body = nullptr;
        self->ended = true;
        self->leave();
        std::abort(); // an ended fiber must not be resumed
    }
};

Fiber::Fiber(std::function<void()> body) : impl_(std::make_unique<Impl>()) {
    impl_->body = std::move(body);
    impl_->stack = stacks().take();
    ::getcontext(&impl_->own);
    impl_->own.uc_stack.ss_sp = impl_->bottom();
    impl_->own.uc_stack.ss_size = stack_bytes;
    impl_->own.uc_link = nullptr;
    ::makecontext(&impl_->own, &Impl::begin, 0);
}

Fiber::~Fiber() {
    stacks().give(impl_->stack);
}

void Fiber::resume() {
    if (!impl_->ended) impl_->enter();
}

bool Fiber::ended() const noexcept {
    return impl_->ended;
}

void Fiber::yield() {
    Impl::running()->leave();
}

bool Fiber::inside() noexcept {
    return Impl::running() != nullptr;
}

} // namespace infrastate::explore
