// SPDX-License-Identifier: Apache-2.0
// A session with one Infra server that plans or applies the desired state of resources. Both doors,
// the module executable and the C ABI, use it. It takes neutral values and returns one neutral
// result; it knows nothing of Ansible or C.
#pragma once

#include "infrastate/transport/cancel.h"
#include "infrastate/types/error.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::engine {

enum class Operation {
    plan,  ///< observe and say what a run would do; change nothing (check mode)
    apply, ///< observe, plan, and do it
    ask,   ///< observe and answer: for questions only, not for resources with a state
};

enum class LogLevel { error, warning, info, debug };

/// Receives log lines up to a level. `write` is called on the thread of the call, with masked text.
/// It must not throw. An empty `write` takes no lines.
struct Log {
    using Write = std::function<void(LogLevel level, std::string_view text)>;
    Write write{};
    LogLevel most = LogLevel::debug;

    /// Callers ask this before they compose a line.
    bool takes(LogLevel level) const noexcept { return write && level <= most; }
    void operator()(LogLevel level, std::string_view text) const {
        if (takes(level)) write(level, text);
    }
};

/// What happened to keys whose only secret was in a result that could not be delivered.
struct Lost {
    std::vector<std::string> deleted{}; ///< they were deleted again
    std::vector<std::string> left{};    ///< they are live, and nobody has their secret
    bool none_left = false;             ///< a key was replaced, and now no live key is left
};

/// Receives a result that holds the only copy of a secret. It is called while the run can still
/// delete the key again.
class Delivery {
public:
    virtual ~Delivery() = default;
    /// Returns false if the result was not delivered completely. `patience`: how long the reader
    /// may take.
    virtual bool deliver(const Value& result, std::chrono::milliseconds patience) = 0;
    /// Called after a failed deliver(): says what was done about it.
    virtual void lost(const Lost& what) noexcept = 0;
};

struct CallOptions {
    /// Can only shorten the session's timeout.
    std::optional<std::chrono::milliseconds> timeout{};
    /// how much of the call's time had passed before it came here
    std::chrono::milliseconds used{0};
    const transport::CancelToken* cancel = nullptr; ///< borrowed for the call
    /// Fill the lists `before` and `after` of the diff even if nothing changes.
    bool diff = true;
    Log log{};
    /// Holds the secrets that the caller knows; the call adds those that it learns. Borrowed for
    /// the call. nullptr: the call uses a masker of its own.
    Masker* masker = nullptr;
    /// For single runs, see Delivery. Borrowed for the call. nullptr: the result is only returned.
    Delivery* delivery = nullptr;
};

/// One request of a batch. `desired` has the form that Session::run takes.
struct BatchRequest {
    std::string resource;
    Value desired;
};

/// Receives the results of a batch in the order of its requests, each as soon as it is ready.
class Results {
public:
    virtual ~Results() = default;
    /// Called before each run. Makes room for its result, because the result may hold the only copy
    /// of a secret.
    virtual void make_room() = 0;
    /// May throw std::bad_alloc. The run then deletes the key that it made.
    virtual void take(Value&& result) = 0;
    /// Called instead of take() if there was no memory for the run or its result. `effect` is what
    /// the run may have done before.
    virtual void no_memory(Effect effect) noexcept = 0;
};

/// Where the caller's environment says that the certificate authorities are: the values of
/// SSL_CERT_FILE and SSL_CERT_DIR, or empty. The engine itself reads no environment.
struct CertificateLocations {
    std::string ssl_cert_file{};
    std::string ssl_cert_dir{};
};

/// One server, one set of credentials, one kept connection. Not thread-safe.
class Session {
public:
    /// `config` is an object with the parameters of schema::connection(). The caller has checked it
    /// and completed it from the environment. Reads the files that it names; opens no connection.
    /// Errors name the parameter in `field`.
    static Result<Session> open(const Value& config, const CertificateLocations& certificates = {});
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    /// `desired` is an object with the parameters of the resource's schema; the caller has checked
    /// it. Always returns a result object of the shape in schema/result.h, also after a failure.
    /// All free text in it is masked (schema/mask.h): secrets of the caller, the session and the
    /// key appear only in `secret`. Throws only std::bad_alloc, and exceptions that are defects.
    Value run(std::string_view resource, Operation mode, const Value& desired,
              const CallOptions& call = {});

    /// Runs the requests of a batch one after the other, within the time of one call. There is one
    /// login, and one listing for all keys of one user as long as nothing changes. Each request
    /// gets a result as run() returns it. Returns warnings that concern all requests. Throws only
    /// exceptions that are defects.
    std::vector<std::string> run_all(const std::vector<BatchRequest>& requests, Operation mode,
                                     const CallOptions& call, Results& results);

    /// How long such a call may take: the call's own timeout, or the session's, or the default plus
    /// the time that its runs may have to wait for others.
    std::chrono::milliseconds time_limit(const std::vector<BatchRequest>& requests,
                                         const CallOptions& call) const;

    /// Drops the connection without sending anything (in a forked child).
    void abandon() noexcept;
    /// The same where a thread of the parent was inside a call at the fork: closes the connection's
    /// descriptor and touches nothing else. The session may not be destroyed after it.
    void abandon_in_use() noexcept;

    /// Secrets that the caller must mask in its own output (argument values and contents of files).
    /// Borrowed until the session is destroyed.
    std::vector<std::string_view> secrets() const;
    /// A masker that knows these secrets and the password in a proxy's URL, as the base of a call's
    /// masker. May be called from any thread, also while another thread's call reads a credential
    /// again.
    std::shared_ptr<const Masker> known_secrets() const;

private:
    struct Impl;
    explicit Session(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The result object of a call that failed before a session existed. For an unknown resource it has
/// only the members that all results have in that mode.
Value failure(const Error& error, std::string_view resource, Operation mode);

} // namespace infrastate::engine
