// SPDX-License-Identifier: Apache-2.0
#include "answers.h"

#include "retry.h"

#include "infrastate/json/json.h"
#include "infrastate/types/text.h"

#include <array>
#include <chrono>

namespace infrastate::client {
namespace {

// Maps a status to an error, for answers in Infra's own shape. Exceptions stand above their ranges.
// Any other answer is `server`, whatever its status.
struct StatusRow {
    int first, last;
    Code code;
    bool passing;
    std::string_view field;
    std::string_view hint;
};
constexpr std::array<StatusRow, 12> statuses{{
    {400, 400, Code::argument, false, "", ""},
    {401, 401, Code::auth, false, "access_key",
     "; check that the access key is complete, belongs to this server, still exists, has not "
     "expired and was not left unused for too long"},
    {403, 403, Code::permission, false, "access_key", ""},
    {404, 404, Code::not_found, false, "", ""},
    {409, 409, Code::conflict, false, "", ""},
    {410, 410, Code::not_found, false, "", ""},
    {429, 429, Code::server, true, "", "; too many requests, try again later"},
    {500, 500, Code::server, true, "", ""},
    {502, 504, Code::server, true, "", ""},
    {300, 399, Code::server, false, "host",
     "; a redirect is not followed, as the access key would go with it"},
    {400, 499, Code::server, false, "", ""},
    {0, 999, Code::server, false, "", ""},
}};

const StatusRow& row_of(int status) noexcept {
    for (const StatusRow& row : statuses)
        if (status >= row.first && status <= row.last) return row;
    return statuses.back();
}

/// A full page of 1,000 rows has about 12,000 values. With these limits no answer can make the
/// process use more than 32 MiB (tests/tls/tls_client_memory_check.cpp).
constexpr json::ReadLimits json_limits{.max_bytes = 2u << 20, .max_depth = 16, .max_nodes = 50'000};

std::string server_phrase(const ApiCall& call) {
    return std::string(call.doing) + ": the server at " + call.server.url() + " ";
}

std::vector<std::string> fields_at_fault(const Value& answer) {
    std::vector<std::string> out;
    const Value* errors = answer.find("fieldErrors");
    if (errors == nullptr || !errors->is_array()) return out;
    for (const Value& entry : errors->items())
        if (const Value* name = entry.find("fieldName"); name != nullptr && name->is_string())
            out.push_back(name->string());
    return out;
}

/// The parameter for the first field at fault that the call knows; empty if it knows none.
std::string parameter_at_fault(const ApiCall& call, const InfraError& said) {
    for (const std::string& name : said.fields)
        for (const FieldName& known : call.fields)
            if (name == known.infra) return std::string(known.parameter);
    return {};
}

std::string redirect_target(const transport::Response& response) {
    constexpr std::size_t most = 256;
    const std::string* location = response.header("Location");
    if (location == nullptr || location->empty()) return {};
    return "; it leads to " + printable(*location, most) +
           ": if that is the server, set host to it";
}

/// If `host` contains a path, a 404 probably comes from that path and not from Infra.
std::string path_hint(const ApiCall& call) {
    const std::string& prefix = call.server.prefix();
    if (prefix.empty()) return {};
    return "; host has the path " + in_quotes(prefix) + ", and Infra answers at " +
           call.server.url().substr(0, call.server.url().size() - prefix.size()) +
           " as a rule: try it without the path";
}

} // namespace

bool is_passing(int status) noexcept {
    return row_of(status).passing;
}

std::optional<InfraError> infra_error(const transport::Response& response) {
    auto answer = json::read(response.body, json_limits);
    if (!answer) return std::nullopt;
    const Value* code = answer->find("code");
    const Value* message = answer->find("message");
    if (code == nullptr || code->kind() != Value::Kind::integer ||
        code->integer() != response.status || message == nullptr || !message->is_string())
        return std::nullopt;
    return InfraError{message->string(), fields_at_fault(*answer)};
}

bool is_clear_refusal(const transport::Response& response) {
    // 408 and 499 say that somebody stopped waiting, not that nothing was done.
    return response.status >= 400 && response.status < 500 && response.status != 408 &&
           response.status != 499 && infra_error(response).has_value();
}

Error status_error(const ApiCall& call, const transport::Response& response) {
    constexpr std::size_t most_words = 512;
    const StatusRow& row = row_of(response.status);
    const auto said = infra_error(response);
    Error out;
    out.http_status = response.status;
    out.retryable = row.passing;
    out.effect = is_clear_refusal(response) ? Effect::none : Effect::unknown;
    out.detail = "http_" + std::to_string(response.status);
    out.message = server_phrase(call) + "answered " + std::to_string(response.status);
    if (said) {
        out.code = row.code;
        out.field = row.code == Code::argument  ? parameter_at_fault(call, *said)
                    : row.field == "access_key" ? std::string(call.credential)
                                                : std::string(row.field);
        out.message += ": " + printable(said->message, most_words);
    } else {
        // The answer is not Infra's own, so it says nothing about the caller or the key.
        out.code = Code::server;
        out.field = row.passing ? "" : "host";
        out.message += ", not in Infra's words: is this an Infra server?";
    }
    const bool own_hint = row.code == Code::auth && !call.if_unauthorized.empty();
    if (said || row.passing || row.first == 300)
        out.message += own_hint ? call.if_unauthorized : row.hint;
    if (row.first == 300) out.message += redirect_target(response);
    if (response.status == 404) out.message += path_hint(call);
    if (const auto wait = retry_after(response, server_time(response).now))
        out.message +=
            "; it asks to wait " +
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*wait).count()) + " s";
    return out;
}

Error unexpected_answer(const ApiCall& call, std::string_view what) {
    return Error{Code::server,
                 server_phrase(call) + "sent an answer that " + std::string(what) +
                     ": is this an Infra server of version 0.20.0 or newer?",
                 "host", "unexpected_answer"};
}

Result<Value> read_answer(const ApiCall& call, const transport::Response& response) {
    auto value = json::read(response.body, json_limits);
    if (!value) {
        Error out = unexpected_answer(call, "is not JSON");
        out.detail = "not_json";
        out.http_status = response.status;
        return out;
    }
    return std::move(*value);
}

ServerTime server_time(const transport::Response& response) {
    const std::string* date = response.header("Date");
    const std::string* age = response.header("Age");
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto machine =
        Timestamp::from_unix(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    if (date != nullptr)
        if (const auto time = Timestamp::parse_http_date(*date))
            return {*time, age == nullptr || *age == "0", machine};
    return {machine, false, machine};
}

} // namespace infrastate::client
