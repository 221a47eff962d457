// SPDX-License-Identifier: Apache-2.0
// Connects to servers that send far too much, and fails if this process ever needed 32 MiB. The
// servers are in a child, so that only the client is measured.
#include "child_server.h"

#include <cstdio>

namespace {

using namespace infrastate;
using namespace infrastate::test;
using namespace infrastate::transport;

constexpr long most_kib = 32 * 1024;

struct Flood {
    const char* name;
    const char* start;
    std::string repeated; ///< sent without end
    const char* expected;
};

std::vector<Flood> floods() {
    const std::string kib(1024, 'a');
    const std::string block(64u << 10, 'a');
    return {
        {"a body of 1 GB by its length", "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n",
         block, "http_too_large"},
        {"a body without end in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "400\r\n" + kib + "\r\n", "http_too_large"},
        {"a body without end", "HTTP/1.1 200 OK\r\n\r\n", block, "http_too_large"},
        {"a header without end", "HTTP/1.1 200 OK\r\nX: ", block, "http_too_large"},
        {"headers without end", "HTTP/1.1 200 OK\r\n", "X-A: " + kib + "\r\n", "http_too_large"},
        {"cookies without end", "HTTP/1.1 200 OK\r\n", "Set-Cookie: " + kib + "\r\n",
         "http_too_large"},
        {"interim answers without end", "HTTP/1.1 100 Continue\r\n\r\n",
         "HTTP/1.1 100 Continue\r\nX: " + kib + "\r\n\r\n", "http_malformed"},
        {"trailers without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
         "X-A: " + kib + "\r\n", "http_bad_chunk"},
        {"a chunk extension without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;",
         block, "http_too_large"},
    };
}

/// Serves the n-th flood to the n-th connection.
void serve(Peer& peer) {
    static const std::vector<Flood> all = floods();
    const std::size_t number = static_cast<std::size_t>(peer.number()) - 1;
    if (!peer.handshake() || peer.read_request().empty() || number > all.size()) return;
    if (number == all.size()) { // the last one is correct: as large as is allowed
        peer.write(plain_answer(std::string(ResponseLimits{}.max_body_bytes, 'a')));
        return peer.linger();
    }
    if (!peer.write(all[number].start)) return;
    while (peer.write(all[number].repeated)) {
    }
}

int check(const std::string& authority) {
    const long before = peak_kib();
    auto client = client_for(authority);
    int failures = 0;
    for (const Flood& flood : floods()) {
        const std::string word = verdict(client.send(get(), ample()));
        if (word == flood.expected) continue;
        std::fprintf(stderr, "%s: %s instead of %s\n", flood.name, word.c_str(), flood.expected);
        ++failures;
    }
    const auto answer = client.send(get(), ample());
    if (!answer || answer->body.size() != ResponseLimits{}.max_body_bytes) {
        std::fprintf(stderr, "the largest body allowed: %s\n", verdict(answer).c_str());
        ++failures;
    }
    std::printf("peak memory %ld KiB of at most %ld KiB, %ld KiB before the first answer\n",
                peak_kib(), most_kib, before);
    if (peak_kib() >= most_kib) ++failures;
    return failures;
}

} // namespace

int main() {
    const ChildServer server(&serve);
    return check(server.authority()) == 0 ? 0 : 1;
}
