// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "infrastate.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/mask.h"
#include "infrastate/types/duration.h"

#include <cstdlib>

namespace infrastate::abi {
namespace {

using schema::Default;
using schema::Param;
using schema::Type;

constexpr std::array own_params{
    Param{
        .name = "timeout_ms",
        .type = Type::integer,
        .doc = {"The most that one call may take, in milliseconds, waiting for another call on the "
                "client included.",
                "A part of it is kept back for cleaning up. A request may shorten it."},
        .fill = Default::understood,
        .minimum = 1,
    },
    Param{
        .name = "max_request_bytes",
        .type = Type::integer,
        .doc = {"The largest request that is read."},
        .fill = Default::filled,
        .default_value = "16777216",
        .minimum = 1024,
        .maximum = std::int64_t{max_json_bytes},
    },
    Param{
        .name = "log_level",
        .type = Type::integer,
        .doc = {"Lines above this level are not composed: 3 errors, 4 warnings, 6 what was done, 7 "
                "each request (syslog's numbers)."},
        .fill = Default::filled,
        .default_value = "6",
        .minimum = 0,
        .maximum = INFRASTATE_LOG_DEBUG,
    },
    Param{
        .name = "environment",
        .type = Type::boolean,
        .doc = {"Whether parameters that are left out are read from the environment, once, when "
                "the client is opened."},
        .fill = Default::filled,
        .default_value = "false",
    },
};

/// The default of `timeout`, in milliseconds.
std::string timeout_text() {
    const auto span = Duration::parse(schema::connection().find("timeout")->default_value);
    return std::to_string(span.value().nanoseconds() / 1'000'000);
}

std::optional<std::string> variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

/// The level for one of syslog's numbers. A number between ours counts as the next lower one of
/// ours.
std::optional<engine::LogLevel> level_of(std::int64_t number) {
    if (number >= INFRASTATE_LOG_DEBUG) return engine::LogLevel::debug;
    if (number >= INFRASTATE_LOG_INFO) return engine::LogLevel::info;
    if (number >= INFRASTATE_LOG_WARNING) return engine::LogLevel::warning;
    if (number >= INFRASTATE_LOG_ERROR) return engine::LogLevel::error;
    return std::nullopt;
}

} // namespace

std::int64_t longest_timeout_ms() {
    return schema::connection().find("timeout")->maximum;
}

ConfigTable::ConfigTable(bool environment) {
    // The C interface has one way to give a time: in milliseconds.
    for (Param param : schema::connection().params) {
        if (param.name == "timeout") continue;
        if (!environment) param.environment = {};
        params_.push_back(param);
    }
    params_.insert(params_.end(), own_params.begin(), own_params.end());
    static const std::string default_timeout = timeout_text();
    for (Param& param : params_)
        if (param.name == "timeout_ms") {
            param.default_value = default_timeout;
            param.maximum = longest_timeout_ms();
        }
}

schema::Section ConfigTable::section() const noexcept {
    return {params_, schema::connection().rules};
}

Result<ClientConfig> read_client_config(std::string_view text, Masker& masker) {
    auto input = json::read(text, {.max_bytes = max_json_bytes, .max_depth = max_json_depth});
    if (!input) {
        Error error = std::move(input).error();
        error.message = "config: " + error.message;
        error.field = "config";
        return error;
    }
    if (!input->is_object())
        return argument_error("config", "config: must be a JSON object, not " +
                                            std::string(kind_name(input->kind())));
    ClientConfig out;
    schema::Sources sources;
    const bool environment = input->flag("environment");
    const ConfigTable table(environment);
    if (environment) {
        sources = schema::complete_from_environment(table.section(), *input, variable);
        out.certificates = {variable("SSL_CERT_FILE").value_or(""),
                            variable("SSL_CERT_DIR").value_or("")};
    }
    schema::collect_secrets(*input, masker);
    auto checked = schema::check(table.section(), *input, sources);
    if (!checked.ok()) return schema::masked(checked.error(), table.section(), masker);

    out.max_request_bytes =
        static_cast<std::size_t>(checked.value.find("max_request_bytes")->integer());
    out.log_level = level_of(checked.value.find("log_level")->integer());
    out.session = std::move(checked.value);
    out.session.erase("max_request_bytes");
    out.session.erase("log_level");
    out.session.erase("environment");
    return out;
}

} // namespace infrastate::abi
