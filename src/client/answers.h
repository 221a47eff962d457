// SPDX-License-Identifier: Apache-2.0
// Turns Infra's answers into values and errors: maps HTTP statuses to errors, makes the server's
// own words safe to show, and reads the server's time.
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

/// A name in Infra's "fieldErrors", and the parameter from which that field is made.
struct FieldName {
    std::string_view infra, parameter;
};
using FieldNames = std::span<const FieldName>;

/// For messages: which call failed ("listing access keys"), and at which server.
struct ApiCall {
    std::string_view doing;
    const transport::Endpoint& server;
    /// The fields of the call's body. The same name stands for different parameters in different
    /// calls.
    FieldNames fields{};
    /// What to do about a 401. Empty: the hint about the access key.
    std::string_view if_unauthorized{};
    /// The parameter with the caller's credentials.
    std::string_view credential = "access_key";
};

/// The error for a status that was not expected (table in the source). `effect` is none for a clear
/// refusal and unknown otherwise. A caller that only read must set it to none.
Error status_error(const ApiCall& call, const transport::Response& response);

/// The error for an answer that has the right status but not a form that Infra uses.
Error unexpected_answer(const ApiCall& call, std::string_view what);

/// The answer's JSON. Error: code server, detail "not_json", with the question "is this an Infra
/// server?".
Result<Value> read_answer(const ApiCall& call, const transport::Response& response);

/// An answer in Infra's error shape {code, message, fieldErrors}. Its code is the HTTP status.
struct InfraError {
    std::string message;
    std::vector<std::string> fields{}; ///< the fields at fault, in the server's own names
};
/// Empty if the answer does not have that shape: a proxy's page, another server's JSON.
std::optional<InfraError> infra_error(const transport::Response& response);

/// True for a 4xx in Infra's own shape: it says that the request was not carried out.
bool is_clear_refusal(const transport::Response& response);

/// The server's time from Date and Age. Without a valid Date: this machine's clock, not exact.
ServerTime server_time(const transport::Response& response);

/// Whether the status allows another try.
bool is_passing(int status) noexcept;

} // namespace infrastate::client
