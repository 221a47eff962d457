// SPDX-License-Identifier: Apache-2.0
// Shared by the transport's tests: one authority, one good server identity, a fake token, and short
// ways to make a client and send a request.
#pragma once

#include "hostile_server.h"

#include "infrastate/transport/http.h"

namespace infrastate::test {

/// The host name in the good certificate, besides localhost, 127.0.0.1 and ::1.
inline constexpr const char* good_name = "infra.test";

const Identity& test_authority();
const Identity& good_identity();
ServerTls good_tls();

/// Looks like an access key, is new in every process, and opens nothing.
const Secret& token();

transport::TlsSettings trusting(const Identity& authority);

/// A client for "host:port" that trusts the test's authority. Throws if it cannot be made.
transport::HttpClient client_for(const std::string& authority, transport::ProxySettings proxy = {},
                                 transport::ResponseLimits limits = {});

transport::Request get(std::string target = "/api/access-keys");
transport::Request post(std::string body = "{}");

/// Long enough for a slow machine, short enough to notice a hang.
transport::Deadline ample(const transport::CancelToken* cancel = nullptr);

/// "200" or the error's detail, in one word for a table.
std::string verdict(const Result<transport::Response>& answer);

/// The most memory that this process has used so far, in KiB.
long peak_kib();

/// A script that does the handshake and answers every request with this.
HostileServer::Script answering(std::string answer);

} // namespace infrastate::test
