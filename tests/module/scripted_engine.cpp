// SPDX-License-Identifier: Apache-2.0
// An engine for tests of the envelope. INFRASTATE_TEST_SCRIPT names a JSON file:
//   result   what run() returns
//   secrets  the session's secrets
//   throw    "bad_alloc" or any text: run() throws it
//   wait     true: run() waits until it is cancelled, and then returns
//   findings [{what, verdict: good|note|bad, text}]: what self_test() reports
//   seen     a file that gets {config, resource, mode, desired, diff, ssl_cert_file, ssl_cert_dir}
#include "infrastate/engine/engine.h"
#include "infrastate/engine/self_test.h"
#include "infrastate/json/json.h"
#include "infrastate/wire/result.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <poll.h>
#include <stdexcept>

namespace infrastate::engine {

struct Session::Impl {
    Value script;
    Value config;
    CertificateLocations certificates;
};

namespace {

Value read_script() {
    const char* path = std::getenv("INFRASTATE_TEST_SCRIPT");
    if (path == nullptr) return Value::object();
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return json::read(text).value();
}

} // namespace

Result<Session> Session::open(const Value& config, const CertificateLocations& certificates) {
    auto impl = std::make_unique<Impl>();
    impl->script = read_script();
    impl->config = config;
    impl->certificates = certificates;
    return Session(std::move(impl));
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Value Session::run(std::string_view resource, Operation mode, const Value& desired,
                   const CallOptions& call) {
    if (const Value* seen = impl_->script.find("seen")) {
        std::ofstream file(seen->string());
        file << json::write(Value::object({{"config", impl_->config},
                                           {"resource", resource},
                                           {"mode", mode == Operation::apply  ? "apply"
                                                    : mode == Operation::plan ? "plan"
                                                                              : "ask"},
                                           {"desired", desired},
                                           {"diff", call.diff},
                                           {"ssl_cert_file", impl_->certificates.ssl_cert_file},
                                           {"ssl_cert_dir", impl_->certificates.ssl_cert_dir}}));
    }
    if (const Value* wanted = impl_->script.find("throw")) {
        if (wanted->string() == "bad_alloc") throw std::bad_alloc();
        throw std::runtime_error(wanted->string());
    }
    if (impl_->script.find("wait") != nullptr) {
        pollfd readable{call.cancel->descriptor(), POLLIN, 0};
        while (!call.cancel->is_set())
            ::poll(&readable, 1, -1);
        return failure({Code::cancelled, "cancelled"}, resource, mode);
    }
    const Value* result = impl_->script.find("result");
    if (result == nullptr) return failure({Code::transport, "no server here"}, resource, mode);
    return *result;
}

std::vector<std::string_view> Session::secrets() const {
    std::vector<std::string_view> out;
    if (const Value* secrets = impl_->script.find("secrets"))
        for (const Value& secret : secrets->items())
            out.push_back(secret.string());
    return out;
}

bool self_test(const Value& config, const CertificateLocations& certificates,
               const transport::CancelToken*, const std::function<void(const Finding&)>& tell) {
    const Value script = read_script();
    if (const Value* seen = script.find("seen")) {
        std::ofstream file(seen->string());
        file << json::write(
            Value::object({{"config", config}, {"ssl_cert_file", certificates.ssl_cert_file}}));
    }
    const Value* findings = script.find("findings");
    if (findings == nullptr) return true;
    bool all_good = true;
    for (const Value& finding : findings->items()) {
        const std::string& severity = finding.find("verdict")->string();
        all_good = severity != "bad";
        tell({finding.find("what")->string(),
              severity == "good"   ? Severity::good
              : severity == "note" ? Severity::noteworthy
                                   : Severity::bad,
              finding.find("text")->string()});
    }
    return all_good;
}

Value failure(const Error& error, std::string_view resource, Operation mode) {
    const schema::Resource* known = schema::find_resource(resource);
    if (known != nullptr) return wire::failed_result(error, *known);
    return wire::failed_result(error, mode == Operation::ask ? schema::ResourceKind::question
                                                             : schema::ResourceKind::state);
}

} // namespace infrastate::engine
