// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

namespace infrastate::schema {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;

// A variable is named INFRA_ and the parameter's name in capitals. The two for proxies are those
// that all programs share; their lower-case form comes first, as in curl and Python.
constexpr std::array params{
    Param{
        .name = "host",
        .type = Type::url,
        .doc = {"Address of the Infra server: `https://HOST[:PORT][/PREFIX]` or `HOST[:PORT]`.",
                "Only https is possible."},
        .fill = Default::filled,
        .default_value = "https://api.infrahq.com",
        .environment = {"INFRA_HOST"},
    },
    Param{
        .name = "access_key",
        .type = Type::token,
        .doc =
            {"Access key of an administrator, to authenticate with.",
             "A key that was made by Infra's API or web page makes keys for the user `connector` "
             "only, whoever it belongs to. To make keys for any other user, log in with `username` "
             "and `password`, or use a key of the server's own configuration (scope `create-key`). "
             "Listing and deleting need the role admin alone."},
        .environment = {"INFRA_ACCESS_KEY"},
    },
    Param{
        .name = "access_key_file",
        .type = Type::path,
        .doc = {"File that holds the access key to authenticate with, and nothing else.",
                "A warning tells if others than its owner can read the file."},
        .environment = {"INFRA_ACCESS_KEY_FILE"},
    },
    Param{
        .name = "username",
        .type = Type::string,
        .doc = {"Name of the user to log in as, instead of using an access key.",
                "The session is logged out again at the end."},
        .environment = {"INFRA_USERNAME"},
    },
    Param{
        .name = "password",
        .type = Type::secret,
        .doc = {"Password of `username`."},
        .environment = {"INFRA_PASSWORD"},
    },
    Param{
        .name = "skip_tls_verify",
        .type = Type::boolean,
        .doc = {"Accept any certificate. Whoever is on the way to the server can then read the "
                "access key: for trials only."},
        .fill = Default::filled,
        .default_value = "false",
        .environment = {"INFRA_SKIP_TLS_VERIFY"},
    },
    Param{
        .name = "server_certificate",
        .type = Type::pem,
        .doc = {"Certificates in PEM form that are trusted in addition to the system's."},
        .environment = {"INFRA_SERVER_CERTIFICATE"},
    },
    Param{
        .name = "server_certificate_file",
        .type = Type::path,
        .doc = {"File with certificates in PEM form that are trusted in addition to the system's."},
        .environment = {"INFRA_SERVER_CERTIFICATE_FILE"},
    },
    Param{
        .name = "client_cert",
        .type = Type::path,
        .doc = {"File with a client certificate in PEM form, for servers behind a proxy that asks "
                "for one.",
                "It may hold the private key too."},
        .environment = {"INFRA_CLIENT_CERT"},
    },
    Param{
        .name = "client_key",
        .type = Type::path,
        .doc = {"File with the private key of `client_cert` in PEM form."},
        .environment = {"INFRA_CLIENT_KEY"},
    },
    Param{
        .name = "client_key_passphrase",
        .type = Type::secret,
        .doc = {"Passphrase of the private key."},
        .environment = {"INFRA_CLIENT_KEY_PASSPHRASE"},
    },
    Param{
        .name = "use_proxy",
        .type = Type::boolean,
        .doc = {"Whether `proxy` and `no_proxy` are obeyed, also where they come from the "
                "environment."},
        .fill = Default::filled,
        .default_value = "true",
        .environment = {"INFRA_USE_PROXY"},
    },
    Param{
        .name = "proxy",
        .type = Type::url,
        .doc = {"Proxy to go through: `http://[USER:PASSWORD@]HOST:PORT`.",
                "A proxy that is itself reached by https is not possible."},
        .environment = {"https_proxy", "HTTPS_PROXY"},
    },
    Param{
        .name = "no_proxy",
        .type = Type::string,
        .doc =
            {"Hosts that are reached directly, separated by commas: a name (with all names below "
             "it), `.name` or `*.name` (only those below it), an address, a range such as "
             "`192.0.2.0/24`; or `*` for all. A port may follow a name or an address.",
             "Current Go programs, such as Infra's connector, read the list in the same way, with "
             "one difference: here a server on this machine is also reached through the proxy, "
             "unless the list names it."},
        .environment = {"no_proxy", "NO_PROXY"},
    },
    Param{
        .name = "timeout",
        .type = Type::seconds,
        .doc = {"The most that the whole run may take: a Go duration, or a number of seconds.",
                "Between 100ms and 24h. A part of it is kept back for cleaning up."},
        .fill = Default::understood,
        .default_value = "30s",
        .environment = {"INFRA_TIMEOUT"},
        .minimum = 100,
        .maximum = 24 * hour_ms,
    },
    Param{
        .name = "retries",
        .type = Type::integer,
        .doc = {"How often a request that may safely be sent again is tried again, within "
                "`timeout`.",
                "Between 0 and 10. A request that makes a key is never sent again blindly."},
        .fill = Default::filled,
        .default_value = "2",
        .environment = {"INFRA_RETRIES"},
        .minimum = 0,
        .maximum = 10,
    },
};

constexpr std::array rules{
    Rule{RuleKind::mutually_exclusive, {"access_key", "access_key_file", "username"}},
    Rule{RuleKind::mutually_exclusive,
         {"skip_tls_verify", "server_certificate", "server_certificate_file"}},
    Rule{RuleKind::required_together, {"username", "password"}},
    Rule{RuleKind::required_one_of, {"access_key", "access_key_file", "username"}},
    Rule{RuleKind::required_by, {"client_key", "client_cert"}},
    Rule{RuleKind::required_by, {"client_key_passphrase", "client_cert"}},
};

constexpr Section section{params, rules};

} // namespace

const Section& connection() noexcept {
    return section;
}

} // namespace infrastate::schema
