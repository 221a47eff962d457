// SPDX-License-Identifier: Apache-2.0
// Turns Infra's answers into values and errors: the map from HTTP status to error, the server's own
// words made safe to show, and the server's time.
#pragma once

#include "infrastate/transport/http.h"
#include "infrastate/types/error.h"
#include "infrastate/types/server.h"
#include "infrastate/types/value.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::client {

/// A name in Infra's "fieldErrors", and the parameter that it is made from.
struct FieldName {
    std::string_view infra, parameter;
};
using FieldNames = std::span<const FieldName>;

/// Which call failed, for its message: "listing access keys", and where.
struct ApiCall {
    std::string_view doing;
    const transport::Endpoint& server;
    /// Of the call's body: the same name stands for different parameters in different calls.
    FieldNames fields{};
    /// What to do about a 401; empty: about the access key.
    std::string_view if_unauthorized{};
    /// The parameter that says who asks.
    std::string_view credential = "access_key";
};

/// The error for a status that is not the one wanted (table in the source). `effect` is none for a
/// clear refusal, and unknown otherwise; a caller that only read sets it to none.
Error status_error(const ApiCall& call, const transport::Response& response);

/// The error for an answer of the right status that is not what Infra answers.
Error unexpected_answer(const ApiCall& call, std::string_view what);

/// The answer's JSON. Errors: code server, detail "not_json" and "is this an Infra server?".
Result<Value> read_answer(const ApiCall& call, const transport::Response& response);

/// An answer in Infra's error shape {code, message, fieldErrors}, whose code is the status.
struct InfraError {
    std::string message;
    std::vector<std::string> fields{}; ///< that the server finds fault with, in its own names
};
/// Nothing where the answer has not that shape: a proxy's page, another server's JSON.
std::optional<InfraError> infra_error(const transport::Response& response);

/// True for a 4xx in Infra's own shape that says that the request was not carried out.
bool is_clear_refusal(const transport::Response& response);

/// From Date and Age; this machine's clock, and not exact, where they do not serve.
ServerTime server_time(const transport::Response& response);

/// Worth another try, as far as the status says.
bool is_passing(int status) noexcept;

} // namespace infrastate::client
