// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "infrastate/schema/check.h"
#include "infrastate/types/duration.h"
#include "infrastate/types/pem.h"

#include <algorithm>
#include <charconv>

namespace infrastate::engine {
namespace {

/// The doors check by the same table, with its bounds and defaults.
const schema::Param& parameter(std::string_view name) {
    return *schema::connection().find(name);
}

/// Returns PEM text with real line breaks, or the content of the file that the parameter names.
Result<Secret> pem_or_file(const Value& config, std::string_view name,
                           std::vector<std::string>* private_file_warnings) {
    const std::string_view text = config.text(name);
    if (text.empty()) return Secret{};
    if (holds_pem(text)) return Secret::adopt(with_line_breaks(text));
    const std::string& path = config.find(name)->string();
    auto content = read_small_file(name, path);
    if (content && private_file_warnings != nullptr)
        warn_if_others_can_read(name, path, *private_file_warnings);
    return content;
}

/// The certificates of a PEM text, without a private key beside them.
std::string certificates_only(std::string_view pem) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view end = "-----END CERTIFICATE-----";
    std::string out;
    for (auto at = pem.find(begin); at != std::string_view::npos; at = pem.find(begin, at)) {
        const auto last = pem.find(end, at);
        if (last == std::string_view::npos) break;
        out.append(pem.substr(at, last + end.size() - at)).append("\n");
        at = last;
    }
    return out;
}

Result<void> read_tls(const Value& config, Config& out) {
    out.tls.skip_verify = config.flag("skip_tls_verify");
    const auto pem = config.text("server_certificate");
    // Checked before it is copied: a secret that was pasted here must not stay in memory.
    if (!pem.empty() && !holds_pem(pem))
        return transport::no_certificate("server_certificate", pem);
    out.tls.extra_ca_pem = pem;
    if (const auto path = config.text("server_certificate_file"); !path.empty()) {
        auto content = read_small_file("server_certificate_file",
                                       config.find("server_certificate_file")->string());
        if (!content) return std::move(content).error();
        out.tls.extra_ca_pem = content->reveal();
        out.tls.extra_ca_field = "server_certificate_file";
    }
    auto certificate = pem_or_file(config, "client_cert", nullptr);
    if (!certificate) return std::move(certificate).error();
    out.tls.client_certificate_pem = certificate->reveal();
    auto key = pem_or_file(config, "client_key", &out.warnings);
    if (!key) return std::move(key).error();
    // One file may hold both certificate and key.
    if (key->empty() && holds_private_key(certificate->reveal())) {
        out.tls.client_certificate_pem = certificates_only(certificate->reveal());
        const std::string_view given = config.text("client_cert");
        if (!holds_pem(given))
            warn_if_others_can_read("client_cert", std::string(given), out.warnings);
        key = std::move(certificate);
    }
    out.tls.client_key_pem = std::move(*key);
    out.tls.client_key_passphrase = Secret(config.text("client_key_passphrase"));
    return {};
}

Result<void> read_credentials(const Value& config, Config& out) {
    if (const auto token = config.text("access_key"); !token.empty()) {
        auto checked = checked_token("access_key", token);
        if (!checked) return std::move(checked).error();
        out.token = std::move(*checked);
    } else if (!config.text("access_key_file").empty()) {
        const std::string& file = config.find("access_key_file")->string();
        // The stamp is taken before the file is read, see renew_key(). The path is stored only
        // after the read, because the text may be a pasted secret.
        const auto stamp = stamp_of(file);
        auto read = read_token_file(file);
        if (!read) return std::move(read).error();
        out.token = std::move(*read);
        out.token_file = TokenFile{file, stamp};
        warn_if_others_can_read("access_key_file", file, out.warnings);
    } else if (const auto username = config.text("username"); !username.empty()) {
        out.username = username;
        out.password = Secret(config.text("password"));
        if (out.password.empty())
            return argument_error("password", "password: is missing; username needs a password");
    } else {
        return argument_error("access_key",
                              "access_key: is missing; give access_key, access_key_file (or "
                              "INFRA_ACCESS_KEY), or username and password");
    }
    return {};
}

/// Reads a Go duration or a bare number of seconds.
Result<std::int64_t> milliseconds_of(std::string_view text) {
    constexpr std::int64_t most_seconds = std::int64_t{1} << 32;
    std::int64_t seconds = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (status == std::errc{} && end == text.data() + text.size())
        return seconds > 0 && seconds < most_seconds ? seconds * 1000 : 0;
    auto span = Duration::parse(text);
    if (!span) return std::move(span).error();
    return span->nanoseconds() / 1'000'000;
}

/// Empty if neither parameter is set.
Result<std::optional<std::chrono::milliseconds>> read_timeout(const Value& config) {
    std::int64_t ms = 0;
    std::string_view name = "timeout";
    if (const Value* value = config.given("timeout_ms")) {
        name = "timeout_ms";
        ms = value->kind() == Value::Kind::integer ? value->integer() : 0;
    } else if (const auto text = config.text("timeout"); !text.empty()) {
        const auto read = milliseconds_of(text);
        if (!read)
            return argument_error("timeout", "timeout: " + read.error().message +
                                                 "; a bare number means seconds");
        ms = *read;
    } else {
        return std::optional<std::chrono::milliseconds>{};
    }
    if (ms < 1 || ms > parameter("timeout").maximum)
        return argument_error(name, std::string(name) + ": must lie between 1ms and 24h");
    return std::optional(std::chrono::milliseconds(ms));
}

Result<int> read_retries(const Value& config) {
    const Value* value = config.given("retries");
    const schema::Param& param = parameter("retries");
    const std::int64_t fallback = schema::lax_integer(param.default_value).value();
    const std::int64_t retries = value == nullptr                        ? fallback
                                 : value->kind() == Value::Kind::integer ? value->integer()
                                                                         : -1;
    if (retries < param.minimum || retries > param.maximum)
        return argument_error("retries", "retries: must be a whole number from " +
                                             std::to_string(param.minimum) + " to " +
                                             std::to_string(param.maximum));
    return static_cast<int>(retries);
}

} // namespace

