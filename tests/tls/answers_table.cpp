// SPDX-License-Identifier: Apache-2.0
#include "answers_table.h"

namespace infrastate::test {
namespace {

const std::string ok = "HTTP/1.1 200 OK\r\n";

std::string head(const std::string& headers, const std::string& body) {
    return ok + headers + "\r\n" + body;
}

std::string chunked(const std::string& body) {
    return head("Transfer-Encoding: chunked\r\n", body);
}

} // namespace

std::vector<AnswerRow> answer_rows() {
    const auto notify = Ending::notify;
    const auto cut = Ending::cut;
    const std::string long_value(100u << 10, 'a');
    std::string many;
    for (int i = 0; i < 2000; ++i)
        many += "X-Header-" + std::to_string(i) + ": some value here\r\n";
    std::string interim;
    for (int i = 0; i < 20; ++i)
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    using namespace std::string_literals;

    return {
        // framing that is right
        {"a length", head("Content-Length: 2\r\n", "{}"), "200", Ending::open, "{}"},
        {"a length of zero", head("Content-Length: 0\r\n", ""), "200"},
        {"spaces around a length", head("Content-Length:  2 \t\r\n", "{}"), "200", Ending::open,
         "{}"},
        {"names without case", head("cONTENT-lENGTH: 2\r\n", "{}"), "200", Ending::open, "{}"},
        {"chunks", chunked("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), "200", Ending::open, "{}"},
        {"a chunk extension", chunked("2;a=b\r\n{}\r\n0\r\n\r\n"), "200", Ending::open, "{}"},
        {"trailers", chunked("2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n"), "200", Ending::open, "{}"},
        {"leading zeros in a chunk's size", chunked("0002\r\n{}\r\n0\r\n\r\n"), "200", Ending::open,
         "{}"},
        {"a body up to a clean end", head("", "{}"), "200", notify, "{}"},
        {"HTTP/1.0 up to a clean end", "HTTP/1.0 200 OK\r\n\r\n{}", "200", notify, "{}"},
        {"no reason phrase", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", "200", Ending::open,
         "{}"},
        {"204 has no body", "HTTP/1.1 204 No Content\r\n\r\n", "204"},
        {"304 has no body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304"},
        {"an interim answer first",
         "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + head("Content-Length: 2\r\n", "{}"), "200",
         Ending::open, "{}"},
        {"a redirect is only handed back",
         "HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\nContent-Length: 0\r\n\r\n", "302"},
        {"HTML is handed back", head("Content-Type: text/html\r\nContent-Length: 6\r\n", "<html>"),
         "200", Ending::open, "<html>"},
        {"a server error is handed back", "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "503"},
        {"bytes beyond a length are not the body's", head("Content-Length: 2\r\n", "{}{}"), "200",
         Ending::open, "{}"},

        {"something else that begins like HTTP", "HTP is no protocol\r\n", "http_not_http"},

        // lengths
        {"a short body, clean end", head("Content-Length: 10\r\n", "{}"), "http_truncated", notify},
        {"a short body, cut", head("Content-Length: 10\r\n", "{}"), "connection_lost", cut},
        {"a doubled length", head("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
         "http_bad_length"},
        {"two lengths", head("Content-Length: 2\r\nContent-Length: 3\r\n", "{} "),
         "http_bad_length"},
        {"a list of lengths", head("Content-Length: 2, 2\r\n", "{}"), "http_bad_length"},
        {"a negative length", head("Content-Length: -2\r\n", "{}"), "http_bad_length"},
        {"a length with a plus", head("Content-Length: +2\r\n", "{}"), "http_bad_length"},
        {"a hexadecimal length", head("Content-Length: 0x2\r\n", "{}"), "http_bad_length"},
        {"an empty length", head("Content-Length:\r\n", "{}"), "http_bad_length"},
        {"a length beyond 64 bits", head("Content-Length: 99999999999999999999\r\n", "{}"),
         "http_bad_length"},
        {"a length of 1 GB", head("Content-Length: 1073741824\r\n", "{}"), "http_too_large"},
        {"a length beside chunks",
         head("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
         "http_bad_length"},

        // encodings
        {"an encoding that is not chunked", head("Transfer-Encoding: gzip\r\n", "{}"),
         "http_bad_encoding", notify},
        {"chunked after another", head("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
         "http_bad_encoding"},
        {"two transfer encodings",
         head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         "http_bad_encoding"},
        {"chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "http_bad_encoding"},
        {"a compressed body", head("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"),
         "http_bad_encoding"},

        // chunks
        {"a chunk size that is no number", chunked("zz\r\n{}\r\n0\r\n\r\n"), "http_bad_chunk"},
        {"an empty chunk size", chunked("\r\n{}\r\n0\r\n\r\n"), "http_bad_chunk"},
        {"a negative chunk size", chunked("-2\r\n{}\r\n0\r\n\r\n"), "http_bad_chunk"},
        {"a chunk size with 0x", chunked("0x2\r\n{}\r\n0\r\n\r\n"), "http_bad_chunk"},
        {"a space before a chunk size", chunked(" 2\r\n{}\r\n0\r\n\r\n"), "http_bad_chunk"},
        {"a chunk size beyond 64 bits", chunked("10000000000000002\r\n{}\r\n0\r\n\r\n"),
         "http_bad_chunk"},
        {"a chunk of 1 GB", chunked("40000000\r\n{}"), "http_too_large"},
        {"a chunk longer than its size", chunked("1\r\n{}\r\n0\r\n\r\n"), "http_bad_chunk"},
        {"no last chunk, clean end", chunked("2\r\n{}\r\n"), "http_truncated", notify},
        {"no last chunk, cut", chunked("2\r\n{}\r\n"), "connection_lost", cut},
        {"no line after the last chunk", chunked("2\r\n{}\r\n0\r\n"), "http_truncated", notify},
        {"a trailer that is no header", chunked("2\r\n{}\r\n0\r\nnonsense\r\n\r\n"),
         "http_bad_chunk"},
        {"a chunk's line end without CR", chunked("2\n{}\n0\n\n"), "http_malformed"},

        // bodies up to the end
        {"a body up to a cut", head("", "{}"), "connection_lost", cut},

        // heads
        {"not HTTP", "+OK ready\r\n", "http_not_http"},
        {"JSON without a head", "{\"a\": 1}", "http_not_http"},
        {"HTTP/2 in text", "HTTP/2 200\r\nContent-Length: 2\r\n\r\n{}", "http_malformed"},
        {"HTTP/1.2", "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\n{}", "http_malformed"},
        {"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "http_malformed"},
        {"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "http_malformed"},
        {"a status of 999", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "http_malformed"},
        {"a status of 000", "HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n", "http_malformed"},
        {"a protocol switch", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
         "http_malformed"},
        {"interim answers without end", interim, "http_malformed"},
        {"lines without CR", "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", "http_malformed"},
        {"a bare CR", head("X-A: b\rc\r\nContent-Length: 2\r\n", "{}"), "http_malformed"},
        {"a NUL in a header", head("X-A: b\0c\r\nContent-Length: 2\r\n"s, "{}"), "http_malformed"},
        {"a folded header", head("X-A: b\r\n c\r\nContent-Length: 2\r\n", "{}"), "http_malformed"},
        {"a space before the colon", head("Content-Length : 2\r\n", "{}"), "http_malformed"},
        {"a header without colon", head("nonsense\r\nContent-Length: 2\r\n", "{}"),
         "http_malformed"},
        {"a header without name", head(": x\r\nContent-Length: 2\r\n", "{}"), "http_malformed"},
        {"a header of 100 KB", head("X-A: " + long_value + "\r\nContent-Length: 2\r\n", "{}"),
         "http_too_large"},
        {"2000 headers", head(many + "Content-Length: 2\r\n", "{}"), "http_too_large"},
        {"a cookie of 100 KB",
         head("Set-Cookie: " + long_value + "\r\nContent-Length: 2\r\n", "{}"), "http_too_large"},
        {"a reason of 100 KB", "HTTP/1.1 200 " + long_value + "\r\n\r\n", "http_too_large"},
        {"a head that ends too early, clean", "HTTP/1.1 200 OK\r\nContent-Le", "http_truncated",
         notify},
        {"a head that ends too early, cut", "HTTP/1.1 200 OK\r\nContent-Le", "connection_lost",
         cut},
        {"nothing, clean end", "", "connection_lost", notify},
        {"nothing, cut", "", "connection_lost", cut},
    };
}

} // namespace infrastate::test
