// SPDX-License-Identifier: Apache-2.0
#include "contract.h"

#include "config.h"
#include "infrastate.h"

#include "infrastate/schema/describe.h"
#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"

#include <span>
#include <string>
#include <string_view>

namespace infrastate::abi {
namespace {

/// One member of an object. `type` is "boolean", "integer", "string", "rfc3339", "duration",
/// "array of X" or the name of a shape; a '?' behind it: or null.
struct Field {
    std::string_view name;
    std::string_view type;
    schema::Texts choices{};
    bool always = true; ///< else it may be left out
};

constexpr schema::Texts outcomes{"none", "changed", "unknown"};

constexpr Field request_fields[]{
    {"resource", "string"},
    {"desired", "object"},
    {"timeout_ms", "integer", {}, false},
};
constexpr Field batch_request_fields[]{
    {"requests", "array of request"},
    {"timeout_ms", "integer", {}, false},
};
constexpr Field info_request_fields[]{
    {"resource", "string"},
    {"query", "object", {}, false},
    {"timeout_ms", "integer", {}, false},
};
constexpr Field result_fields[]{
    {"ok", "boolean"},
    {"code", "string"},
    {"outcome", "string", outcomes},
    {"changed", "boolean"},
    {"reason", "string?"},
    {"reasons", "array of string"},
    {"actions", "array of string"},
    {"explanation", "string?"},
    {"resource", "access_key?"},
    {"secret", "string?"},
    {"secret_known", "boolean"},
    {"secret_state", "string?"},
    {"secret_changed", "boolean"},
    {"previous_id", "string?"},
    {"next_action_at", "rfc3339?"},
    {"predecessors", "array of predecessor"},
    {"live_keys", "array of string"},
    {"diff", "diff?"},
    {"warnings", "array of string"},
    {"error", "error", {}, false},
};
constexpr Field access_key_fields[]{
    {"id", "string"},
    {"name", "string"},
    {"user", "string"},
    {"created", "rfc3339"},
    {"expires_at", "rfc3339?"},
    {"expires_in", "duration?"},
    {"inactivity_timeout", "duration?"},
    {"inactivity_deadline", "rfc3339?"},
    {"last_used", "rfc3339?"},
    {"remaining_seconds", "integer?"},
    {"remaining_percent", "integer?"},
};
constexpr Field predecessor_fields[]{
    {"id", "string"},
    {"name", "string"},
    {"user", "string"},
};
constexpr Field diff_fields[]{
    {"before", "object"},
    {"after", "object"},
};
constexpr Field error_fields[]{
    {"code", "string"},   {"detail", "string?"},       {"message", "string"},
    {"field", "string?"}, {"http_status", "integer?"}, {"retryable", "boolean"},
};
constexpr Field batch_result_fields[]{
    {"results", "array of result"},  {"ok", "boolean"},      {"code", "string"},
    {"outcome", "string", outcomes}, {"changed", "boolean"}, {"warnings", "array of string"},
    {"error", "error", {}, false},
};
constexpr Field info_result_fields[]{
    {"ok", "boolean"},
    {"code", "string"},
    {"outcome", "string", outcomes},
    {"changed", "boolean"},
    {"explanation", "string?"},
    {"keys", "array of listed_key"},
    {"unheld", "array of string"},
    {"server_time", "rfc3339?"},
    {"warnings", "array of string"},
    {"error", "error", {}, false},
};
/// Behind those of access_key.
constexpr Field listed_key_fields[]{
    {"status", "string", {"live", "expired", "inactive"}},
    {"usage", "string", {"in_use", "idle", "never_used"}},
    {"idle_seconds", "integer?"},
    {"family", "string"},
    {"rotation", "integer"},
    {"held", "boolean?"},
};
constexpr Field opened_fields[]{
    {"ok", "boolean"},
    {"code", "string"},
    {"outcome", "string", outcomes},
    {"changed", "boolean"},
    {"warnings", "array of string"},
};

struct Shape {
    std::string_view name;
    std::span<const Field> fields;
    std::span<const Field> first{}; ///< of the shape that it extends
};

/// Asked for: a member that is not here is refused. Answered: a member may be added at any time.
const Shape asked[]{
    {"request", request_fields},
    {"batch_request", batch_request_fields},
    {"info_request", info_request_fields},
};
const Shape answered[]{
    {"result", result_fields},
    {"batch_result", batch_result_fields},
    {"info_result", info_result_fields},
    {"opened", opened_fields},
    {"access_key", access_key_fields},
    {"predecessor", predecessor_fields},
    {"listed_key", listed_key_fields, access_key_fields},
    {"diff", diff_fields},
    {"error", error_fields},
};

Value describe(const Field& field) {
    std::string_view type = field.type;
    const bool nullable = type.ends_with('?');
    if (nullable) type.remove_suffix(1);
    Value out = Value::object(
        {{"name", field.name}, {"type", type}, {"nullable", nullable}, {"always", field.always}});
    if (field.choices.empty()) return out;
    Value choices = Value::array();
    for (std::string_view choice : field.choices)
        choices.push(choice);
    out.set("choices", std::move(choices));
    return out;
}

Value describe(std::span<const Shape> shapes) {
    Value out = Value::object();
    for (const Shape& shape : shapes) {
        Value fields = Value::array();
        for (const auto part : {shape.first, shape.fields})
            for (const Field& field : part)
                fields.push(describe(field));
        out.set(shape.name, std::move(fields));
    }
    return out;
}

} // namespace

Value contract() {
    Value out = schema::describe();
    out.set("abi", Value::object({{"major", INFRASTATE_ABI_MAJOR},
                                  {"minor", INFRASTATE_ABI_MINOR},
                                  {"config", schema::describe(ConfigTable(true).section())},
                                  {"requests", describe(asked)},
                                  {"results", describe(answered)},
                                  {"max_json_bytes", std::int64_t{max_json_bytes}},
                                  {"max_json_depth", std::int64_t{max_json_depth}}}));
    return out;
}

Value opened() {
    return Value::object({{"ok", true},
                          {"code", code_name(Code::ok)},
                          {"outcome", "none"},
                          {"changed", false},
                          {"warnings", Value::array()}});
}

} // namespace infrastate::abi
