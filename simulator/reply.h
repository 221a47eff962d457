// SPDX-License-Identifier: Apache-2.0
// Requests and answers between the HTTP server and the simulated API, and the server's form of an
// error: {"code", "message", "fieldErrors"}.
#pragma once

#include "json.h"
#include "query.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::simulator {

struct Request {
    std::string method;
    std::string target; ///< path and query as they were received
    std::string path;   ///< unescaped
    Query query;
    /// Empty if no length was announced: the server does not read such a body.
    std::optional<std::string> body;
    std::optional<std::string> infra_version;
    std::string authorization; ///< the header, trimmed
    std::string auth_cookie;   ///< the cookie "auth"
    std::string accept;
    std::string destination_name, destination_id; ///< the destination that a connector serves
};

struct Reply {
    int status = 200;
    std::string body;
    std::string content_type = "application/json; charset=utf-8"; ///< "" for no such header
    std::vector<std::pair<std::string, std::string>> headers;
};

/// An error in one field; the name "" stands for the whole request.
struct FieldError {
    std::string field;
    std::string problem;
};

Reply json_reply(int status, const Json& body);
Reply error_reply(int status, std::string_view message);
/// 400 "bad request: ..."
Reply bad_request(std::string_view message);
/// 400 "validation failed: ..."; `problems` must not be empty.
Reply validation_failed(const std::vector<FieldError>& problems);
/// 409. `context` is what the server was doing, in its words; `kind` includes the article.
Reply conflict(std::string_view context, std::string_view kind, std::string_view field);

} // namespace infrastate::simulator
