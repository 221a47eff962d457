// SPDX-License-Identifier: Apache-2.0
// Some hundred generated answers, given to curl and to this client. They must agree, except for the
// listed places where this client is stricter. It is never laxer.
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace infrastate::test {
namespace {

using namespace transport;

/// Part of a generated answer. `stricter`: this client refuses it whatever curl does.
struct Piece {
    const char* name;
    std::string bytes;
    bool stricter = false;
};

// The list: each row with `true` is a place where this client is stricter than curl. The last
// column of the table in docs/adr/0023 has the reason.
const std::array<Piece, 10> status_lines{{
    {"HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n"},
    {"HTTP/1.0 200 OK", "HTTP/1.0 200 OK\r\n"},
    {"no reason", "HTTP/1.1 201\r\n"},
    {"a client error", "HTTP/1.1 404 Not Found\r\n"},
    {"a server error", "HTTP/1.1 503 Service Unavailable\r\n"},
    {"a redirect", "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"},
    {"HTTP/2 in text", "HTTP/2 200\r\n", true},
    {"a status above 599", "HTTP/1.1 999 Odd\r\n", true},
    {"a status line without CR", "HTTP/1.1 200 OK\n", true},
    {"not HTTP", "+OK ready\r\n", true},
}};

const std::array<Piece, 8> extra_headers{{
    {"none", ""},
    {"an empty value", "X-Empty:\r\n"},
    {"many", "X-A: 1\r\nX-B: 2\r\nX-A: 3\r\nServer: test\r\n"},
    {"an interim-looking name", "Expect: 100-continue\r\n"},
    {"a folded header", "X-Folded: a\r\n b\r\n", true},
    {"a NUL", std::string("X-Nul: a\0b\r\n", 12), true},
    {"no colon", "nonsense\r\n", true},
    {"9 KB in one header", "X-Long: " + std::string(9000, 'a') + "\r\n", true},
}};

struct Body {
    const char* name;
    std::string headers;
    std::string bytes;
    bool clean_end; ///< close_notify before the end; false: a cut
    bool stricter = false;
};

const std::array<Body, 24> bodies{{
    {"a length", "Content-Length: 2\r\n", "{}", true},
    {"a length, then a cut", "Content-Length: 2\r\n", "{}", false},
    {"a length of zero", "Content-Length: 0\r\n", "", true},
    {"a short body", "Content-Length: 5\r\n", "{}", true},
    {"a short body, cut", "Content-Length: 5\r\n", "{}", false},
    {"a long body", "Content-Length: 2\r\n", "{}{}", true},
    {"a negative length", "Content-Length: -2\r\n", "{}", true},
    {"a length in letters", "Content-Length: two\r\n", "{}", true},
    {"two different lengths", "Content-Length: 2\r\nContent-Length: 3\r\n", "{}", true, true},
    {"the same length twice", "Content-Length: 2\r\nContent-Length: 2\r\n", "{}", true, true},
    {"a length with a plus", "Content-Length: +2\r\n", "{}", true, true},
    {"a length with something behind it", "Content-Length: 2x\r\n", "{}", true, true},
    {"an empty length", "Content-Length:\r\n", "{}", true, true},
    {"to the end", "", "{}", true},
    {"to a cut", "", "{}", false, true},
    {"chunks", "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n", true},
    {"an extension", "Transfer-Encoding: chunked\r\n", "2;a=b\r\n{}\r\n0\r\n\r\n", true},
    {"a trailer", "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\nX: y\r\n\r\n", true},
    {"no last chunk", "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n", true},
    {"a bad chunk size", "Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n", true},
    {"a chunk too long", "Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n", true},
    {"chunks without CR", "Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n", true, true},
    {"a length beside chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
     "2\r\n{}\r\n0\r\n\r\n", true, true},
    {"an encoding not asked for", "Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}", true,
     true},
}};

struct Generated {
    std::string name, bytes;
    bool clean_end, stricter;
};

std::vector<Generated> generate() {
    std::vector<Generated> all;
    for (const Piece& status : status_lines) {
        for (const Piece& extra : extra_headers) {
            // Odd heads are tried with a few bodies only, plain ones with all bodies.
            const bool plain = !status.stricter && !extra.stricter;
            for (std::size_t i = 0; i < bodies.size(); i += plain ? 1 : 11) {
                const Body& body = bodies[i];
                // HTTP/1.0 has no chunks, but curl reads them.
                const bool chunks = body.headers.find("chunked") != std::string::npos;
                const bool old = status.bytes.starts_with("HTTP/1.0");
                if (plain && &extra != &extra_headers[0] && i % 3 != 0) continue;
                all.push_back(
                    {std::string(status.name) + " | " + extra.name + " | " + body.name,
                     status.bytes + extra.bytes + body.headers + "\r\n" + body.bytes,
                     body.clean_end,
                     status.stricter || extra.stricter || body.stricter || (old && chunks)});
            }
        }
    }
    return all;
}

/// Runs curl for every path 0..count-1 and returns its exit codes.
std::vector<int> ask_curl(const std::string& authority, const std::string& ca_file,
                          std::size_t count) {
    const std::string command =
        "i=0; while [ $i -lt " + std::to_string(count) +
        " ]; do curl -q -s -o /dev/null --http1.1 --noproxy '*' --max-time 10 --cacert " + ca_file +
        " https://" + authority + "/$i </dev/null; echo $?; i=$((i+1)); done";
    std::vector<int> codes;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 64> line{};
    while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe) != nullptr) {
        codes.push_back(std::atoi(line.data()));
    }
    if (pipe != nullptr) ::pclose(pipe);
    return codes;
}

