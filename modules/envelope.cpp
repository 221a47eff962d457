// SPDX-License-Identifier: Apache-2.0
#include "envelope.h"

#include "no_log.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/mask.h"
#include "infrastate/schema/schema.h"

#include <algorithm>

namespace infrastate::module {
namespace {

/// Members that get a form or a place of their own below.
constexpr schema::Texts handled{"ok",     "code", "changed", "resource",
                                "secret", "diff", "error",   "warnings"};

/// Names that Ansible would treat as its own.
bool reserved(std::string_view name) {
    return name.starts_with("_ansible_") || name.starts_with("__ansible");
}

Value without_reserved(const Value& value) {
    if (value.is_array()) {
        Value out = Value::array();
        for (const Value& item : value.items())
            out.push(without_reserved(item));
        return out;
    }
    if (!value.is_object()) return value;
    Value out = Value::object();
    for (const auto& [name, member] : value.members())
        if (!reserved(name)) out.set(name, without_reserved(member));
    return out;
}

/// Whether the error is that this user has no permission for a file.
bool lacks_permission(const Value& error) {
    const std::string_view detail = error.text("detail");
    return error.text("code") == code_name(Code::file) && (detail == "EACCES" || detail == "EPERM");
}

void set_failure(Value& out, const Value* error, bool is_root) {
    out.set("failed", true);
    const Value* message = error == nullptr ? nullptr : error->find("message");
    std::string msg = message != nullptr && message->is_string()
                          ? message->string()
                          : "the run failed without a reason";
    if (!is_root && error != nullptr && lacks_permission(*error))
        msg += "; with become: true and no become_user the task runs as root";
    out.set("msg", std::move(msg));
    if (error == nullptr || !error->is_object()) return;
    Value rest = *error;
    rest.erase("message"); // it is `msg`
    out.set("error", std::move(rest));
}

/// Whether the result has the members for a secret. If the resource is not known it has them, too,
/// so that a task that reads them finds them.
bool returns_secret(const schema::Resource* resource) {
    return resource == nullptr ||
           std::any_of(resource->returns.begin(), resource->returns.end(),
                       [](const schema::Returned& each) { return each.name == "secret"; });
}

std::string line_text(const Value& value) {
    return value.is_string() ? value.string() : json::write(value);
}

} // namespace

std::string diff_text(const Value& side) {
    std::string out;
    if (side.is_string()) {
        out = side.string();
        if (!out.empty() && !out.ends_with('\n')) out += '\n';
    } else if (side.is_object()) {
        for (const auto& [name, value] : side.members())
            out += name + ": " + line_text(value) + "\n";
    } else if (side.is_array()) {
        for (const Value& item : side.items())
            out += item.is_object() ? diff_text(item) : line_text(item) + "\n";
    } else if (!side.is_null()) {
        out = line_text(side) + "\n";
    }
    return out;
}

Value ansible_result(const Value& answer, const Envelope& envelope, Masker& masker) {
    const Value* secret = answer.find("secret");
    const bool known = secret != nullptr && secret->is_string();
    if (known) masker.add(secret->string());
    Value result = answer;
    schema::mask_result(result, envelope.resource, masker, no_log_value);

    Value out = Value::object({{"changed", result.flag("changed")}});
    if (!result.flag("ok")) set_failure(out, result.find("error"), envelope.is_root);
    for (const auto& [name, value] : result.members())
        if (!handled.contains(name)) out.set(name, value);
    if (const Value* key = result.find("resource"); key != nullptr && key->is_object())
        for (const auto& [name, value] : key->members())
            if (out.find(name) == nullptr) out.set(name, value);

    if (const Value* diff = result.find("diff");
        envelope.diff && diff != nullptr && diff->is_object()) {
        const auto side = [&](std::string_view name) {
            const Value* value = diff->find(name);
            return value == nullptr ? std::string() : diff_text(*value);
        };
        const std::string title = masker.mask(envelope.title);
        out.set("diff", Value::object({{"before_header", title + " (before)"},
                                       {"before", side("before")},
                                       {"after_header", title + " (after)"},
                                       {"after", side("after")}}));
    }

    Value warnings = Value::array();
    for (const std::string& warning : envelope.warnings)
        warnings.push(no_log(warning, masker));
    if (const Value* more = result.find("warnings"); more != nullptr && more->is_array())
        for (const Value& warning : more->items())
            if (warning.is_string()) warnings.push(warning);
    if (!warnings.items().empty()) out.set("warnings", std::move(warnings));
    if (envelope.inject_invocation && envelope.module_args.is_object())
        out.set("invocation",
                Value::object({{"module_args", no_log_arguments(envelope.module_args,
                                                                envelope.section, masker)}}));

    out = without_reserved(out);
    if (!returns_secret(envelope.resource)) return out;
    // Infra shows the secret only once, so this is the one place where it must not be masked.
    out.set("secret", known ? *secret : Value());
    if (out.find("secret_known") == nullptr) out.set("secret_known", known);
    return out;
}

} // namespace infrastate::module
