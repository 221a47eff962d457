// SPDX-License-Identifier: Apache-2.0
// Searches all writable memory of this process for the secrets of past requests and answers: the
// token, a password in a body, a secret and a cookie in an answer. This program keeps the secrets
// masked only, so that the search does not find itself.
#include "child_server.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

namespace {

using namespace infrastate;
using namespace infrastate::test;
using namespace infrastate::transport;

constexpr char mask = 0x5a;
constexpr std::size_t secret_size = 32;

/// A secret that is never in memory as it is, except where plain() was called.
class Masked {
public:
    Masked() {
        std::random_device random;
        for (char& byte : bytes_)
            byte = static_cast<char>(('a' + random() % 26) ^ mask);
    }
    Secret plain() const {
        std::string text(bytes_, secret_size);
        for (char& byte : text)
            byte = static_cast<char>(byte ^ mask);
        return Secret::adopt(std::move(text));
    }
    bool lies_at(const char* where) const {
        for (std::size_t i = 0; i < secret_size; ++i) {
            if (static_cast<char>(where[i] ^ mask) != bytes_[i]) return false;
        }
        return true;
    }
    char first() const { return static_cast<char>(bytes_[0] ^ mask); }

private:
    char bytes_[secret_size];
};

struct Secrets {
    Masked token, password, answer, cookie;
};

const Secrets& secrets() {
    static const Secrets made;
    return made;
}

/// How often the secret is in memory that this process can write to.
int count_in_memory(const Masked& secret) {
    int found = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields(line);
        unsigned long begin = 0;
        unsigned long end = 0;
        char dash = 0;
        std::string rights;
        fields >> std::hex >> begin >> dash >> end >> rights;
        if (!rights.starts_with("rw") || end - begin < secret_size) continue;
        const char* at = reinterpret_cast<const char*>(begin);
        const char* last = reinterpret_cast<const char*>(end) - secret_size;
        while (at <= last) {
            const auto left = static_cast<std::size_t>(last - at) + 1;
            at = static_cast<const char*>(std::memchr(at, secret.first(), left));
            if (at == nullptr) break;
            if (secret.lies_at(at)) ++found;
            ++at;
        }
    }
    return found;
}

void serve(Peer& peer) {
    if (!peer.handshake()) return;
    while (!peer.read_request().empty()) {
        std::string body =
            "{\"secret\":\"" + std::string(secrets().answer.plain().reveal()) + "\"}";
        if (peer.number() == 1) body.resize(40'000, ' '); // more than one buffer
        std::string answer = plain_answer(body);
        answer.insert(answer.find("\r\n") + 2,
                      "Set-Cookie: auth=" + std::string(secrets().cookie.plain().reveal()) +
                          "\r\n");
        peer.write(answer);
    }
}

/// A login and a create, as the client layer would send them. False if either failed.
bool use_secrets(HttpClient& client) {
    const Secret token = secrets().token.plain();
    Request request = post();
    request.bearer = &token;
    {
        const Secret password = secrets().password.plain();
        request.body.reserve(200); // one block, so that ~Request wipes all of it
        request.body = "{\"password\":\"";
        request.body.append(password.reveal()).append("\"}");
    }
    const auto answer = client.send(request, ample());
    if (!answer) std::fprintf(stderr, "%s\n", answer.error().message.c_str());
    return answer.ok() && count_in_memory(secrets().answer) > 0; // the search really finds it
}

int report(const char* when) {
    const std::pair<const char*, const Masked*> all[] = {{"token", &secrets().token},
                                                         {"password", &secrets().password},
                                                         {"answer", &secrets().answer},
                                                         {"cookie", &secrets().cookie}};
    int total = 0;
    for (const auto& [name, secret] : all) {
        const int found = count_in_memory(*secret);
        if (found > 0) std::fprintf(stderr, "%s: the %s lies there %d times\n", when, name, found);
        total += found;
    }
    return total;
}

} // namespace

int main() {
    static_cast<void>(secrets()); // both processes need the same
    const ChildServer server(&serve);
    int found = 0;
    bool sent = true;
    {
        auto client = client_for(server.authority());
        for (int i = 0; i < 2; ++i) { // the second on the kept connection
            sent = use_secrets(client) && sent;
            found += report("after a request, connection kept");
        }
        client.close();
        found += report("after the close");
        sent = use_secrets(client) && sent; // a short answer on a new connection
    }
    found += report("after the client is gone");
    std::printf("%s, %d secrets left in memory\n", sent ? "all sent" : "a request failed", found);
    return sent && found == 0 ? 0 : 1;
}
