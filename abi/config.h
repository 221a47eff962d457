// SPDX-License-Identifier: Apache-2.0
// The configuration of a client: its table (the connection's parameters, and what a host decides
// beside them), and reading it.
#pragma once

#include "infrastate/engine/engine.h"
#include "infrastate/schema/check.h"
#include "infrastate/types/error.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace infrastate::abi {

/// The largest request or configuration, in bytes, and how deep it may be nested.
inline constexpr std::size_t max_json_bytes = std::size_t{16} << 20;
inline constexpr std::size_t max_json_depth = 32;

/// The most that a call may take.
std::int64_t longest_timeout_ms();

/// The table, made when it is needed: constant data of another library cannot be joined earlier.
class ConfigTable {
public:
    /// `environment`: whether variables stand in for what is left out, and so are spoken of.
    explicit ConfigTable(bool environment);
    schema::Section section() const noexcept;

private:
    std::vector<schema::Param> params_;
};

struct ClientConfig {
    Value session{}; ///< what engine::Session::open() takes
    engine::CertificateLocations certificates{};
    std::size_t max_request_bytes = 0;
    std::optional<engine::LogLevel> log_level{}; ///< nothing: no line is wanted
};

/// Reads the environment only where "environment": true asks for it. Errors: argument, with field,
/// masked. The masker gets all secrets there are, also if something is wrong.
Result<ClientConfig> read_client_config(std::string_view text, Masker& masker);

} // namespace infrastate::abi
