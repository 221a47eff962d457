// SPDX-License-Identifier: Apache-2.0
// Reads the connection parameters of a session from their neutral form into typed members. Reads
// the files that parameters name, and nothing else outside.
#pragma once

#include "credentials.h"

#include "infrastate/engine/engine.h"
#include "infrastate/transport/http.h"
#include "infrastate/types/error.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/value.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::engine {

/// The file from which the access key was read, and how it looked then.
struct TokenFile {
    std::string path{};
    std::optional<FileStamp> stamp{};
};

struct Config {
    transport::Endpoint endpoint;
    transport::TlsSettings tls;
    transport::ProxySettings proxy;
    Secret token{}; ///< empty if a user logs in
    std::optional<TokenFile> token_file{};
    std::string username{};
    Secret password{};
    std::optional<std::chrono::milliseconds> timeout{}; ///< empty if nobody set it
    int retries = 0;
    bool default_host = false; ///< nobody gave one, or just that one
    std::vector<std::string> warnings{};
};

/// The parameter that the token came from.
inline std::string_view key_parameter(const Config& config) noexcept {
    return config.token_file ? "access_key_file" : "access_key";
}

/// The time of a call if nobody set a timeout.
std::chrono::milliseconds default_timeout();

/// Errors: code argument (or file) with `field`. The message never contains a value that may be
/// secret.
Result<Config> read_config(const Value& config, const CertificateLocations& certificates = {});

/// Credentials and keys that must not be shown. Borrowed from `config`.
std::vector<std::string_view> secrets_of(const Config& config);

/// Adds the same secrets, and the password in the proxy's URL.
void add_secrets(const Config& config, Masker& masker);

/// Explicit copies, because secrets cannot be copied by accident.
transport::TlsSettings copy_of(const transport::TlsSettings& tls);
transport::ProxySettings copy_of(const transport::ProxySettings& proxy);

} // namespace infrastate::engine
