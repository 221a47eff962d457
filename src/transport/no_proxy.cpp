// SPDX-License-Identifier: Apache-2.0
#include "no_proxy.h"

#include "infrastate/types/ascii.h"

#include <algorithm>
#include <charconv>

namespace infrastate::transport {
namespace {

using Poco::Net::IPAddress;

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number out = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return out;
}

std::optional<IPAddress> address_of(std::string_view text) {
    // Poco also reads zones and shortened forms, which Go does not.
    const bool clean = std::all_of(
        text.begin(), text.end(), [](char c) { return hex_value(c) >= 0 || c == '.' || c == ':'; });
    const bool whole =
        text.find(':') != std::string_view::npos || std::count(text.begin(), text.end(), '.') == 3;
    IPAddress out;
    if (!clean || !whole || !IPAddress::tryParse(std::string(text), out)) return std::nullopt;
    return out;
}

unsigned bits_of(const IPAddress& address) {
    return address.family() == IPAddress::IPv4 ? 32 : 128;
}

bool is_name(std::string_view text) {
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
    });
    const std::string_view last = text.substr(text.rfind('.') + 1);
    // "0.1", a part of an address
    const bool numeric = std::all_of(last.begin(), last.end(), is_digit);
    return clean && !numeric && text.find("..") == std::string_view::npos;
}

/// Splits "host:port" or "[address]:port". Without a port: the whole text.
struct HostAndPort {
    std::string_view host;
    std::optional<std::string_view> port;
};
HostAndPort split(std::string_view entry) {
    if (entry.starts_with('[')) {
        const std::size_t close = entry.find(']');
        if (close == std::string_view::npos) return {entry, {}};
        const std::string_view rest = entry.substr(close + 1);
        if (rest.empty()) return {entry.substr(1, close - 1), {}};
        if (rest.front() != ':') return {entry, {}};
        return {entry.substr(1, close - 1), rest.substr(1)};
    }
    const std::size_t colon = entry.find(':');
    if (colon == std::string_view::npos || entry.find(':', colon + 1) != std::string_view::npos)
        return {entry, {}};
    return {entry.substr(0, colon), entry.substr(colon + 1)};
}

} // namespace

NoProxy::NoProxy(std::string_view list) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view written = trimmed(list.substr(0, comma));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
        if (written.empty()) continue;
        if (written == "*")
            all_ = true;
        else if (!add(lower(written)))
            not_understood_.emplace_back(written);
    }
}

bool NoProxy::add_range(std::string_view address, std::string_view bits) {
    const auto from = address_of(address);
    const auto prefix = number<unsigned>(bits);
    if (!from || !prefix || *prefix > bits_of(*from)) return false;
    addresses_.push_back({*from, *prefix, {}});
    return true;
}

bool NoProxy::add(std::string_view entry) {
    if (const std::size_t slash = entry.find('/'); slash != std::string_view::npos)
        return add_range(entry.substr(0, slash), entry.substr(slash + 1));
    auto [host, port_text] = split(entry);
    std::optional<std::uint16_t> port;
    if (port_text) {
        port = number<std::uint16_t>(*port_text);
        if (!port) return false;
    }
    if (const auto address = address_of(host)) {
        addresses_.push_back({*address, bits_of(*address), port});
        return true;
    }
    if (host.starts_with("*.")) host.remove_prefix(1);
    const bool itself = !host.starts_with('.');
    if (!itself) host.remove_prefix(1);
    if (host.empty() || !is_name(host)) return false;
    names_.push_back({std::string(host), itself, port});
    return true;
}

bool NoProxy::exempts(const Endpoint& endpoint) const {
    if (all_) return true;
    const auto same_port = [&](const auto& entry) {
        return !entry.port || *entry.port == endpoint.port();
    };
    if (endpoint.is_ip_literal()) {
        const IPAddress host(endpoint.host());
        return std::any_of(addresses_.begin(), addresses_.end(), [&](const Address& each) {
            if (each.address.family() != host.family() || !same_port(each)) return false;
            const IPAddress mask(each.prefix, host.family());
            return (host & mask) == (each.address & mask);
        });
    }
    const std::string& host = endpoint.host();
    return std::any_of(names_.begin(), names_.end(), [&](const Name& each) {
        const bool below = host.size() > each.name.size() && host.ends_with(each.name) &&
                           host[host.size() - each.name.size() - 1] == '.';
        return same_port(each) && (below || (each.itself && host == each.name));
    });
}

} // namespace infrastate::transport
