// SPDX-License-Identifier: Apache-2.0
#include "reply.h"

#include <algorithm>
#include <map>

namespace infrastate::simulator {

namespace {

JsonArray field_errors(const std::vector<FieldError>& problems) {
    std::map<std::string, JsonArray> by_field; // the server sorts them
    for (const FieldError& error : problems) {
        JsonArray& texts = by_field[error.field];
        if (texts.isNull()) texts = json_array();
        texts->add(error.problem);
    }
    JsonArray list = json_array();
    for (const auto& [field, texts] : by_field)
        list->add(json_object({{"fieldName", field}, {"errors", texts}}));
    return list;
}

Reply error_object(int status, std::string_view message, const std::vector<FieldError>& problems) {
    JsonObject body = json_object({{"code", status}, {"message", std::string(message)}});
    if (!problems.empty()) body->set("fieldErrors", field_errors(problems));
    Reply reply = json_reply(status, body);
    reply.body += '\n';
    return reply;
}

} // namespace

Reply json_reply(int status, const Json& body) {
    Reply reply;
    reply.status = status;
    reply.body = write_json(body);
    return reply;
}

Reply error_reply(int status, std::string_view message) {
    return error_object(status, message, {});
}

Reply bad_request(std::string_view message) {
    return error_reply(400, "bad request: " + std::string(message));
}

Reply validation_failed(const std::vector<FieldError>& problems) {
    // One entry a field, in the order in which the fields were checked (the server's own order
    // changes from answer to answer).
    std::vector<FieldError> joined;
    for (const FieldError& error : problems) {
        const auto same = std::find_if(joined.begin(), joined.end(), [&](const FieldError& other) {
            return other.field == error.field;
        });
        if (same == joined.end())
            joined.push_back(error);
        else
            same->problem += ", " + error.problem;
    }
    std::string message = "validation failed: ";
    for (const FieldError& error : joined) {
        if (&error != &joined.front()) message += ", ";
        message += (error.field.empty() ? "" : error.field + ": ") + error.problem;
    }
    return error_object(400, message, problems);
}

Reply conflict(std::string_view context, std::string_view kind, std::string_view field) {
    const std::string problem = std::string(kind) + " with that " +
                                (field.empty() ? "value" : std::string(field)) + " already exists";
    return error_object(409, std::string(context) + ": " + problem,
                        {{std::string(field), problem}});
}

} // namespace infrastate::simulator
