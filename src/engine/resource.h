// SPDX-License-Identifier: Apache-2.0
// The interface of a kind of resource: desired parameters in, result object out. A new resource
// adds an entry to the table in resources.cpp; doors and session do not change.
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

/// Where a run takes place; known before any connection.
struct RunTarget {
    std::string origin;  ///< the server, as Endpoint::url() spells it
    store::Files& files; ///< the files of this machine
};

/// What a run works with; everything is borrowed.
struct RunContext {
    const RunTarget& target;
    ports::Ports ports;
    const Secret* own_token; ///< the key that authenticates; nullptr after a login
    /// the run adds secrets that it learns and that its result must not show
    Masker& masker;
};

/// What the runs of a batch have read from the server for all of them. Borrows the ports that it
/// calls.
class SharedReads {
public:
    virtual ~SharedReads() = default;
    /// Ports that answer from what was read, if that is allowed.
    virtual ports::Ports ports() = 0;
    /// Called before each run. `shared` says what the run shares (ResourceHandler::shares).
    /// `runs_left` is the number of runs that share the same and are still to come, this run
    /// included.
    virtual void begin_run(const std::string& shared, std::size_t runs_left) = 0;
    /// Called after a run that did not use these ports: it may have changed anything.
    virtual void outdated() noexcept = 0;
};

/// Remembers what a run has made if only the run's result holds its secret. If that result is lost,
/// the guard deletes it again. Borrows the ports that it calls.
class CreationGuard {
public:
    virtual ~CreationGuard() = default;
    virtual ports::Ports ports() = 0;
    /// Deletes what was made, as far as possible. Also used when memory is short, so it never
    /// throws.
    virtual void take_back() noexcept = 0;
    /// The ids of what the run made and did not delete. If the result is lost, nobody has their
    /// secrets.
    virtual std::vector<std::string> made() const = 0;
    /// Called when the result was delivered: nothing has to be deleted any more.
    virtual void forget() noexcept = 0;
};

struct ResourceHandler {
    std::string_view name;
    /// Checks `desired` without a request. Errors: code argument or file, with `field`.
    Result<void> (*check)(const Value& desired, const RunTarget& target);
    /// Does the work. Every failure is inside the result object.
    Value (*run)(Operation mode, const Value& desired, RunContext& context);
    /// What a run with these checked parameters can share with other runs of its batch, as a word
    /// that only this resource understands. Empty if the run must read for itself. nullptr: it
    /// never shares.
    std::string (*shares)(const Value& desired) = nullptr;
    /// Set exactly if `shares` is.
    std::unique_ptr<SharedReads> (*share)(const ports::Ports& ports) = nullptr;
    /// How long a run with these checked parameters may have to wait for others, in addition to the
    /// time of its requests. nullptr: never.
    std::chrono::milliseconds (*waits)(const Value& desired) = nullptr;
    std::string_view
        /// the parameter that says how long, for messages; set exactly if `waits` is
        waiting_parameter{};
    /// Whether a run with these parameters must be undone if its result is lost, because the result
    /// holds the only copy of a secret. nullptr: never.
    bool (*guarded)(const Value& desired) = nullptr;
    /// Set exactly if `guarded` is.
    std::unique_ptr<CreationGuard> (*guard)(const ports::Ports& ports) = nullptr;
};

/// nullptr if the name is unknown.
const ResourceHandler* find_resource(std::string_view name) noexcept;

/// The kind of resource that a mode is for.
constexpr schema::ResourceKind kind_of(Operation mode) noexcept {
    return mode == Operation::ask ? schema::ResourceKind::question : schema::ResourceKind::state;
}

// Defined in access_key.cpp, access_key_info.cpp and destination_info.cpp.
Result<void> check_access_key(const Value& desired, const RunTarget& target);
Value run_access_key(Operation mode, const Value& desired, RunContext& context);
Result<void> check_access_key_info(const Value& desired, const RunTarget& target);
Value run_access_key_info(Operation mode, const Value& desired, RunContext& context);
Result<void> check_destination_info(const Value& desired, const RunTarget& target);
Value run_destination_info(Operation mode, const Value& desired, RunContext& context);
std::chrono::milliseconds waiting_of_destination_info(const Value& desired);

} // namespace infrastate::engine
