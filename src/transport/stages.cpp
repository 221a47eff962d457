// SPDX-License-Identifier: Apache-2.0
#include "stages.h"

#include "infrastate/types/descriptor.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace infrastate::transport {
namespace {

struct StageWords {
    std::string_view doing;
    std::string_view hint;
};

constexpr std::array<StageWords, 7> stage_words{{
    {"looking up the address of", "check the name servers of this machine"},
    {"connecting to", "check the address and any firewall in between"},
    {"asking the proxy for a connection to", "check the proxy"},
    {"waiting for the TLS handshake with",
     "check that the port speaks TLS and the server is alive"},
    {"sending the request to", "check that the server is alive"},
    {"waiting for the answer of", "check that the server is alive"},
    {"reading the answer of", "check that the server is alive"},
}};

} // namespace

Error transport_error(std::string_view detail, std::string message, bool retryable) {
    Error error{Code::transport, std::move(message)};
    error.detail = detail;
    error.retryable = retryable;
    return error;
}

Error wait_error(Waited waited, Stage stage, std::string_view peer) {
    const StageWords& words = stage_words.at(static_cast<std::size_t>(stage));
    Error error;
    if (waited == Waited::cancelled) {
        error.code = Code::cancelled;
        error.detail = "cancelled";
        error.message.append("cancelled while ").append(words.doing).append(" ").append(peer);
    } else if (waited == Waited::expired) {
        error.code = Code::deadline;
        error.detail = "deadline";
        error.retryable = true;
        error.message.append("the time allowed was used up while ").append(words.doing);
        error.message.append(" ").append(peer).append(": ").append(words.hint);
        error.message.append(", or allow more time");
    } else if (waited == Waited::failed) {
        return lack_of(ENOMEM,
                       "to wait while " + std::string(words.doing) + " " + std::string(peer));
    } else {
        error.message = "a wait ended without a reason";
    }
    return error;
}

std::optional<Error> lack_of_descriptors(std::string_view asked) {
    const Descriptor one(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (one.is_open() || !is_lack(errno)) return std::nullopt;
    return lack_of(errno, asked);
}

} // namespace infrastate::transport
