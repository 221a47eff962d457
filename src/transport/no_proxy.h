// SPDX-License-Identifier: Apache-2.0
// Which hosts are reached without the proxy. Reads the list no_proxy as current Go programs do
// (golang.org/x/net/http/httpproxy), so that this program and Infra's own connector take the same
// way.
#pragma once

#include "infrastate/transport/http.h"

#include <Poco/Net/IPAddress.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::transport {

/// Entries are separated by commas. An entry is "*" (all hosts), an address, a range
/// ("192.0.2.0/24"), a name (with all names below it), or ".name" or "*.name" (only names below
/// it). Addresses and names may have a ":port". Two differences to Go: an address matches only
/// addresses and ranges, and loopback has no exception.
class NoProxy {
public:
    explicit NoProxy(std::string_view list);

    /// Whether the endpoint is reached directly.
    bool exempts(const Endpoint& endpoint) const;
    /// Entries that no host can match, as they were written.
    const std::vector<std::string>& not_understood() const noexcept { return not_understood_; }

private:
    struct Address {
        Poco::Net::IPAddress address;
        unsigned prefix; ///< how many bits are compared
        std::optional<std::uint16_t> port;
    };
    struct Name {
        std::string name;
        bool itself; ///< false: only names below it
        std::optional<std::uint16_t> port;
    };

    bool add(std::string_view entry);
    bool add_range(std::string_view address, std::string_view bits);

    bool all_ = false;
    std::vector<Address> addresses_{};
    std::vector<Name> names_{};
    std::vector<std::string> not_understood_{};
};

} // namespace infrastate::transport
