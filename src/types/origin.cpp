// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/origin.h"

#include "infrastate/types/ascii.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace infrastate {
namespace {

bool digits(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// "[0:0::1]" becomes "[::1]". Empty if the brackets do not contain an IPv6 address.
std::string canonical_ipv6(std::string_view bracketed) {
    in6_addr address{};
    const std::string inside(bracketed.substr(1, bracketed.size() - 2));
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_pton(AF_INET6, inside.c_str(), &address) != 1 ||
        ::inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr)
        return {};
    return "[" + std::string(text.data()) + "]";
}

} // namespace

std::optional<std::string> canonical_origin(std::string_view url) {
    constexpr std::string_view scheme = "https://";
    constexpr std::string_view default_port = "443";
    if (lower(url.substr(0, scheme.size())) != scheme) return std::nullopt;
    for (char c : url)
        if (c <= 0x20 || c > 0x7e || c == '?' || c == '#') return std::nullopt;
    std::string_view rest = url.substr(scheme.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view path = rest.substr(slash);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    std::string_view authority = rest.substr(0, slash);
    std::string_view port = default_port;
    const std::size_t colon = authority.rfind(':');
    if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
        port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
        if (!digits(port)) return std::nullopt;
        while (port.size() > 1 && port.front() == '0')
            port.remove_prefix(1);
    }
    std::string host;
    if (authority.starts_with('[') && authority.ends_with(']')) {
        host = canonical_ipv6(authority);
    } else {
        if (authority.ends_with('.')) authority.remove_suffix(1);
        if (authority.find_first_of("[]@:") == std::string_view::npos) host = lower(authority);
    }
    if (host.empty()) return std::nullopt;
    std::string out = std::string(scheme) + host;
    if (port != default_port) out += ":" + std::string(port);
    return out + std::string(path);
}

bool same_origin(std::string_view one, std::string_view other) {
    if (one == other) return true;
    const auto left = canonical_origin(one);
    return left && left == canonical_origin(other);
}

} // namespace infrastate
