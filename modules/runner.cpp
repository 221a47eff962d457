// SPDX-License-Identifier: Apache-2.0
#include "runner.h"

#include "ansible_arguments.h"
#include "ansible_internals.h"
#include "command_line.h"
#include "envelope.h"
#include "hosted.h"

#include "infrastate/engine/engine.h"
#include "infrastate/json/json.h"
#include "infrastate/schema/mask.h"
#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>

namespace infrastate::module {
namespace {

Error plain_error(std::string detail, std::string message) {
    return Error{Code::argument, std::move(message), {}, std::move(detail)};
}

/// --module, then the name Ansible gives, then the name of the file: the first that is hosted.
const schema::Resource* choose(const Invocation& invocation, const Internals& internals) {
    for (std::string_view name :
         {invocation.asked, std::string_view(internals.module_name), invocation.own_name})
        if (const schema::Resource* resource = find_hosted(name)) return resource;
    return nullptr;
}

/// Those members of `params` that the section describes.
Value part(const Value& params, const schema::Section& section) {
    Value out = Value::object();
    for (const schema::Param& param : section.params)
        if (const Value* value = params.find(param.name)) out.set(param.name, *value);
    return out;
}

std::string title_of(const schema::Resource& resource, const Value& params) {
    const std::string title(resource.title);
    const Value* name = params.find("name");
    return name != nullptr && name->is_string() ? title + " " + name->string() : title;
}

/// What is left to say when something threw: a defect, and what it may have done.
Value defect(const std::exception& problem, bool started, std::string_view resource,
             engine::Mode mode) {
    Error error = error_of(problem, "the run");
    if (started) {
        error.effect = Effect::unknown;
        error.message += "; whether the server was changed is unknown, the next run will see";
    }
    return engine::failure(error, resource, mode);
}

Value run_engine(const schema::Resource& resource, const Value& config,
                 const engine::Surroundings& around, const Value& desired, engine::Mode mode,
                 const engine::Call& call, Masker& masker) {
    bool started = false;
    try {
        Result<engine::Session> session = engine::Session::open(config, around);
        if (!session) return engine::failure(session.error(), resource.name, mode);
        for (std::string_view secret : session->secrets())
            masker.add(secret);
        started = true;
        return session->run(resource.name, mode, desired, call);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& problem) {
        return defect(problem, started, resource.name, mode);
    } catch (...) {
        return defect(std::runtime_error("an unknown exception"), started, resource.name, mode);
    }
}

/// Warnings that came after the result was printed: a session that could not be logged out.
void tell_the_rest(const Value& printed, const Value& result, const Masker& masker,
                   const Invocation& invocation) {
    const Value* all = result.find("warnings");
    if (all == nullptr || !all->is_array()) return;
    for (std::size_t i = printed.items().size(); i < all->items().size(); ++i)
        if (all->items()[i].is_string())
            invocation.tell("warning: " + masker.mask(all->items()[i].string()));
}

/// Prints as soon as the engine has a secret that nobody else has.
class Handover final : public engine::Delivery {
public:
    Handover(const Invocation& invocation, const Envelope& envelope, Masker& masker)
        : invocation_(invocation), envelope_(envelope), masker_(masker) {}

    bool deliver(const Value& result, std::chrono::milliseconds patience) override {
        printed = Done::Printed::lost;
        why_ = "there is no memory for it";
        if (const Value* said = result.find("warnings"); said != nullptr) warnings = *said;
        why_ = invocation_.print(ansible_result(result, envelope_, masker_), patience);
        if (!why_.empty()) return false;
        printed = Done::Printed::whole;
        return true;
    }

    void lost(const engine::Lost& what) noexcept override {
        try {
            std::string text = "the result could not be written to standard output (" + why_ + ")";
            if (!what.deleted.empty())
                text += ", so the new access key " + joined(what.deleted) +
                        " was deleted again, as nobody would have its secret";
            if (!what.left.empty())
                text += "; a live access key with the id " + joined(what.left) +
                        " exists whose secret is lost, as it could not be deleted again";
            if (what.none_left) text += "; no live key is left";
            text += what.left.empty() ? "; give the output a reader with room, or set secret_file, "
                                        "and run it again"
                                      : "; delete it on the server, or run it again with adopt: "
                                        "replace";
            invocation_.tell(text);
        } catch (const std::exception&) {
            invocation_.tell("the result could not be written to standard output");
        }
    }

