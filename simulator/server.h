// SPDX-License-Identifier: Apache-2.0
// The HTTPS server. Poco accepts connections, does TLS and reads requests; faults are carried out
// here. It has no rule of Infra: those are in api.h and validation.h.
#pragma once

#include "api.h"
#include "control.h"
#include "faults.h"
#include "recorder.h"
#include "tls.h"

#include <Poco/Net/HTTPServer.h>
#include <Poco/ThreadPool.h>

#include <memory>
#include <string>

namespace infrastate::simulator {

struct ServerParts {
    Api& api;
    Clock& clock;
    Faults& faults;
    Recorder& recorder;
    Control& control;
};

class Server {
public:
    /// Listens at once. Throws Poco::Exception if it cannot have the address.
    Server(const std::string& host, std::uint16_t port, const Identity& identity,
           ServerParts parts);
    ~Server();

    std::uint16_t port() const;

private:
    Poco::ThreadPool threads_;
    std::unique_ptr<Poco::Net::HTTPServer> http_;
};

} // namespace infrastate::simulator
