// SPDX-License-Identifier: Apache-2.0
// Writes the bytes of an answer, and ends connections. Poco's response type can only send correct
// answers, so answers are written here, to the session's socket. One Wire serves one request.
#pragma once

#include "reply.h"

#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace infrastate::simulator {

struct AnswerHead {
    std::string date{}; ///< "" for none
    std::string age{};  ///< "" for none
    bool keep_alive = true;
    /// Announced instead of the body's own length. Without it a long answer is chunked.
    std::optional<std::uint64_t> announced{};
    bool chunked = false;
};

/// Status line and headers.
std::string head_text(const Reply& reply, const AnswerHead& head);
/// The data as one chunk of a chunked body. Empty data makes the last chunk.
std::string chunk_text(std::string_view data);
/// The whole answer. A long body is chunked, as from the real server.
struct AnswerText {
    std::string head, body;
};
AnswerText answer_text(const Reply& reply, AnswerHead head, bool without_body);

class Wire {
public:
    explicit Wire(Poco::Net::StreamSocket& socket) : socket_(socket) {}

    /// False after the client has disconnected.
    bool send(std::string_view bytes);
    /// Ends the connection with a TCP reset.
    void reset() { drop(true); }
    /// Ends the connection with a TCP FIN, without TLS's close_notify.
    void end_plainly() { drop(false); }
    bool ended() const { return ended_; }

private:
    void drop(bool by_reset);

    Poco::Net::StreamSocket& socket_;
    bool ended_ = false;
};

} // namespace infrastate::simulator
