// SPDX-License-Identifier: Apache-2.0
// A single run: its one result, and the delivery of that result while the run's changes can still
// be undone.
#pragma once

#include "resource.h"

#include "infrastate/engine/engine.h"

#include <chrono>
#include <new>
#include <utility>

namespace infrastate::engine {

/// Receives the result of a batch of one.
class OneResult final : public Results {
public:
    void make_room() override {}
    void take(Value&& result) override { result_ = std::move(result); }
    void no_memory(Effect) noexcept override {}
    Value& get() {
        if (result_.is_null()) throw std::bad_alloc();
        return result_;
    }

private:
    Value result_;
};

/// Delivers a result with the only copy of a new secret. If that fails, deletes what the run made.
void hand_over(const Value& result, Delivery& delivery, std::chrono::milliseconds patience,
               CreationGuard& guard);

} // namespace infrastate::engine
