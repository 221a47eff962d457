// SPDX-License-Identifier: Apache-2.0
// A listening socket on 127.0.0.1 whose backlog is full. Connections to it neither succeed nor
// fail, as with an address from which nothing answers.
#pragma once

#include "hostile_server.h"

#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace infrastate::test {

class BlackHole {
public:
    BlackHole() : listener_(listen_on("127.0.0.1", port_, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port_);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (int& filler : fillers_) {
            filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            (void)::connect(filler, reinterpret_cast<const sockaddr*>(&to), sizeof to);
        }
    }
    ~BlackHole() {
        for (const int filler : fillers_)
            ::close(filler);
        ::close(listener_);
    }
    BlackHole(const BlackHole&) = delete;
    BlackHole& operator=(const BlackHole&) = delete;
    std::uint16_t port() const { return port_; }
    std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    std::uint16_t port_ = 0;
    int listener_;
    int fillers_[8] = {}; // more than the kernel ever queues for a backlog of 0
};

} // namespace infrastate::test
