// SPDX-License-Identifier: Apache-2.0
// The runs of one call, one after the other: checked before anything is sent, with one login, each
// with its own result. A single run is a batch of one.
#pragma once

#include "call_context.h"
#include "resource.h"

#include "infrastate/engine/engine.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace infrastate::engine {

/// Borrows all arguments of its constructor.
class Batch {
public:
    /// `warnings` are those of the session. Each single result that is delivered contains them.
    Batch(const std::vector<BatchRequest>& requests, Operation mode, const RunTarget& target,
          CallContext& context, const std::vector<std::string>& warnings, Results& results);

    /// To be called once. Throws only exceptions that are defects.
    void run();

private:
    /// A request that was checked before anything is sent.
    struct Prepared {
        const ResourceHandler* resource = nullptr;
        std::string shares{}; ///< empty if it shares nothing
        bool guarded = false;
        std::optional<Error> error{};
    };
    /// What runs share: a resource, and the word by which that resource knows what is shared.
    using Shared = std::pair<const ResourceHandler*, std::string>;

    Prepared prepare(const BatchRequest& request, bool check) const;
    void run_one(const Prepared& prepared, const Value& desired,
                 const std::optional<Error>& no_login);
    Value failed(const Error& error, const Prepared& prepared) const;
    SharedReads* shared_reads(const Prepared& prepared);
    void finish(Value&& result, const ResourceHandler* resource, CreationGuard* to_hand_over);

    const std::vector<BatchRequest>& requests_;
    const Operation mode_;
    const RunTarget& target_;
    CallContext& context_;
    const std::vector<std::string>& warnings_;
    Results& results_;
    std::map<Shared, std::size_t> runs_left_{};
    std::map<const ResourceHandler*, std::unique_ptr<SharedReads>> shared_{};
};

/// How long these runs together may have to wait for others.
std::chrono::milliseconds waiting_of(const std::vector<BatchRequest>& requests);

/// Appends to the list `warnings` of a result.
void add_warnings(Value& result, const std::vector<std::string>& texts);

} // namespace infrastate::engine
