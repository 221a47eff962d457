// SPDX-License-Identifier: Apache-2.0
// An HTTP proxy for tests. It answers CONNECT as told, and tunnels to one fixed upstream whatever
// name the client asks for. So any host name can be tried on the loopback.
#pragma once

#include "hostile_server.h"

namespace infrastate::test {

class HostileProxy {
public:
    /// `answer` is the answer to CONNECT. If it begins with "HTTP/1.1 200", a tunnel follows.
    HostileProxy(std::string upstream_address, std::uint16_t upstream_port,
                 std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n");

    /// "http://127.0.0.1:port".
    std::string url() const { return "http://" + server_.authority(); }
    std::string authority() const { return server_.authority(); }
    /// The heads of the CONNECT requests, joined, without the tunnels' bytes.
    std::string heads() const { return server_.received(); }
    int connections() const noexcept { return server_.connections(); }

private:
    void serve(Peer& peer);
    std::string upstream_address_;
    std::uint16_t upstream_port_;
    std::string answer_;
    HostileServer server_; // last: its threads use the others
};

} // namespace infrastate::test