class CaFile {
public:
    CaFile() {
        std::string pattern = "/tmp/infrastate-ca-XXXXXX";
        const int descriptor = ::mkstemp(pattern.data());
        if (descriptor >= 0) ::close(descriptor);
        path_ = pattern;
        std::ofstream(path_) << test_authority().certificate_pem();
    }
    ~CaFile() { ::unlink(path_.c_str()); }
    CaFile(const CaFile&) = delete;
    CaFile& operator=(const CaFile&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

} // namespace

class CurlTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CurlTest);
    CPPUNIT_TEST(curl_and_this_client_agree_but_for_the_written_list);
    CPPUNIT_TEST_SUITE_END();

public:
    void curl_and_this_client_agree_but_for_the_written_list() {
        if (std::system("command -v curl >/dev/null 2>&1") != 0) {
            CPPUNIT_ASSERT_MESSAGE("curl is needed", std::getenv("CI") == nullptr);
            std::cerr << " SKIPPED: curl is not installed ";
            return;
        }
        const std::vector<Generated> all = generate();
        CPPUNIT_ASSERT(all.size() >= 200);
        HostileServer server("127.0.0.1", good_tls(), [&all](Peer& peer) {
            if (!peer.handshake()) return;
            const std::string request = peer.read_request(); // "GET /17 HTTP/1.1..."
            if (request.size() < 6) return;
            const Generated& one = all.at(std::stoul(request.substr(5)));
            if (peer.write(one.bytes) && one.clean_end) peer.close_notify();
        });
        const CaFile ca;
        const std::vector<int> codes = ask_curl(server.authority(), ca.path(), all.size());
        CPPUNIT_ASSERT_EQUAL(all.size(), codes.size());
        auto client = client_for(server.authority());
        std::size_t stricter = 0;
        std::string differences;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto answer = client.send(get("/" + std::to_string(i)), ample());
            client.close();
            const bool curl_accepts = codes[i] == 0;
            const bool expected = curl_accepts && !all[i].stricter;
            if (curl_accepts && !answer) ++stricter;
            if (answer.ok() == expected) continue;
            differences += "\n" + all[i].name + ": curl " + std::to_string(codes[i]) + ", we " +
                           verdict(answer);
        }
        CPPUNIT_ASSERT_MESSAGE(differences, differences.empty());
        std::cerr << " " << all.size() << " answers, stricter in " << stricter << " ";
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(CurlTest, "curl");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("curl");

} // namespace infrastate::test
