// SPDX-License-Identifier: Apache-2.0
#include "resolver.h"

#include "guards.h"
#include "stages.h"

#include "infrastate/types/ascii.h"

#include <ares.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <netinet/in.h>

namespace infrastate::transport {
namespace {

constexpr std::size_t max_addresses = 16;

// A dead first name server must not use up the run's time, so the first query of each server has 2
// s.
constexpr int query_timeout_ms = 2000;
constexpr int query_tries = 3;

struct ChannelDestroyer {
    void operator()(ares_channel channel) const noexcept { ares_destroy(channel); }
};
using Channel = std::unique_ptr<std::remove_pointer_t<ares_channel>, ChannelDestroyer>;

struct Lookup {
    bool done = false;
    int status = ARES_SUCCESS;
    std::vector<SocketAddress> addresses;
};

void on_answer(void* context, int status, int, ares_addrinfo* info) noexcept {
    auto& lookup = *static_cast<Lookup*>(context);
    lookup.done = true;
    lookup.status = status;
    try {
        for (const auto* node = info != nullptr ? info->nodes : nullptr;
             node != nullptr && lookup.addresses.size() < max_addresses; node = node->ai_next) {
            SocketAddress address;
            if (node->ai_addrlen > sizeof address.storage) continue;
            std::memcpy(&address.storage, node->ai_addr, node->ai_addrlen);
            address.size = node->ai_addrlen;
            lookup.addresses.push_back(address);
        }
    } catch (...) {
        lookup.status = ARES_ENOMEM; // no exception may cross c-ares
    }
    if (info != nullptr) ares_freeaddrinfo(info);
}

SocketAddress v4_address(in_addr address, std::uint16_t port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr = address;
    SocketAddress out;
    std::memcpy(&out.storage, &v4, sizeof v4);
    out.size = sizeof v4;
    return out;
}

SocketAddress v6_address(const in6_addr& address, std::uint16_t port) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = address;
    SocketAddress out;
    std::memcpy(&out.storage, &v6, sizeof v6);
    out.size = sizeof v6;
    return out;
}

/// "localhost" and every name below it are this machine (RFC 6761): no name server is asked.
bool means_this_machine(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    constexpr std::string_view local = "localhost";
    if (host.size() < local.size()) return false;
    const std::string_view end = host.substr(host.size() - local.size());
    return equal_without_case(end, local) &&
           (host.size() == local.size() || host[host.size() - local.size() - 1] == '.');
}

bool literal(const std::string& host, std::uint16_t port, SocketAddress& out) {
    in_addr v4{};
    in6_addr v6{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
        out = v4_address(v4, port);
        return true;
    }
    if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
        out = v6_address(v6, port);
        return true;
    }
    return false;
}

/// The sockets on which c-ares waits. c-ares reports them by a callback, because asking for them
/// (ares_getsock) is deprecated since c-ares 1.34.
class Sockets {
public:
    void change(ares_socket_t socket, bool reads, bool writes) noexcept {
        const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
        const auto end = polls_.begin() + count_;
        const auto known = std::find_if(polls_.begin(), end,
                                        [socket](const pollfd& poll) { return poll.fd == socket; });
        if (events == 0) {
            if (known == end) return;
            std::copy(known + 1, end, known);
            --count_;
        } else if (known != end) {
            known->events = events;
            // c-ares' own timer covers a socket that does not fit here
        } else if (end != polls_.end()) {
            *end = pollfd{socket, events, 0};
            ++count_;
        }
    }

    /// A copy, because handling an event may change the list.
    std::vector<pollfd> polls() const { return {polls_.begin(), polls_.begin() + count_}; }

private:
    std::array<pollfd, 16> polls_{};
    std::ptrdiff_t count_ = 0;
};

void on_socket(void* context, ares_socket_t socket, int reads, int writes) noexcept {
    static_cast<Sockets*>(context)->change(socket, reads != 0, writes != 0);
}

