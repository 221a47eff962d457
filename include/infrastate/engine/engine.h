// SPDX-License-Identifier: Apache-2.0
// What both doors (the module executable and the C ABI) open: a session with one Infra server that
// plans or applies the desired state of resources. Neutral values in, one neutral result out.
// Knows nothing of Ansible and nothing of C.
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
    plan,  ///< observe and say what would be done; changes nothing (check mode)
    apply, ///< observe, plan, and do it
    ask,   ///< observe and answer: what a question takes, and a resource with a state does not
};

enum class LogLevel { error, warning, info, debug };

/// Takes lines up to a level. `write` is called on the thread of the call, with masked text; it
/// must not throw. Empty: takes none.
struct Log {
    using Write = std::function<void(LogLevel level, std::string_view text)>;
    Write write{};
    LogLevel most = LogLevel::debug;

    /// To be asked before a line is composed.
    bool takes(LogLevel level) const noexcept { return write && level <= most; }
    void operator()(LogLevel level, std::string_view text) const {
        if (takes(level)) write(level, text);
    }
};

/// What became of keys whose only secret stood in a result that was not handed over.
struct Lost {
    std::vector<std::string> deleted{}; ///< deleted again
    std::vector<std::string> left{};    ///< live, and nobody has their secret
    bool none_left = false;             ///< a key was replaced, and now there is no live one
};

/// Where a result goes that holds the only copy of a secret: while the run can still take back what
/// it made.
class Delivery {
public:
    virtual ~Delivery() = default;
    /// False: the result was not handed over whole. `patience`: how long its reader may take.
    virtual bool deliver(const Value& result, std::chrono::milliseconds patience) = 0;
    /// After that: what was done about it.
    virtual void lost(const Lost& what) noexcept = 0;
};

struct CallOptions {
    /// May only lower the session's timeout.
    std::optional<std::chrono::milliseconds> timeout{};
    std::chrono::milliseconds used{0};              ///< of the call's time, before it came here
    const transport::CancelToken* cancel = nullptr; ///< borrowed for the call
    /// Put the lists `before` and `after` of the diff together even if nothing changes.
    bool diff = true;
    Log log{};
    /// What the caller knows to be secret; gets what the call comes to know. Borrowed for the call;
    /// nullptr: the call keeps its own.
    Masker* masker = nullptr;
    /// For single runs, see above; borrowed for the call. nullptr: results are returned, no more.
    Delivery* delivery = nullptr;
};

/// One of the requests of a batch; `desired` as Session::run takes it.
struct BatchRequest {
    std::string resource;
    Value desired;
};

/// Takes the results of a batch, in the order of its requests, each as soon as it is there.
class Results {
public:
    virtual ~Results() = default;
    /// Before each run: makes room for its result, since the only copy of a secret may be in it.
    virtual void make_room() = 0;
    /// May throw std::bad_alloc: a key that was made is then deleted again.
    virtual void take(Value&& result) = 0;
    /// Instead of take(): there was no memory for the run or its result. `changed` is what it may
    /// have done before.
    virtual void no_memory(Effect effect) noexcept = 0;
};

/// Where the caller's environment says that the certificate authorities are: SSL_CERT_FILE and
/// SSL_CERT_DIR, or empty. The engine reads no environment itself.
struct CertificateLocations {
    std::string ssl_cert_file{};
    std::string ssl_cert_dir{};
};

/// One server, one set of credentials, one kept connection. Not thread-safe.
class Session {
public:
    /// `config` is an object with the parameters of schema::connection(), already checked against
    /// it and completed from the environment by the caller. Reads the files it names; opens no
    /// connection. Errors name the parameter in `field`.
    static Result<Session> open(const Value& config, const CertificateLocations& certificates = {});
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    /// `desired` is an object with the parameters of the resource's schema, already checked against
    /// it. Always gives a result object, failed or not, of the shape that schema/result.h tells.
    /// All free text in it is masked (schema/mask.h): no secret of the caller, the session or the
    /// key stands anywhere but in `secret`. Throws only std::bad_alloc and what is a defect.
    Value run(std::string_view resource, Operation mode, const Value& desired,
              const CallOptions& call = {});

    /// A batch: runs the requests one after the other in the time of one call, with one login, and
    /// with one listing for all keys of one user as long as nothing changes. Each gets a result, as
    /// run() gives it. Returns warnings that concern all of them. Throws only what is a defect.
    std::vector<std::string> run_all(const std::vector<BatchRequest>& requests, Operation mode,
                                     const CallOptions& call, Results& results);

    /// How long such a call may take: its own timeout, the session's, or the default and what its
    /// runs may have to wait for others.
    std::chrono::milliseconds time_limit(const std::vector<BatchRequest>& requests,
                                         const CallOptions& call) const;

    /// Forgets the connection without a word on the wire (in a forked child).
    void abandon() noexcept;

    /// Secrets the caller must mask in what it prints itself (argument values and what came from
    /// files); borrowed until the session goes.
    std::vector<std::string_view> secrets() const;
    /// Knows these, and the password of a proxy's URL: for a call's masker to stand on. From any
    /// thread, also while a call of another one reads a credential again.
    std::shared_ptr<const Masker> known_secrets() const;

private:
    struct Impl;
    explicit Session(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The result object of a call on a resource that failed before a session existed; of an unknown
/// one it has only the members that all results have in that mode.
Value failure(const Error& error, std::string_view resource, Operation mode);

} // namespace infrastate::engine
