// SPDX-License-Identifier: Apache-2.0
#include "host_port.h"
#include "punycode.h"

#include "infrastate/transport/http.h"
#include "infrastate/types/ascii.h"
#include "infrastate/types/secret.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <utility>

namespace infrastate::transport {
namespace {

constexpr std::string_view https = "https://";
constexpr std::string_view form =
    "; write it like infra.example.com or https://infra.example.com:8443";

/// Whether the URL is like "https//host" or "https:/host:443", which would be read as a host named
/// https.
bool has_broken_scheme(std::string_view url) {
    constexpr std::string_view name = "https";
    if (url.size() <= name.size() || !equal_without_case(url.substr(0, name.size()), name))
        return false;
    const std::string_view rest = url.substr(name.size());
    return rest.starts_with('/') || rest.starts_with(":/") || rest == ":";
}

Error wrong(std::string message) {
    return argument_error("", std::move(message));
}

Result<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || !is_digit(text.front()) || problem != std::errc{} ||
        end != text.data() + text.size() || port == 0) {
        return wrong("has a port that is not a number from 1 to 65535");
    }
    return port;
}

Result<std::string> read_ipv6(std::string_view text) {
    in6_addr address{};
    if (::inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) {
        return wrong("has brackets around something that is no IPv6 address (zones such as %eth0 "
                     "are not supported)");
    }
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    ::inet_ntop(AF_INET6, &address, canonical.data(), canonical.size());
    return std::string(canonical.data());
}

Result<std::string> read_name(std::string_view text) {
    // Written in lower case it would no longer be masked.
    if (looks_like_access_key(text))
        return wrong("has the form of an access key; give the server's URL");
    if (text.ends_with('.')) text.remove_suffix(1); // no certificate has the dot of the root
    if (text.empty() || text.size() > 253) return wrong("has no host name of 1 to 253 characters");
    std::string name;
    std::size_t label = 0;
    bool numeric_label = true;
    for (const char c : text) {
        if (c == '.') {
            if (label == 0) return wrong("has an empty part in its host name");
            label = 0;
            numeric_label = true;
        } else if (is_letter_or_digit(c) || c == '-' || c == '_') {
            if (++label > 63) return wrong("has a part longer than 63 characters in its host name");
            numeric_label = numeric_label && is_digit(c);
        } else {
            return wrong("has a character in its host name that is no letter, digit, '-', '_' or "
                         "'.' (write an international name in its xn-- form)");
        }
        name += to_lower(c);
    }
    if (label == 0) return wrong("has an empty part in its host name");
    in_addr address{};
    if (numeric_label && ::inet_pton(AF_INET, name.c_str(), &address) != 1) {
        return wrong("has a host that looks like an IPv4 address but is none (four numbers from 0 "
                     "to 255 are)");
    }
    return name;
}

/// Checks the path of the URL and removes trailing slashes.
Result<std::string> read_prefix(std::string_view path) {
    while (path.ends_with('/'))
        path.remove_suffix(1);
    std::string_view rest = path;
    while (!rest.empty()) {
        rest.remove_prefix(1); // the slash
        const std::string_view segment = rest.substr(0, rest.find('/'));
        if (segment.empty() || segment == "." || segment == "..") {
            return wrong("has an empty, '.' or '..' part in its path");
        }
        rest.remove_prefix(segment.size());
    }
    constexpr std::string_view punctuation = "/-._~!$&'()*+,;=:@%";
    const bool clean = std::all_of(path.begin(), path.end(), [&](char c) {
        return is_letter_or_digit(c) || punctuation.find(c) != std::string_view::npos;
    });
    if (!clean) return wrong("has a character in its path that must be written as %XX");
    return std::string(path);
}

} // namespace

Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port) {
    HostPort result{{}, default_port, false};
    std::string_view port_text;
    bool has_port = false;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return wrong("has a '[' without its ']'");
        auto host = read_ipv6(text.substr(1, close - 1));
        if (!host) return host.error();
        result.host = std::move(*host);
        result.ip_literal = true;
        const std::string_view rest = text.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') return wrong("has text between ']' and the port");
        has_port = !rest.empty();
        if (has_port) port_text = rest.substr(1);
    } else {
        const std::size_t colon = text.find(':');
        if (colon != std::string_view::npos &&
            text.find(':', colon + 1) != std::string_view::npos) {
            return wrong("has more than one ':' in its host; an IPv6 address goes into brackets, "
                         "as in https://[::1]:443");
        }
        auto host = read_name(text.substr(0, colon));
        if (!host) return host.error();
        result.host = std::move(*host);
        in_addr address{};
        result.ip_literal = ::inet_pton(AF_INET, result.host.c_str(), &address) == 1;
        has_port = colon != std::string_view::npos;
        if (has_port) port_text = text.substr(colon + 1);
    }
    if (has_port) {
        auto port = read_port(port_text);
        if (!port) return port.error();
        result.port = *port;
    }
    return result;
}

std::string HostPort::text() const {
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return name + ":" + std::to_string(port);
}

namespace {

/// Names the ASCII form of the host, where that can be told.
Error not_ascii(std::string_view url) {
    const std::string_view host = split_url(url).host;
    const auto name = ascii_form(host.substr(0, host.find(':')));
    if (!name)
        return wrong("holds a character outside ASCII; write an international name in its ASCII "
                     "form, which begins with xn--");
    return wrong("holds a character outside ASCII; write the host as " + *name);
}

} // namespace

Result<Endpoint> Endpoint::parse(std::string_view url) {
    if (url.empty()) return wrong("is empty; a URL such as https://infra.example.com is needed");
    for (const char c : url) {
        if (c <= 0x20 || c > 0x7e) {
            if (static_cast<unsigned char>(c) >= 0x80) return not_ascii(url);
            return wrong("holds a space or a control character");
        }
    }
    if (has_broken_scheme(url) && !equal_without_case(url.substr(0, https.size()), https))
        return wrong("does not begin with https:// as it stands there" + std::string(form));
    const UrlParts parts = split_url(url);
    if (parts.scheme && equal_without_case(*parts.scheme, "http"))
        return wrong("starts with http://, which would send the access key in the clear; "
                     "use https://");
    if (parts.scheme && !equal_without_case(*parts.scheme, "https"))
        return wrong("does not start with https://" + std::string(form));
    if (parts.rest.find_first_of("?#") != std::string_view::npos)
        return wrong("has a query or a fragment; only https://host[:port][/path] is possible");
    if (parts.userinfo)
        return wrong("has a user name in it; credentials go into their own parameters");
    auto host = parse_host_port(parts.host, 443);
    if (!host) return host.error();
    auto prefix = read_prefix(parts.rest);
    if (!prefix) return prefix.error();

    Endpoint endpoint;
    endpoint.host_ = std::move(host->host);
    endpoint.port_ = host->port;
    endpoint.ip_literal_ = host->ip_literal;
    endpoint.prefix_ = std::move(*prefix);
    return endpoint;
}

std::string Endpoint::authority() const {
    const std::string full = HostPort{host_, port_, ip_literal_}.text();
    return port_ == 443 ? full.substr(0, full.size() - 4) : full;
}

std::string Endpoint::url() const {
    return std::string(https) + authority() + prefix_;
}

} // namespace infrastate::transport
