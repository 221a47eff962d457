// SPDX-License-Identifier: Apache-2.0
// A function with a stack of its own that can stop in the middle and go on later. So two runs of
// blocking code alternate at each port call, always in the order that the seed gives.
#pragma once

#include <functional>
#include <memory>

namespace infrastate::explore {

/// Exceptions must not leave the body. A fiber must not be destroyed before it has ended: what is
/// on its stack would never be cleaned up.
class Fiber {
public:
    explicit Fiber(std::function<void()> body);
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Runs the body until it yields or ends.
    void resume();
    bool ended() const noexcept;
    /// Returns to the code that resumed the running fiber.
    static void yield();
    static bool inside() noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace infrastate::explore
