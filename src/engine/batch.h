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

/// Borrows all it is made from.
class Batch {
public:
    /// `warnings`: of the session; each single result that is delivered holds them.
    Batch(const std::vector<BatchRequest>& requests, Operation mode, const RunTarget& target,
          CallContext& context, const std::vector<std::string>& warnings, Results& results);

    /// Once. Throws only what is a defect.
    void run();

private:
    /// A request, looked at before anything is sent.
    struct Prepared {
        const ResourceHandler* resource = nullptr;
        std::string shares{}; ///< empty: it shares nothing
        bool guarded = false;
        std::optional<Error> error{};
    };
    /// What runs share: of one resource, and the word by which it knows what.
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

/// How long these runs may have to wait for others, one after the other.
std::chrono::milliseconds waiting_of(const std::vector<BatchRequest>& requests);

/// Adds to the list `warnings` of a result.
void add_warnings(Value& result, const std::vector<std::string>& texts);

} // namespace infrastate::engine
