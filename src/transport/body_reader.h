// SPDX-License-Identifier: Apache-2.0
// Reads lines and bodies from a byte source, strictly and within maxima: what is short, doubled,
// signed or cut is an error and never a smaller body.
#pragma once

#include "byte_source.h"
#include "wiped_buffer.h"

#include "infrastate/transport/http.h"

#include <array>
#include <string>

namespace infrastate::transport {

/// Buffers a source. What it held is wiped when it goes.
class BufferedReader {
public:
    explicit BufferedReader(ByteSource& source) : source_(source) {}
    ~BufferedReader();
    BufferedReader(const BufferedReader&) = delete;
    BufferedReader& operator=(const BufferedReader&) = delete;

    /// Makes at least one byte available; false at a clean end.
    Result<bool> fill();
    std::string_view available() const noexcept;
    void take(std::size_t count) noexcept { begin_ += count; }
    /// A line without its CRLF, valid until the next call. Errors: http_malformed (a bare LF, a
    /// bare CR, or a NUL in it), http_too_large (`maximum`), http_truncated.
    Result<std::string_view> line(std::size_t maximum);

private:
    ByteSource& source_;
    std::array<char, 16u << 10> buffer_; // left as it is: only what was read is looked at
    std::size_t begin_ = 0, end_ = 0;
    std::size_t most_read_ = 0; ///< what lies beyond was never written
    WipedBuffer line_{16u << 10};
};

/// How the end of a body is known.
struct Framing {
    enum class Kind { none, length, chunked, until_close } kind = Kind::none;
    std::uint64_t length = 0;
};

/// From the headers (RFC 9112, 6.3, without its leniencies): errors are http_bad_length,
/// http_bad_encoding.
Result<Framing> framing_of(const std::vector<Header>& headers, int status, bool http_1_0);

/// Appends the body to `out`. Errors: http_too_large, http_truncated, http_bad_chunk.
Result<void> read_body(BufferedReader& reader, const Framing& framing, const ResponseLimits& limits,
                       WipedBuffer& out);

} // namespace infrastate::transport
