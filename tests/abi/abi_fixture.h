// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of the C interface: calls whose results are read and freed, a configuration
// for a server of the test, and answers of such a server.
#pragma once

#include "infrastate.h"
#include "support/hostile_server.h"

#include "infrastate/types/value.h"

#include <chrono>
#include <memory>
#include <string>

namespace infrastate::test {

using Clock = std::chrono::steady_clock;

struct Answer {
    std::int32_t code = -1;
    Value json{};

    std::string text(std::string_view member) const;
    std::string error(std::string_view member) const;
};

/// Reads and frees a result. Checks what is true for each: its code is `code` and the JSON's.
Answer take(std::int32_t code, infrastate_result* result);

struct CloseClient {
    void operator()(infrastate_client* client) const { infrastate_client_close(client); }
};
using Client = std::unique_ptr<infrastate_client, CloseClient>;
struct FreeCancel {
    void operator()(infrastate_cancel* cancel) const { infrastate_cancel_free(cancel); }
};
using Cancel = std::unique_ptr<infrastate_cancel, FreeCancel>;

using Function = decltype(&infrastate_plan);

/// An open client, or a failed test.
Client open(const std::string& config, infrastate_log_fn log = nullptr, void* user = nullptr);
/// The answer of an infrastate_client_open() that must fail.
Answer open_fails(const std::string& config);
Answer call(Function function, infrastate_client* client, const std::string& request,
            infrastate_cancel* cancel = nullptr);

/// A configuration that trusts the test's own authority.
std::string config_for(const std::string& authority, const std::string& more = {});
/// Looks like an access key but opens nothing.
const std::string& fake_key();

/// One identity for localhost, 127.0.0.1 and ::1, and how a server uses it.
ServerTls test_tls();
/// Answers every request on a connection as a server without keys does.
HostileServer::Script empty_infra();

/// {"resource":"access_key","desired":{"name":NAME}}
std::string request_for(const std::string& name, const std::string& more = {});

milliseconds since(Clock::time_point start);

} // namespace infrastate::test
