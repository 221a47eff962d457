// SPDX-License-Identifier: Apache-2.0
// Lists keys of servers whose JSON is designed to be large in memory, and fails if this process
// ever needed 32 MiB. The servers are in a child, so that only the client is measured.
#include "child_server.h"

#include "infrastate/client/infra_client.h"

#include <cstdio>
#include <iterator>

namespace {

using namespace infrastate;
using namespace infrastate::test;
using namespace infrastate::transport;

constexpr long most_kib = 32 * 1024;

/// As many repetitions between both ends as fit into the largest accepted body.
std::string filled(const std::string& start, const std::string& repeated, const std::string& end) {
    std::string out = start;
    while (out.size() + repeated.size() + end.size() <= ResponseLimits{}.max_body_bytes)
        out += repeated;
    return out + end;
}

std::string different_names() {
    std::string out = "{";
    for (int i = 0; out.size() + 20 < ResponseLimits{}.max_body_bytes; ++i)
        out += "\"" + std::to_string(i) + "\":1,";
    return out + "\"last\":1}";
}

/// Functions make the bodies: only the child needs them.
struct Answer {
    const char* name;
    std::string (*body)();
    const char* detail; ///< the error's detail
};

const Answer answers[] = {
    {"numbers without end", [] { return filled("[", "0,", "0]"); }, "not_json"},
    {"empty lists without end", [] { return filled("[", "[],", "[]]"); }, "not_json"},
    {"empty objects without end", [] { return filled("[", "{},", "{}]"); }, "not_json"},
    {"short texts", [] { return filled("[", R"("abcdefghijklmnopqrst",)", "1]"); }, "not_json"},
    {"long texts", [] { return filled("[", '"' + std::string(4000, 'a') + "\",", "1]"); },
     "unexpected_answer"},
    {"one text", [] { return filled("\"", "a", "\""); }, "unexpected_answer"},
    {"one text of escapes", [] { return filled("\"", "\\u00e4", "\""); }, "unexpected_answer"},
    {"one number", [] { return filled("", "1", ""); }, "not_json"},
    {"different names", &different_names, "not_json"},
    {"the same name", [] { return filled("{", R"("a":1,)", R"("a":1})"); }, "not_json"},
    {"lists inside each other", [] { return filled("", "[", ""); }, "not_json"},
    {"objects inside each other", [] { return filled("", R"({"a":)", ""); }, "not_json"},
    {"rows without end",
     [] { return filled(R"({"items":[)", R"({"id":"2vc1qNZcG2w","name":"x"},)", "1]}"); },
     "not_json"},
    {"no UTF-8", [] { return filled("\"", "\xff", "\""); }, "not_json"},
    {"white space", [] { return filled("", " ", ""); }, "not_json"},
};

/// Serves the n-th answer to the n-th connection.
void serve(Peer& peer) {
    const std::size_t number = static_cast<std::size_t>(peer.number()) - 1;
    if (!peer.handshake() || peer.read_request().empty() || number >= std::size(answers)) return;
    peer.write(plain_answer(answers[number].body()));
}

int check(const std::string& authority) {
    auto http = client_for(authority);
    int failures = 0;
    for (const Answer& answer : answers) {
        client::InfraClient api(http, token(), {});
        const auto listing = api.keys().list({});
        http.close();
        const std::string word = listing ? "accepted" : listing.error().detail;
        if (word == answer.detail) continue;
        std::fprintf(stderr, "%s: %s instead of %s\n", answer.name, word.c_str(), answer.detail);
        ++failures;
    }
    std::printf("peak memory %ld KiB of at most %ld KiB\n", peak_kib(), most_kib);
    if (peak_kib() >= most_kib) ++failures;
    return failures;
}

} // namespace

int main() {
    const ChildServer server(&serve);
    return check(server.authority()) == 0 ? 0 : 1;
}
