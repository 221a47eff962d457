// SPDX-License-Identifier: Apache-2.0
#include "dialer.h"

#include "stages.h"

#include "infrastate/types/text.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <system_error>
#include <unistd.h>

namespace infrastate::transport {
namespace {

/// One attempt to connect. `problem` is 0 if connected, otherwise an errno value. It is ETIMEDOUT
/// also if the attempt's share of the time has passed.
struct Attempt {
    int problem = 0;
    bool cancelled = false;
    Descriptor descriptor;
};

Attempt connect_once(const SocketAddress& address, const Deadline& deadline) {
    Attempt attempt;
    attempt.descriptor = Descriptor(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int descriptor = attempt.descriptor.get();
    if (descriptor < 0) {
        attempt.problem = errno;
        return attempt;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(descriptor, address.get(), address.size) == 0) return attempt;
    if (errno != EINPROGRESS && errno != EINTR) {
        attempt.problem = errno;
        return attempt;
    }
    const Waited waited = wait_for(descriptor, POLLOUT, deadline);
    if (waited != Waited::ready) {
        attempt.cancelled = waited == Waited::cancelled;
        attempt.problem = waited == Waited::failed ? ENOMEM : ETIMEDOUT;
        return attempt;
    }
    socklen_t size = sizeof attempt.problem;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &attempt.problem, &size) != 0) {
        attempt.problem = errno;
    }
    return attempt;
}

std::string_view detail_of(int problem) {
    switch (problem) {
    case ECONNREFUSED:
        return "connect_refused";
    case ETIMEDOUT:
        return "connect_timeout";
    default:
        return "connect_unreachable";
    }
}

} // namespace

std::chrono::milliseconds try_span(std::chrono::milliseconds remaining, std::size_t left) noexcept {
    using std::chrono::milliseconds;
    const milliseconds share =
        remaining / static_cast<milliseconds::rep>(std::max<std::size_t>(left, 1));
    return std::min(remaining, std::max(milliseconds(2000), share));
}

Result<Dialed> connect_in_turn(const std::vector<SocketAddress>& addresses, std::string_view peer,
                               const Deadline& deadline) {
    std::string tried;
    int problem = 0;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const SocketAddress& address = addresses[i];
        const auto span = try_span(deadline.remaining(), addresses.size() - i);
        Attempt attempt = connect_once(address, deadline.capped(span));
        if (attempt.problem == 0) return Dialed{std::move(attempt.descriptor), address};
        if (attempt.cancelled) return wait_error(Waited::cancelled, Stage::connect, peer);
        if (is_lack(attempt.problem))
            return lack_of(attempt.problem, "for a connection to " + std::string(peer));
        if (deadline.expired()) return wait_error(Waited::expired, Stage::connect, peer);
        // The clearest error is kept: a refusal says more than an unreachable network or silence.
        if (problem == 0 || attempt.problem == ECONNREFUSED) problem = attempt.problem;
    }
    const std::string reason = problem == ETIMEDOUT ? std::string("no answer in the time allowed")
                                                    : std::generic_category().message(problem);
    return transport_error(detail_of(problem),
                           "cannot connect to " + std::string(peer) + " (" + reason + "; tried " +
                               joined(addresses, ", ", &SocketAddress::text) +
                               "); check the address, that the server runs, and any "
                               "firewall in between",
                           true);
}

Result<Dialed> dial(const HostPort& peer, std::string_view whom, const Deadline& deadline) {
    auto addresses = resolve(peer.host, peer.port, deadline);
    if (!addresses) return addresses.error();
    return connect_in_turn(*addresses, std::string(whom) + peer.text(), deadline);
}

} // namespace infrastate::transport
