// SPDX-License-Identifier: Apache-2.0
// The connection parameters of a session, read from their neutral form into types that hold them.
// Reads the files that parameters name; nothing else of the outside world.
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

/// Where the access key came from, and what the file looked like then.
struct TokenFile {
    std::string path{};
    std::optional<FileStamp> stamp{};
};

struct Config {
    transport::Endpoint endpoint;
    transport::TlsSettings tls;
    transport::ProxySettings proxy;
    Secret token{}; ///< empty where a user logs in
    std::optional<TokenFile> token_file{};
    std::string username{};
    Secret password{};
    std::optional<std::chrono::milliseconds> timeout{}; ///< nothing: nobody set it
    int retries = 0;
    bool default_host = false; ///< nobody gave one, or just that one
    std::vector<std::string> warnings{};
};

/// The time of a call whose timeout nobody set.
std::chrono::milliseconds default_timeout();

/// Errors: code argument (or file) with `field`; the message never holds a value that may be
/// secret.
Result<Config> read_config(const Value& config, const CertificateLocations& certificates = {});

/// Credentials and keys that must not be shown. Borrowed from `config`.
std::vector<std::string_view> secrets_of(const Config& config);

/// Adds these, and of the proxy's URL the password.
void add_secrets(const Config& config, Masker& masker);

/// Secrets are not copied by accident.
transport::TlsSettings copy_of(const transport::TlsSettings& tls);
transport::ProxySettings copy_of(const transport::ProxySettings& proxy);

} // namespace infrastate::engine
