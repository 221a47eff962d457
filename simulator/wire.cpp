// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPResponse.h>

#include <algorithm>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace infrastate::simulator {

namespace {

/// From this length on, the real server sends a body in chunks.
constexpr std::size_t chunked_from = 2048;
constexpr std::size_t largest_write = 64 * 1024;

bool may_have_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

std::string hex(std::size_t number) {
    std::string text;
    do {
        text.insert(text.begin(), "0123456789abcdef"[number % 16]);
        number /= 16;
    } while (number > 0);
    return text;
}

} // namespace

std::string chunk_text(std::string_view data) {
    return hex(data.size()) + "\r\n" + std::string(data) + "\r\n";
}

std::string head_text(const Reply& reply, const AnswerHead& head) {
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " " +
                       Poco::Net::HTTPResponse::getReasonForStatus(
                           static_cast<Poco::Net::HTTPResponse::HTTPStatus>(reply.status)) +
                       "\r\n";
    const auto add = [&text](std::string_view name, std::string_view value) {
        text += std::string(name) + ": " + std::string(value) + "\r\n";
    };
    if (!reply.content_type.empty()) add("Content-Type", reply.content_type);
    for (const auto& [name, value] : reply.headers)
        add(name, value);
    if (!head.date.empty()) add("Date", head.date);
    if (!head.age.empty()) add("Age", head.age);
    if (may_have_body(reply.status)) {
        if (head.chunked)
            add("Transfer-Encoding", "chunked");
        else
            add("Content-Length", std::to_string(head.announced.value_or(reply.body.size())));
    }
    if (!head.keep_alive) add("Connection", "close");
    return text + "\r\n";
}

AnswerText answer_text(const Reply& reply, AnswerHead head, bool without_body) {
    if (!may_have_body(reply.status)) return {head_text(reply, head), {}};
    head.chunked = !head.announced && reply.body.size() > chunked_from;
    AnswerText answer{head_text(reply, head), {}};
    if (without_body) return answer;
    answer.body =
        head.chunked ? hex(reply.body.size()) + "\r\n" + reply.body + "\r\n0\r\n\r\n" : reply.body;
    return answer;
}

bool Wire::send(std::string_view bytes) {
    try {
        while (!ended_ && !bytes.empty()) {
            const int sent = socket_.sendBytes(
                bytes.data(), static_cast<int>(std::min(bytes.size(), largest_write)));
            if (sent <= 0) ended_ = true;
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    } catch (const Poco::Exception&) {
        ended_ = true;
    }
    return !ended_;
}

void Wire::drop(bool by_reset) {
    if (ended_) return;
    ended_ = true;
    const int descriptor = static_cast<int>(socket_.impl()->sockfd());
    const linger how{by_reset ? 1 : 0, 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &how, sizeof how);
    // The connection ends when its last descriptor is closed. Poco still has this descriptor and
    // would send the TLS goodbye on it. So the descriptor is replaced by one of /dev/null.
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0) return;
    dup2(nowhere, descriptor);
    close(nowhere);
}

} // namespace infrastate::simulator