    Done::Printed printed = Done::Printed::not_yet;
    Value warnings = Value::array(); ///< what was printed of them

private:
    const Invocation& invocation_;
    const Envelope& envelope_;
    Masker& masker_;
    std::string why_{};
};

engine::Mode mode_of(const schema::Resource& resource, bool check_mode) {
    if (resource.kind == schema::ResourceKind::question) return engine::Mode::ask;
    return check_mode ? engine::Mode::plan : engine::Mode::apply;
}

bool returns_secret(const schema::Resource& resource) {
    return std::any_of(resource.returns.begin(), resource.returns.end(),
                       [](const schema::Returned& each) { return each.name == "secret"; });
}

} // namespace

Result<Value> read_arguments(std::string_view text) {
    if (trimmed(text).empty())
        return plain_error("input_empty", "the arguments are empty; a JSON object with the "
                                          "module's parameters is needed, like {\"name\": "
                                          "\"my-cluster\"}");
    Result<Value> value = json::read(text, {.max_bytes = max_input, .max_depth = 32});
    if (!value) {
        Error error = std::move(value).error();
        error.message = "the arguments cannot be read: " + error.message;
        return error;
    }
    if (!value->is_object())
        return plain_error("input_not_an_object", "the arguments must be a JSON object, not " +
                                                      std::string(kind_name(value->kind())));
    return value;
}

engine::Surroundings surroundings(const schema::Getenv& environment) {
    return {environment("SSL_CERT_FILE").value_or(""), environment("SSL_CERT_DIR").value_or("")};
}

Value failed_result(const Error& error) {
    Masker masker;
    return ansible_result(engine::failure(error, {}, engine::Mode::plan), {}, masker);
}

Done run_module(const Invocation& invocation) {
    Result<Value> input = read_arguments(invocation.text);
    if (!input) return {failed_result(input.error())};
    const Result<Internals> internals = take_internals(*input);
    if (!internals) return {failed_result(internals.error())};
    const schema::Resource* resource = choose(invocation, *internals);
    if (resource == nullptr)
        return {failed_result(plain_error(
            "module_unknown", "which module is asked for is not known: this program has " +
                                  hosted_names() + "; name one with --module or call it so"))};
    const std::string module =
        internals->module_name.empty() ? std::string(resource->module) : internals->module_name;

    Masker masker;
    const JoinedSection table(resource->input, schema::connection());
    Arguments arguments = read_ansible_arguments(table.section(), *std::move(input), module,
                                                 invocation.environment, masker);
    Envelope envelope{internals->diff, internals->inject_invocation};
    envelope.has_secret = returns_secret(*resource);
    envelope.resource = resource;
    envelope.section = table.section();
    envelope.module_args = arguments.module_args;
    envelope.warnings = arguments.warnings;
    const engine::Mode mode = mode_of(*resource, internals->check_mode);
    const auto refused = [&](const Error& error) {
        const Error shown = schema::masked(error, table.section(), masker);
        return Done{ansible_result(engine::failure(shown, resource->name, mode), envelope, masker)};
    };
    if (arguments.error) return refused(*arguments.error);
    if (!internals->no_log && invocation.log)
        invocation.log(
            invocation_line(table.section(), arguments.module_args, *internals, module, masker));

    const schema::Checked& checked = arguments.checked;
    if (!checked.ok()) return refused(checked.error());

    const std::string title = title_of(*resource, checked.value);
    envelope.title = title;
    Handover handover(invocation, envelope, masker);
    const engine::Call call{.timeout = {},
                            .cancel = invocation.cancel,
                            .diff = internals->diff,
                            .log = {},
                            .masker = &masker,
                            .delivery = invocation.print ? &handover : nullptr};
    const Value result = run_engine(*resource, part(checked.value, schema::connection()),
                                    surroundings(invocation.environment),
                                    part(checked.value, resource->input), mode, call, masker);
    if (handover.printed == Done::Printed::whole && invocation.tell)
        tell_the_rest(handover.warnings, result, masker, invocation);
    return {ansible_result(result, envelope, masker), handover.printed};
}

} // namespace infrastate::module
