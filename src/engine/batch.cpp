// SPDX-License-Identifier: Apache-2.0
#include "batch.h"

#include "single.h"

#include "infrastate/schema/mask.h"
#include "infrastate/types/text.h"

#include <exception>
#include <new>

namespace infrastate::engine {
namespace {

Result<const ResourceHandler*> known_resource(std::string_view name, schema::ResourceKind kind) {
    const schema::Resource* known = schema::find_resource(name);
    if (known != nullptr && known->kind == kind) return find_resource(name);
    return argument_error("resource",
                          "resource: must be one of " +
                              joined(schema::resources_of(kind), ", ", &schema::Resource::name));
}

bool waits(const ResourceHandler& resource, const Value& desired) {
    return resource.waits != nullptr && resource.waits(desired).count() > 0;
}

Error defect(const std::exception& problem, Effect effect) {
    Error out = error_of(problem, "the run");
    out.effect = effect;
    if (effect == Effect::unknown)
        out.message += "; it is unknown whether the server was changed; the next run finds out";
    return out;
}

} // namespace

std::chrono::milliseconds waiting_of(const std::vector<BatchRequest>& requests) {
    std::chrono::milliseconds out{0};
    for (const BatchRequest& request : requests)
        if (const ResourceHandler* resource = find_resource(request.resource);
            resource != nullptr && resource->waits != nullptr)
            out += resource->waits(request.desired);
    return out;
}

void add_warnings(Value& result, const std::vector<std::string>& texts) {
    Value* warnings = result.find("warnings");
    for (const std::string& text : texts)
        warnings->push(text);
}

Batch::Batch(const std::vector<BatchRequest>& requests, Operation mode, const RunTarget& target,
             CallContext& context, const std::vector<std::string>& warnings, Results& results)
    : requests_(requests), mode_(mode), target_(target), context_(context), warnings_(warnings),
      results_(results) {}

/// `check`: whether to check the parameters now. The run checks them in any case.
Batch::Prepared Batch::prepare(const BatchRequest& request, bool check) const {
    Prepared out;
    const auto resource = known_resource(request.resource, kind_of(mode_));
    if (!resource) {
        out.error = resource.error();
        return out;
    }
    out.resource = *resource;
    if (check)
        if (auto checked = out.resource->check(request.desired, target_); !checked)
            out.error = std::move(checked).error();
    if (!out.error && waits(*out.resource, request.desired) && context_.is_too_short())
        out.error = context_.too_short(out.resource->waiting_parameter);
    if (out.resource->shares != nullptr) out.shares = out.resource->shares(request.desired);
    out.guarded = out.resource->guarded != nullptr && out.resource->guarded(request.desired);
    return out;
}

void Batch::run() {
    // With a login: refuses before the login what can be refused without a request.
    std::vector<Prepared> all;
    bool any = false;
    all.reserve(requests_.size());
    for (const BatchRequest& request : requests_) {
        const Prepared& prepared = all.emplace_back(prepare(request, context_.logs_in()));
        any = any || !prepared.error;
        if (!prepared.error && !prepared.shares.empty())
            ++runs_left_[{prepared.resource, prepared.shares}];
    }
    const auto no_login = any ? context_.log_in() : std::nullopt;
    for (std::size_t i = 0; i < all.size(); ++i)
        run_one(all[i], requests_[i].desired, no_login);
}

Value Batch::failed(const Error& error, const Prepared& prepared) const {
    return failure(error, prepared.resource == nullptr ? "" : prepared.resource->name, mode_);
}

/// Returns nullptr if the run shares nothing.
SharedReads* Batch::shared_reads(const Prepared& prepared) {
    if (prepared.shares.empty()) return nullptr;
    auto& reads = shared_[prepared.resource];
    if (!reads) reads = prepared.resource->share(context_.ports());
    reads->begin_run(prepared.shares, runs_left_[{prepared.resource, prepared.shares}]--);
    return reads.get();
}

void Batch::run_one(const Prepared& prepared, const Value& desired,
                    const std::optional<Error>& no_login) {
    // Made inside the try block, so that a failure does not lose the earlier results.
    std::unique_ptr<CreationGuard> guard;
    try {
        // First: if there is no room for the result, the effect of the previous run must not be
        // reported for this one.
        const auto late = context_.begin_run();
        results_.make_room();
        const auto& error = prepared.error ? prepared.error : no_login ? no_login : late;
        if (error) return finish(failed(*error, prepared), prepared.resource, nullptr);
        SharedReads* shared = shared_reads(prepared);
        ports::Ports ports = shared != nullptr ? shared->ports() : context_.ports();
        if (prepared.guarded) guard = prepared.resource->guard(ports);
        RunContext run{target_, guard ? guard->ports() : ports, context_.own_token(),
                       context_.masker()};
        finish(prepared.resource->run(mode_, desired, run), prepared.resource, guard.get());
    } catch (const std::exception& problem) {
        const Effect effect = context_.effect();
        if (guard) guard->take_back();
        try {
            if (dynamic_cast<const std::bad_alloc*>(&problem) != nullptr) throw;
            finish(failed(defect(problem, effect), prepared), prepared.resource, nullptr);
        } catch (const std::bad_alloc&) {
            results_.no_memory(effect);
        }
    }
    if (prepared.shares.empty())
        for (const auto& [resource, reads] : shared_)
            reads->outdated();
}

void Batch::finish(Value&& result, const ResourceHandler* resource, CreationGuard* to_hand_over) {
    const CallOptions& call = context_.call();
    if (!call.diff) result.set("diff", nullptr);
    schema::mask_result(result,
                        resource == nullptr ? nullptr : schema::find_resource(resource->name),
                        context_.masker());
    if (call.delivery != nullptr && to_hand_over != nullptr && !to_hand_over->made().empty()) {
        Value whole = result;
        std::vector<std::string> said;
        for (const std::string& text : warnings_)
            said.push_back(context_.masker().mask(text));
        add_warnings(whole, said);
        hand_over(whole, *call.delivery, context_.patience(), *to_hand_over);
    }
    results_.take(std::move(result));
}

} // namespace infrastate::engine
