// SPDX-License-Identifier: Apache-2.0
// Reads lines and bodies from a byte source, strictly and within limits. A length that is doubled
// or signed, or a body that is too short, is an error and never gives a shorter body.
#pragma once

#include "byte_source.h"
#include "wiped_buffer.h"

#include "infrastate/transport/http.h"

#include <array>
#include <string>

namespace infrastate::transport {

/// Buffers a source. Everything that it held is wiped on destruction.
class BufferedReader {
public:
    explicit BufferedReader(ByteSource& source) : source_(source) {}
    ~BufferedReader();
    BufferedReader(const BufferedReader&) = delete;
    BufferedReader& operator=(const BufferedReader&) = delete;

    /// Makes at least one byte available. Returns false at a clean end.
    Result<bool> fill();
    std::string_view available() const noexcept;
    void take(std::size_t count) noexcept { begin_ += count; }
    /// A line without its CRLF, valid until the next call. Errors: http_malformed (the line
    /// contains a bare LF, a bare CR or a NUL), http_too_large (longer than `maximum`),
    /// http_truncated.
    Result<std::string_view> line(std::size_t maximum);

private:
    ByteSource& source_;
    std::array<char, 16u << 10> buffer_; // not initialized: only bytes that were read are used
    std::size_t begin_ = 0, end_ = 0;
    std::size_t most_read_ = 0; ///< bytes after this one were never written
    WipedBuffer line_{16u << 10};
};

/// How the reader recognizes the end of a body.
struct Framing {
    enum class Kind { none, length, chunked, until_close } kind = Kind::none;
    std::uint64_t length = 0;
};

/// Determines the framing from the headers by RFC 9112, 6.3, but without its leniencies. Errors:
/// http_bad_length, http_bad_encoding.
Result<Framing> framing_of(const std::vector<Header>& headers, int status, bool http_1_0);

/// Appends the body to `out`. Errors: http_too_large, http_truncated, http_bad_chunk.
Result<void> read_body(BufferedReader& reader, const Framing& framing, const ResponseLimits& limits,
                       WipedBuffer& out);

} // namespace infrastate::transport
