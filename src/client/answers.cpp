// SPDX-License-Identifier: Apache-2.0
#include "answers.h"

#include "infrastate/json/json.h"

#include <array>
#include <chrono>

namespace infrastate::client {
namespace {

// The map from status to error; ranges stand below their exceptions.
struct StatusRow {
    int first, last;
    Code code;
    bool passing;
    std::string_view field;
    std::string_view hint;
};
constexpr std::array<StatusRow, 11> statuses{{
    {400, 400, Code::argument, false, "", ""},
    {401, 401, Code::auth, false, "access_key",
     "; check that the access key exists, is not expired, and belongs to this server"},
    {403, 403, Code::permission, false, "access_key", ""},
    {404, 404, Code::not_found, false, "", ""},
    {409, 409, Code::conflict, false, "", ""},
    {429, 429, Code::server, true, "", "; too many requests, try again later"},
    {500, 500, Code::server, true, "", ""},
    {502, 504, Code::server, true, "", ""},
    {300, 399, Code::server, false, "host", "; a redirect is not followed with an access key"},
    {400, 499, Code::server, false, "", ""},
    {0, 999, Code::server, false, "", ""},
}};

const StatusRow& row_of(int status) noexcept {
    for (const StatusRow& row : statuses)
        if (status >= row.first && status <= row.last) return row;
    return statuses.back();
}

std::string server_phrase(const Call& call) {
    return std::string(call.doing) + ": the server at " + call.server.url() + " ";
}

/// The length of the well-formed UTF-8 sequence at the front, 0 if there is none.
std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80                     ? 1
                               : first >= 0xC2 && first <= 0xDF ? 2
                               : first >= 0xE0 && first <= 0xEF ? 3
                               : first >= 0xF0 && first <= 0xF4 ? 4
                                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if (length > 1) {
        const unsigned char second = byte(1);
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
            (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
            return 0;
    }
    return length;
}

} // namespace

bool is_passing(int status) noexcept {
    return row_of(status).passing;
}

std::string safe_words(std::string_view text) {
    constexpr std::size_t most = 512;
    std::string out;
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        const auto first = static_cast<unsigned char>(text[0]);
        // C1 controls, too, can move a terminal's cursor.
        const bool control =
            first < 0x20 || first == 0x7F ||
            (length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0);
        const std::string_view shown =
            length == 0 || control ? std::string_view("?") : text.substr(0, length);
        if (out.size() + shown.size() > most) break;
        out += shown;
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string infra_message(const transport::Response& response) {
    auto answer = json::read(response.body);
    if (!answer) return {};
    const Value* code = answer->find("code");
    const Value* message = answer->find("message");
    if (code == nullptr || code->kind() != Value::Kind::integer || message == nullptr ||
        !message->is_string())
        return {};
    return message->string();
}

Error status_error(const Call& call, const transport::Response& response) {
    const StatusRow& row = row_of(response.status);
    const std::string words = infra_message(response);
    Error out;
    out.code = row.code;
    out.http_status = response.status;
    out.retryable = row.passing;
    out.field = row.field;
    out.detail = "http_" + std::to_string(response.status);
    out.message = server_phrase(call) + "answered " + std::to_string(response.status);
    out.message += words.empty() ? ", not in Infra's words: is this an Infra server?"
                                 : ": " + safe_words(words);
    out.message += row.hint;
    const bool clear = response.status >= 400 && response.status < 500 && !words.empty();
    out.effect = clear ? Effect::none : Effect::unknown;
    return out;
}

Error unexpected_answer(const Call& call, std::string_view what) {
    return Error{Code::server,
                 server_phrase(call) + "sent an answer that " + std::string(what) +
                     ": is this an Infra server of version 0.20.0 or newer?",
                 "host", "unexpected_answer"};
}

Result<Value> read_answer(const Call& call, const transport::Response& response) {
    auto value = json::read(response.body);
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
    if (date != nullptr)
        if (const auto time = Timestamp::parse_http_date(*date))
            return {*time, age == nullptr || *age == "0"};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {Timestamp::from_unix(std::chrono::duration_cast<std::chrono::seconds>(now).count()),
            false};
}

} // namespace infrastate::client
