// SPDX-License-Identifier: Apache-2.0
// The floor that a kept connection is measured against: Poco's own client, without our code.
// The environment names the server.
#pragma once

#include <Poco/JSON/Parser.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace infrastate::bench {

inline std::string variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) {
        std::fprintf(stderr, "%s is not set: run scripts/bench\n", name);
        std::exit(2);
    }
    return value;
}

/// What remains without our code: the same request on a kept connection of Poco's, and parsing its
/// answer.
class BareLoop {
public:
    BareLoop() { session_.setKeepAlive(true); }

    void once() {
        Poco::Net::HTTPRequest get(
            "GET", "/api/access-keys?limit=1000&page=1&showExpired=true&name=my-cluster",
            "HTTP/1.1");
        get.set("Infra-Version", "0.20.0");
        get.set("Accept", "application/json");
        get.set("Authorization", "Bearer " + key_);
        session_.sendRequest(get);
        Poco::Net::HTTPResponse response;
        std::string body;
        Poco::StreamCopier::copyToString(session_.receiveResponse(response), body);
        Poco::JSON::Parser parser;
        parser.parse(body);
        if (response.getStatus() == 200) return;
        std::fprintf(stderr, "the bare loop was answered %s\n", body.c_str());
        std::exit(1);
    }

private:
    static Poco::Net::Context::Ptr context() {
        return new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE,
                                      variable("INFRA_TEST_CA_FILE"),
                                      Poco::Net::Context::VERIFY_STRICT);
    }

    const Poco::URI url_{variable("INFRA_TEST_URL")};
    const std::string key_ = variable("INFRA_TEST_ADMIN_KEY");
    Poco::Net::HTTPSClientSession session_{url_.getHost(), url_.getPort(), context()};
};

} // namespace infrastate::bench
