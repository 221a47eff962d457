// SPDX-License-Identifier: Apache-2.0
#include "hostile_proxy.h"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace infrastate::test {
namespace {

int connect_to(const std::string& address, std::uint16_t port) {
    const bool v6 = address.find(':') != std::string::npos;
    const int descriptor = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = -1;
    if (v6) {
        sockaddr_in6 to{};
        to.sin6_family = AF_INET6;
        to.sin6_port = htons(port);
        ::inet_pton(AF_INET6, address.c_str(), &to.sin6_addr);
        failed = ::connect(descriptor, reinterpret_cast<sockaddr*>(&to), sizeof to);
    } else {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
        failed = ::connect(descriptor, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
    if (failed == 0) return descriptor;
    ::close(descriptor);
    return -1;
}

bool move_bytes(int from, int to) {
    std::array<char, 16384> buffer{};
    const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    return ::send(to, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
}

void tunnel(Peer& peer, int upstream) {
    std::array<pollfd, 2> both{{{peer.descriptor(), POLLIN, 0}, {upstream, POLLIN, 0}}};
    while (!peer.stopping()) {
        if (::poll(both.data(), both.size(), 50) <= 0) continue;
        if (both[0].revents != 0 && !move_bytes(peer.descriptor(), upstream)) return;
        if (both[1].revents != 0 && !move_bytes(upstream, peer.descriptor())) return;
    }
}

} // namespace

HostileProxy::HostileProxy(std::string upstream_address, std::uint16_t upstream_port,
                           std::string answer)
    : upstream_address_(std::move(upstream_address)), upstream_port_(upstream_port),
      answer_(std::move(answer)),
      server_("127.0.0.1", ServerTls{}, [this](Peer& peer) { serve(peer); }) {}

void HostileProxy::serve(Peer& peer) {
    if (peer.read_request().empty()) return;
    if (answer_.empty()) return peer.linger(); // a proxy that does not answer
    if (!answer_.starts_with("HTTP/1.1 200")) {
        peer.write(answer_);
        return;
    }
    const int upstream = connect_to(upstream_address_, upstream_port_);
    if (upstream < 0) return;
    if (peer.write(answer_)) tunnel(peer, upstream);
    ::close(upstream);
}

} // namespace infrastate::test
