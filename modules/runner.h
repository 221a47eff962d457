// SPDX-License-Identifier: Apache-2.0
// One run of a module: JSON arguments in, one result object out. Everything that can go wrong
// becomes a failed result. It knows Ansible's envelope and the engine, and decides nothing about
// keys.
#pragma once

#include "invocation_log.h"

#include "infrastate/engine/engine.h"
#include "infrastate/schema/check.h"
#include "infrastate/transport/cancel.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace infrastate::module {

struct Invocation {
    std::string_view own_name; ///< argv[0]
    std::string_view asked;    ///< the name of --module, or empty
    std::string_view text;     ///< the JSON arguments
    schema::Getenv environment;
    const transport::CancelToken* cancel = nullptr; ///< must exist during the run
    std::function<void(const LogLine&)> log;
    /// Prints a result that holds the only copy of a secret, while the new key can still be deleted
    /// again. Returns the reason of a failure, or an empty text. If it is not set, the caller
    /// prints every result.
    std::function<std::string(const Value& result, std::chrono::milliseconds patience)> print{};
    /// Tells a person one sentence, beside the result.
    std::function<void(std::string_view)> tell{};
};

struct Done {
    Value result; ///< has `failed` exactly if the run failed
    enum class Printed { not_yet, whole, lost } printed = Printed::not_yet;
};

/// Throws only std::bad_alloc.
Done run_module(const Invocation& invocation);

/// Reads the JSON object in a text of arguments.
Result<Value> read_arguments(std::string_view text);

/// Where the environment says that the certificate authorities are. Every program that uses OpenSSL
/// reads the same variables.
engine::CertificateLocations certificate_locations(const schema::Getenv& environment);

/// The result of a run that ended before it read any parameter.
Value failed_result(const Error& error);

} // namespace infrastate::module
