// SPDX-License-Identifier: Apache-2.0
// The configuration of a client: how it is read, and its table. The table has the connection's
// parameters and those that a host program decides.
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

/// The longest timeout of a call.
std::int64_t longest_timeout_ms();

/// The table of the client's configuration. It is built at run time, because the compiler cannot
/// join it from the schema's tables, which are in another library.
class ConfigTable {
public:
    /// `environment`: whether variables replace parameters that are left out. Messages then mention
    /// them.
    explicit ConfigTable(bool environment);
    schema::Section section() const noexcept;

private:
    std::vector<schema::Param> params_;
};

struct ClientConfig {
    Value session{}; ///< what engine::Session::open() takes
    engine::CertificateLocations certificates{};
    std::size_t max_request_bytes = 0;
    std::optional<engine::LogLevel> log_level{}; ///< empty: no line is wanted
};

/// Reads the environment only if "environment": true asks for it. Errors: argument, with field,
/// masked. The masker gets all secrets of the text, also after an error.
Result<ClientConfig> read_client_config(std::string_view text, Masker& masker);

} // namespace infrastate::abi