/// `sockets` must outlive the channel, because the channel's destruction calls on_socket.
/// `lookups`: where c-ares looks, "b" for name servers and "f" for the hosts file; nullptr leaves
/// it to the machine's settings.
Result<Channel> open_channel(Sockets& sockets, const char* lookups) {
    static std::once_flag once;
    static int library = ARES_SUCCESS;
    std::call_once(once, [] { library = ares_library_init(ARES_LIB_INIT_ALL); });
    ares_options options{};
    // otherwise c-ares would read HOSTALIASES and the file that it names
    options.flags = ARES_FLAG_NOALIASES;
    options.timeout = query_timeout_ms;
    options.tries = query_tries;
    options.sock_state_cb = &on_socket;
    options.sock_state_cb_data = &sockets;
    int set = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    std::string places(lookups != nullptr ? lookups : "");
    if (lookups != nullptr) {
        options.lookups = places.data();
        set |= ARES_OPT_LOOKUPS;
    }
    ares_channel raw = nullptr;
    const int status = library != ARES_SUCCESS ? library : ares_init_options(&raw, &options, set);
    if (status == ARES_ENOMEM) return lack_of(ENOMEM, "to look up host names");
    if (status != ARES_SUCCESS) {
        return transport_error("dns_failed", std::string("name resolution cannot be started: ") +
                                                 ares_strerror(status));
    }
    return Channel(raw);
}

/// Waits once and handles the events. Any result but Waited::ready ends the lookup.
Waited run_once(ares_channel channel, const Sockets& sockets, const Deadline& deadline) {
    std::vector<pollfd> polls = sockets.polls();
    timeval most{1, 0};
    timeval next{};
    timeval* until = ares_timeout(channel, &most, &next);
    const std::chrono::milliseconds span(until->tv_sec * 1000 + until->tv_usec / 1000 + 1);
    const Waited waited = wait_for(polls, deadline.capped(span));
    if (waited == Waited::cancelled || waited == Waited::failed) return waited;
    if (waited == Waited::expired && deadline.expired()) return waited;
    if (waited == Waited::expired) { // c-ares' own timer: repeats a query or asks another server
        ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        return Waited::ready;
    }
    for (const pollfd& poll : polls) {
        if (poll.revents == 0) continue;
        const bool writes = (poll.revents & POLLOUT) != 0;
        const bool reads = (poll.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        ares_process_fd(channel, reads ? poll.fd : ARES_SOCKET_BAD,
                        writes ? poll.fd : ARES_SOCKET_BAD);
    }
    return Waited::ready;
}

Error lookup_error(const std::string& host, int status) {
    const std::string asked = "to look up the host name " + host;
    if (status == ARES_ENOMEM) return lack_of(ENOMEM, asked);
    switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
    case ARES_EBADNAME:
    case ARES_EBADQUERY:
        return transport_error("dns_not_found", "the host name " + host +
                                                    " does not exist; check its spelling and this "
                                                    "machine's name servers");
    default:
        // c-ares reports a socket that it did not get as a name server that does not answer.
        if (auto lack = lack_of_descriptors(asked)) return std::move(*lack);
        return transport_error("dns_failed",
                               "the host name " + host + " could not be looked up (" +
                                   ares_strerror(status) + "); check this machine's name servers",
                               true);
    }
}

} // namespace

std::string SocketAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &storage, sizeof v4);
        ::inet_ntop(AF_INET, &v4.sin_addr, buffer.data(), buffer.size());
    } else {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage, sizeof v6);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, buffer.data(), buffer.size());
    }
    return buffer.data();
}

Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                           const Deadline& deadline, const std::string& servers) {
    SocketAddress single;
    if (literal(host, port, single)) return std::vector<SocketAddress>{single};

    const SigpipeBlocked no_signal;
    // both outlive the channel, which calls on_answer and on_socket when it is destroyed
    Lookup lookup;
    Sockets sockets;
    const bool local = means_this_machine(host);
    auto channel = open_channel(sockets, local ? "f" : nullptr);
    if (!channel) return channel.error();
    if (!servers.empty()) {
        const int status = ares_set_servers_ports_csv(channel->get(), servers.c_str());
        if (status != ARES_SUCCESS) return lookup_error(host, status);
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NUMERICSERV;
    ares_getaddrinfo(channel->get(), host.c_str(), std::to_string(port).c_str(), &hints, &on_answer,
                     &lookup);
    while (!lookup.done) {
        const Waited waited = run_once(channel->get(), sockets, deadline);
        if (waited != Waited::ready) return wait_error(waited, Stage::resolve, host);
    }
    if (lookup.addresses.empty() && local) // no hosts file, or no entry in it
        return std::vector<SocketAddress>{v6_address(in6addr_loopback, port),
                                          v4_address(in_addr{htonl(INADDR_LOOPBACK)}, port)};
    if (lookup.addresses.empty()) {
        return lookup_error(host, lookup.status == ARES_SUCCESS ? ARES_ENODATA : lookup.status);
    }
    return std::move(lookup.addresses);
}

} // namespace infrastate::transport
