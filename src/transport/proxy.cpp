// SPDX-License-Identifier: Apache-2.0
#include "proxy.h"

#include "stages.h"
#include "wiped_buffer.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <vector>

namespace infrastate::transport {
namespace {

constexpr std::size_t max_answer_head = 16u << 10;

Error proxy_wrong(std::string_view what) {
    return argument_error("proxy", "proxy: the URL " + std::string(what));
}

Result<Secret> decode_credentials(std::string_view text) {
    WipedBuffer plain(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char byte = text[i];
        if (byte == '%') {
            const auto decoded = percent_decoded_byte(text.substr(i));
            if (!decoded)
                return proxy_wrong("has a '%' in its credentials without two "
                                   "hexadecimal digits after it");
            byte = *decoded;
            i += 2;
        }
        if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) {
            return proxy_wrong("has a control character in its credentials");
        }
        (void)plain.append({&byte, 1}); // decoding never needs more bytes
    }
    return Secret(plain.view());
}

Result<void> send_all(int descriptor, std::string_view bytes, std::string_view peer,
                      const Deadline& deadline) {
    while (!bytes.empty()) {
        const Waited waited = wait_for(descriptor, POLLOUT, deadline);
        if (waited != Waited::ready) return wait_error(waited, Stage::proxy, peer);
        const auto sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (sent < 0) {
            return transport_error(
                "proxy_failed", "the proxy closed the connection for " + std::string(peer), true);
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

bool is_status(std::string_view text) {
    return text.size() == 3 && std::all_of(text.begin(), text.end(), is_digit);
}

/// Reads up to the empty line that ends the proxy's head, and not one byte more.
Result<std::string> read_head(int descriptor, std::string_view peer, const Deadline& deadline) {
    std::string head;
    std::array<char, 2048> chunk{};
    while (head.size() < max_answer_head) {
        const Waited waited = wait_for(descriptor, POLLIN, deadline);
        if (waited != Waited::ready) return wait_error(waited, Stage::proxy, peer);
        const auto seen = ::recv(descriptor, chunk.data(), chunk.size(), MSG_PEEK);
        if (seen < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (seen <= 0) {
            return transport_error("proxy_failed",
                                   "the proxy closed the connection instead of connecting to " +
                                       std::string(peer),
                                   true);
        }
        const std::size_t before = head.size();
        head.append(chunk.data(), static_cast<std::size_t>(seen));
        const std::size_t end = head.find("\r\n\r\n", before < 3 ? 0 : before - 3);
        if (end != std::string::npos) head.resize(end + 4);
        const auto taken = ::recv(descriptor, chunk.data(), head.size() - before, 0);
        if (taken != static_cast<ssize_t>(head.size() - before)) break;
        if (end != std::string::npos) return head;
    }
    return transport_error("proxy_failed", "the proxy's answer for " + std::string(peer) +
                                               " is not an HTTP head of at most 16 KiB");
}

/// The schemes that the proxy offers, if their names are known. The proxy's own words are not
/// quoted.
std::vector<std::string_view> offered_schemes(std::string_view head) {
    constexpr std::string_view header = "proxy-authenticate:";
    std::vector<std::string_view> out;
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
        if (line.size() < header.size() ||
            !equal_without_case(line.substr(0, header.size()), header))
            continue;
        const std::string_view value = trimmed(line.substr(header.size()));
        const std::string_view offered = value.substr(0, value.find_first_of(" ,"));
        for (std::string_view known :
             {"Basic", "Digest", "NTLM", "Negotiate", "Kerberos", "Bearer"})
            if (equal_without_case(offered, known)) out.push_back(known);
    }
    return out;
}

std::string what_it_wants(std::string_view head, bool was_given_credentials) {
    const auto schemes = offered_schemes(head);
    constexpr std::string_view form = "http://user:password@host:port";
    if (!schemes.empty() && std::find(schemes.begin(), schemes.end(), "Basic") == schemes.end())
        return " asks for authentication by " + joined(schemes, " or ") +
               " (407), but only Basic is supported; use a proxy that accepts Basic, or name the "
               "server in no_proxy";
    if (!was_given_credentials)
        return " wants a user name and a password (407), and none are in its URL; write it as " +
               std::string(form);
    return " does not accept the user name and password in its URL (407); put them there as " +
           std::string(form);
}

} // namespace

Result<std::optional<Proxy>> parse_proxy(const Secret& url) {
    const std::string_view text = trimmed(url.reveal());
    if (text.empty()) return std::optional<Proxy>{};
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= 0x20 || c > 0x7e; })) {
        return proxy_wrong("holds a space, a control character or a character outside ASCII");
    }
    // A '?' or '#' that is not escaped belongs to the password, because nothing follows a proxy's
    // port.
    const UrlParts parts = split_url(text, "/");
    if (parts.scheme && equal_without_case(*parts.scheme, "https"))
        return proxy_wrong("starts with https://: a proxy that itself speaks TLS is not "
                           "supported; use its http:// port, or use_proxy: false");
    if (parts.scheme && !equal_without_case(*parts.scheme, "http"))
        return proxy_wrong("does not start with http://, the only kind of proxy supported");
    Proxy proxy;
    if (parts.userinfo) {
        auto credentials = decode_credentials(*parts.userinfo);
        if (!credentials) return credentials.error();
        proxy.credentials = std::move(*credentials);
    }
    auto address = parse_host_port(parts.host, 80);
    if (!address) return proxy_wrong(address.error().message);
    proxy.address = std::move(*address);
    return std::optional<Proxy>(std::move(proxy));
}

Result<void> open_tunnel(int descriptor, const Proxy& proxy, const Endpoint& endpoint,
                         const Deadline& deadline) {
    const std::string target =
        HostPort{endpoint.host(), endpoint.port(), endpoint.is_ip_literal()}.text();
    const std::string through = target + " through the proxy " + proxy.address.text();
    WipedBuffer request(max_answer_head);
    bool fits = request.append("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n");
    if (!proxy.credentials.empty()) {
        fits = fits && request.append("Proxy-Authorization: Basic ");
        std::string encoded = base64_text(proxy.credentials.reveal());
        fits = fits && request.append(encoded);
        wipe(encoded);
        fits = fits && request.append("\r\n");
    }
    fits = fits && request.append("\r\n");
    if (!fits) return proxy_wrong("has credentials that are too long");

    auto sent = send_all(descriptor, request.view(), through, deadline);
    if (!sent) return sent.error();
    auto head = read_head(descriptor, through, deadline);
    if (!head) return head.error();

    const std::string_view line = std::string_view(*head).substr(0, head->find("\r\n"));
    const bool http = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ';
    const std::string_view status = http ? line.substr(9, 3) : std::string_view{};
    if (http && status.front() == '2') return {};
    if (status == "407")
        return transport_error("proxy_auth", "the proxy " + proxy.address.text() +
                                                 what_it_wants(*head, !proxy.credentials.empty()));
    // The proxy's own words are not quoted, because it may echo the credentials in the encoded
    // form.
    return transport_error("proxy_refused",
                           "the proxy " + proxy.address.text() + " did not connect to " + target +
                               "; it answered " +
                               (is_status(status) ? "with the status " + std::string(status)
                                                  : "with something that is not HTTP") +
                               "; check its address and its rules",
                           status.starts_with('5'));
}

} // namespace infrastate::transport
