// SPDX-License-Identifier: Apache-2.0
// The one interface behind which kinds of resources live: desired parameters in, result object out.
// A new resource adds an entry to the table in resources.cpp; doors and session stay as they are.
#pragma once

#include "infrastate/engine/engine.h"
#include "infrastate/ports/ports.h"
#include "infrastate/schema/schema.h"
#include "infrastate/store/files.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::engine {

/// Where a run takes place, before any connection.
struct RunTarget {
    std::string origin;  ///< the server, as Endpoint::url() spells it
    store::Files& files; ///< of this machine
};

/// What a run works with; everything is borrowed.
struct RunContext {
    const RunTarget& target;
    ports::Ports ports;
    const Secret* own_token; ///< the key that authenticates; nothing after a login
    Masker& masker;          ///< gets what the run comes to know and its result must not show
};

/// What the runs of a batch have read from the server together. Borrows the ports it asks.
class SharedReads {
public:
    virtual ~SharedReads() = default;
    /// Ports that answer from what was read, as far as that is allowed.
    virtual ports::Ports ports() = 0;
    /// Before each run: what it shares (ResourceHandler::shares), and how many runs that share the
    /// same are still to come, this one included.
    virtual void begin_run(const std::string& shared, std::size_t runs_left) = 0;
    /// After a run that did not ask through here: it may have changed anything.
    virtual void outdated() noexcept = 0;
};

/// Knows what a run has made whose only secret is in the run's result, so that it can be taken back
/// where that result is lost. Borrows the ports it asks.
class CreationGuard {
public:
    virtual ~CreationGuard() = default;
    virtual ports::Ports ports() = 0;
    /// Deletes what was made, as far as it can: for when memory is short, so it never throws.
    virtual void take_back() noexcept = 0;
    /// Identifiers of what a lost result would leave without a holder of its secret.
    virtual std::vector<std::string> made() const = 0;
    /// The result has been handed over: there is nothing to take back any more.
    virtual void forget() noexcept = 0;
};

struct ResourceHandler {
    std::string_view name;
    /// Checks `desired` without a request. Errors: code argument or file, with `field`.
    Result<void> (*check)(const Value& desired, const RunTarget& target);
    /// Does the work; every failure is inside the result object.
    Value (*run)(Operation mode, const Value& desired, RunContext& context);
    /// What a run with these checked parameters can share with others of its batch, as a word that
    /// only this resource understands; empty where a run must see for itself. nullptr: never.
    std::string (*shares)(const Value& desired) = nullptr;
    /// There exactly if `shares` is.
    std::unique_ptr<SharedReads> (*share)(const ports::Ports& ports) = nullptr;
    /// How long a run with these checked parameters may have to wait for others, beside the time
    /// that its requests take. nullptr: never.
    std::chrono::milliseconds (*waits)(const Value& desired) = nullptr;
    std::string_view
        waiting_parameter{}; ///< the parameter, for messages; there exactly if `waits` is
    /// Whether a lost result of a run with these parameters must be undone, since the only copy of
    /// a secret is in it. nullptr: never.
    bool (*guarded)(const Value& desired) = nullptr;
    /// There exactly if `guarded` is.
    std::unique_ptr<CreationGuard> (*guard)(const ports::Ports& ports) = nullptr;
};

/// Nothing where the name is unknown.
const ResourceHandler* find_resource(std::string_view name) noexcept;

/// What a mode is for.
constexpr schema::ResourceKind kind_of(Operation mode) noexcept {
    return mode == Operation::ask ? schema::ResourceKind::question : schema::ResourceKind::state;
}

// One file each: access_key.cpp, access_key_info.cpp, destination_info.cpp.
Result<void> check_access_key(const Value& desired, const RunTarget& target);
Value run_access_key(Operation mode, const Value& desired, RunContext& context);
Result<void> check_access_key_info(const Value& desired, const RunTarget& target);
Value run_access_key_info(Operation mode, const Value& desired, RunContext& context);
Result<void> check_destination_info(const Value& desired, const RunTarget& target);
Value run_destination_info(Operation mode, const Value& desired, RunContext& context);
std::chrono::milliseconds waiting_of_destination_info(const Value& desired);

} // namespace infrastate::engine