std::chrono::milliseconds default_timeout() {
    static const std::chrono::milliseconds out(
        milliseconds_of(parameter("timeout").default_value).value());
    return out;
}

Result<Config> read_config(const Value& config, const CertificateLocations& certificates) {
    const auto host = config.text("host");
    auto endpoint =
        transport::Endpoint::parse(host.empty() ? parameter("host").default_value : host);
    if (!endpoint) return argument_error("host", "host: " + endpoint.error().message);

    Config out{std::move(*endpoint), {}, {}};
    out.default_host = out.endpoint.url() == parameter("host").default_value;
    if (auto tls = read_tls(config, out); !tls) return std::move(tls).error();
    if (auto credentials = read_credentials(config, out); !credentials)
        return std::move(credentials).error();
    out.tls.ssl_cert_file = certificates.ssl_cert_file;
    out.tls.ssl_cert_dir = certificates.ssl_cert_dir;
    auto timeout = read_timeout(config);
    if (!timeout) return std::move(timeout).error();
    out.timeout = *timeout;
    auto retries = read_retries(config);
    if (!retries) return std::move(retries).error();
    out.retries = *retries;
    if (config.flag("use_proxy", true)) {
        out.proxy.url = Secret(config.text("proxy"));
        out.proxy.no_proxy = config.text("no_proxy");
    }
    return out;
}

std::vector<std::string_view> secrets_of(const Config& config) {
    std::vector<std::string_view> out;
    for (const Secret* secret : {&config.token, &config.password, &config.tls.client_key_pem,
                                 &config.tls.client_key_passphrase})
        if (!secret->empty()) out.push_back(secret->reveal());
    return out;
}

void add_secrets(const Config& config, Masker& masker) {
    for (std::string_view secret : secrets_of(config))
        masker.add(secret);
    masker.add_password_of(config.proxy.url.reveal());
}

transport::TlsSettings copy_of(const transport::TlsSettings& tls) {
    return {tls.skip_verify,
            tls.extra_ca_pem,
            tls.client_certificate_pem,
            tls.client_key_pem.clone(),
            tls.client_key_passphrase.clone(),
            tls.ssl_cert_file,
            tls.ssl_cert_dir,
            tls.extra_ca_field};
}

transport::ProxySettings copy_of(const transport::ProxySettings& proxy) {
    return {proxy.url.clone(), proxy.no_proxy};
}

} // namespace infrastate::engine
