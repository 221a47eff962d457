// SPDX-License-Identifier: Apache-2.0
// What both doors (the module executable and the C ABI) open: a session with one Infra server that
// plans or applies the desired state of resources. Neutral values in, one neutral result out.
// Knows nothing of Ansible and nothing of C.
#pragma once

#include "infrastate/transport/cancel.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::engine {

enum class Mode {
    plan,  ///< observe and say what would be done; changes nothing (check mode)
    apply, ///< observe, plan, and do it
};

struct Call {
    /// May only lower the session's timeout.
    std::optional<std::chrono::milliseconds> timeout{};
    const transport::CancelToken* cancel = nullptr; ///< borrowed for the call
    /// Put the lists `before` and `after` of the diff together even if nothing changes.
    bool diff = true;
};

/// Where the caller's environment says that the certificate authorities are: SSL_CERT_FILE and
/// SSL_CERT_DIR, or empty. The engine reads no environment itself.
struct Surroundings {
    std::string ssl_cert_file{};
    std::string ssl_cert_dir{};
};

/// Names of the resources this build knows, "access_key" first.
std::vector<std::string_view> resource_names();

/// One server, one set of credentials, one kept connection. Not thread-safe.
class Session {
public:
    /// `config` is an object with the parameters of schema::connection(), already checked against
    /// it and completed from the environment by the caller. Reads the files it names; opens no
    /// connection. Errors name the parameter in `field`.
    static Result<Session> open(const Value& config, const Surroundings& around = {});
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    /// `desired` is an object with the parameters of the resource's schema, already checked against
    /// it. Always gives a result object, failed or not:
    ///   ok, code, outcome ("none", "changed", "unknown"), changed, reason, reasons, actions,
    ///   explanation, diff {before, after}, resource {id, name, user, ...} or null, secret or null,
    ///   secret_known, warnings, error {code, detail, message, field, http_status, retryable}.
    /// Every text in it is masked: no secret of the session or of the key stands anywhere but in
    /// `secret`. Throws only std::bad_alloc and what is a defect.
    Value run(std::string_view resource, Mode mode, const Value& desired, const Call& call = {});

    /// Forgets the connection without a word on the wire (in a forked child).
    void abandon() noexcept;

    /// Secrets the caller must mask in what it prints itself (argument values and what came from
    /// files); borrowed until the session goes.
    std::vector<std::string_view> secrets() const;

private:
    struct Impl;
    explicit Session(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The result object of a call that failed before a session existed.
Value failure(const Error& error);

} // namespace infrastate::engine
