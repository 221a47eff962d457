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

#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <unistd.h>

namespace infrastate::module {
namespace {

Error plain_error(std::string detail, std::string message) {
    return Error{Code::argument, std::move(message), {}, std::move(detail)};
}

/// Tries the name of --module, then the name that Ansible gives, then the file's name. The first
/// that this executable has counts.
const schema::Resource* choose(const Invocation& invocation, const Internals& internals) {
    for (std::string_view name :
         {invocation.asked, std::string_view(internals.module_name), invocation.own_name})
        if (const schema::Resource* resource = find_hosted(name)) return resource;
    return nullptr;
}

/// The members of `params` that the section describes.
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

/// The error for an exception: a defect, and whether the server may have been changed.
Error defect(const std::exception& problem, bool started) {
    Error error = error_of(problem, "the run");
    if (started) {
        error.effect = Effect::unknown;
        error.message += "; it is unknown whether the server was changed; the next run finds out";
    }
    return error;
}

/// Tells the warnings that came after the result was printed, for example that a session could not
/// be logged out.
void tell_the_rest(const Value& printed, const Value& result, const Masker& masker,
                   const Invocation& invocation) {
    const Value* all = result.find("warnings");
    if (all == nullptr || !all->is_array()) return;
    for (std::size_t i = printed.items().size(); i < all->items().size(); ++i)
        if (all->items()[i].is_string())
            invocation.tell("warning: " + masker.mask(all->items()[i].string()));
}

/// Prints the result as soon as the engine has a secret that is kept nowhere else.
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
                text += "; the secret of the live access key with the id " + joined(what.left) +
                        " is lost, as the key could not be deleted again";
            if (what.none_left) text += "; no live key is left";
            text += what.left.empty()
                        ? "; redirect standard output to a program that reads it or to a file on a "
                          "disk with free space, or set secret_file, and run it again"
                        : "; delete it on the server, or run it again with adopt: replace";
            invocation_.tell(text);
        } catch (const std::exception&) {
            invocation_.tell("the result could not be written to standard output");
        }
    }

    Done::Printed printed = Done::Printed::not_yet;
    Value warnings = Value::array(); ///< the warnings that were printed

private:
    const Invocation& invocation_;
    const Envelope& envelope_;
    Masker& masker_;
    std::string why_{};
};

engine::Operation mode_of(const schema::Resource& resource, bool check_mode) {
    if (resource.kind == schema::ResourceKind::question) return engine::Operation::ask;
    return check_mode ? engine::Operation::plan : engine::Operation::apply;
}

/// One run of a module, in four steps. Each step uses what the steps before have stored here.
class ModuleRun {
public:
    explicit ModuleRun(const Invocation& invocation) : invocation_(invocation) {}

    Done whole() {
        std::optional<Error> wrong = read();
        if (!wrong) wrong = check();
        const Value result = wrong ? failure(*wrong) : run();
        return present(result);
    }

private:
    /// Reads the arguments, and finds the module that they are for.
    std::optional<Error> read() {
        Result<Value> input = read_arguments(invocation_.text);
        if (!input) return std::move(input).error();
        Result<Internals> internals = take_internals(*input);
        if (!internals) return std::move(internals).error();
        const schema::Resource* resource = choose(invocation_, *internals);
        if (resource == nullptr)
            return plain_error("module_unknown",
                               "it is not known which module to run: this program has " +
                                   hosted_names() +
                                   "; give --module, or call the program by a module's name");
        input_ = std::move(*input);
        internals_ = std::move(*internals);
        if (internals_.module_name.empty()) internals_.module_name = resource->module;
        mode_ = mode_of(*resource, internals_.check_mode);
        envelope_.diff = internals_.diff;
        envelope_.inject_invocation = internals_.inject_invocation;
        envelope_.resource = resource;
        envelope_.is_root = ::geteuid() == 0;
        return std::nullopt;
    }

    /// Checks the parameters. Logs the call at the same point as Ansible's own modules: after
    /// Ansible's checks have passed, before ours.
    std::optional<Error> check() {
        table_.emplace(envelope_.resource->input, schema::connection());
        const schema::Section section = table_->section();
        Arguments arguments = read_ansible_arguments(
            section, std::move(input_), internals_.module_name, invocation_.environment, masker_);
        envelope_.section = section;
        envelope_.module_args = std::move(arguments.module_args);
        envelope_.warnings = std::move(arguments.warnings);
        if (arguments.error) return schema::masked(*arguments.error, section, masker_);
        if (!internals_.no_log && invocation_.log)
            invocation_.log(invocation_line(section, envelope_.module_args, internals_,
                                            internals_.module_name, masker_));
        if (!arguments.checked.ok())
            return schema::masked(arguments.checked.error(), section, masker_);
        parameters_ = std::move(arguments.checked.value);
        envelope_.title = title_of(*envelope_.resource, parameters_);
        return std::nullopt;
    }

    Value run() {
        Handover handover(invocation_, envelope_, masker_);
        const engine::CallOptions call{.timeout = {},
                                       .cancel = invocation_.cancel,
                                       .diff = internals_.diff,
                                       .log = {},
                                       .masker = &masker_,
                                       .delivery = invocation_.print ? &handover : nullptr};
        Value result = run_engine(call);
        printed_ = handover.printed;
        if (printed_ == Done::Printed::whole && invocation_.tell)
            tell_the_rest(handover.warnings, result, masker_, invocation_);
        return result;
    }

    Done present(const Value& result) {
        return {ansible_result(result, envelope_, masker_), printed_};
    }

    Value run_engine(const engine::CallOptions& call) {
        bool started = false;
        try {
            Result<engine::Session> session =
                engine::Session::open(part(parameters_, schema::connection()),
                                      certificate_locations(invocation_.environment));
            if (!session) return failure(session.error());
            for (std::string_view secret : session->secrets())
                masker_.add(secret);
            started = true;
            const schema::Resource& resource = *envelope_.resource;
            return session->run(resource.name, mode_, part(parameters_, resource.input), call);
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& problem) {
            return failure(defect(problem, started));
        } catch (...) {
            return failure(defect(std::runtime_error("an unknown exception"), started));
        }
    }

    Value failure(const Error& error) const {
        const schema::Resource* resource = envelope_.resource;
        return engine::failure(error, resource == nullptr ? "" : resource->name, mode_);
    }

    const Invocation& invocation_;
    Masker masker_{};
    Value input_{};
    Internals internals_{};
    engine::Operation mode_ = engine::Operation::plan;
    std::optional<JoinedSection> table_{}; ///< the envelope's section borrows from it
    Value parameters_{};
    Envelope envelope_{};
    Done::Printed printed_ = Done::Printed::not_yet;
};

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

engine::CertificateLocations certificate_locations(const schema::Getenv& environment) {
    return {environment("SSL_CERT_FILE").value_or(""), environment("SSL_CERT_DIR").value_or("")};
}

Value failed_result(const Error& error) {
    Masker masker;
    return ansible_result(engine::failure(error, {}, engine::Operation::plan), {}, masker);
}

Done run_module(const Invocation& invocation) {
    return ModuleRun(invocation).whole();
}

} // namespace infrastate::module
