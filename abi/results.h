// SPDX-License-Identifier: Apache-2.0
// Turns the engine's answers into results of the C interface. The memory for a result is taken
// before the run that makes it, because the result may hold the only copy of a secret.
#pragma once

#include "handles.h"
#include "request.h"

#include "infrastate/engine/engine.h"

#include <vector>

namespace infrastate::abi {

/// What a result answers: one request, or a batch.
enum class Shape { single, batch };

/// Static results for when there is no memory for another. They tell that nothing was done, or that
/// it is not known.
infrastate_result* no_memory_result(Effect effect, Shape shape) noexcept;
/// The static result that stands for a NULL result.
const infrastate_result* missing_result() noexcept;

/// The result of a batch that was refused as a whole.
Value refused_batch(const Error& error);

/// Stores a result object of the engine: its JSON, its members, and its code.
void put(infrastate_result& into, Value&& result);

/// Overwrites text and members of a result and empties it. It overwrites the written part of the
/// text only: the memory that is reserved before a run is far larger than most results.
void forget(infrastate_result& result) noexcept;

/// Logs what a result tells the caller: warnings, then the error or what was done.
void log_result(const engine::Log& log, const Value& result);

/// The result of a single request.
class SingleResult final : public engine::Results {
public:
    /// `effect` is kept up to date with what is known to have been done.
    SingleResult(infrastate_result& into, const engine::Log& log, Effect& effect)
        : into_(into), log_(log), effect_(effect) {}
    void make_room() override;
    void take(Value&& result) override;
    void no_memory(Effect effect) noexcept override;
    /// Call it after the run. False: there was no memory.
    bool finish(const std::vector<std::string>& warnings);

private:
    infrastate_result& into_;
    const engine::Log& log_;
    Effect& effect_;
    Value result_{};
};

/// The results of a batch. Refused requests have theirs in their places.
class BatchResult final : public engine::Results {
public:
    /// `effect` is kept up to date with what is known to have been done.
    BatchResult(infrastate_result& into, const std::vector<Item>& items, engine::Operation mode,
                const engine::Log& log, Effect& effect);
    void make_room() override;
    void take(Value&& result) override;
    void no_memory(Effect effect) noexcept override;
    /// Gives this error to all requests that have no result yet.
    void fail_rest(const Error& error);
    void finish(const std::vector<std::string>& warnings) noexcept;

private:
    void make_space();
    void put_refused();
    void write(const Value& result);
    void separate() noexcept;
    void finish_without_memory() noexcept;

    infrastate_result& into_;
    const std::vector<Item>& items_;
    const engine::Operation mode_;
    const engine::Log& log_;
    std::size_t done_ = 0;
    std::size_t failed_ = 0;
    std::size_t first_failed_ = 0;
    std::string first_message_{};
    bool all_retryable_ = true;
    bool changed_ = false;
    Effect& outcome_; ///< of all requests together
};

} // namespace infrastate::abi
