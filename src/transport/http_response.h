// SPDX-License-Identifier: Apache-2.0
// Reads one whole answer from a byte source: status, headers, body. The source may also be memory,
// so that a fuzzer can test it.
#pragma once

#include "body_reader.h"

namespace infrastate::transport {

struct ReadAnswer {
    Response response;
    bool reusable = false; ///< nothing is left to read, and the server will keep the connection
};

/// Skips interim answers (1xx, at most 8). Calls `on_head` once, when the status is known. Errors
/// have http_status if it was read. They are those of body_reader.h, and for heads: http_not_http,
/// http_malformed, http_too_large, http_truncated, connection_lost.
Result<ReadAnswer> read_answer(ByteSource& source, const ResponseLimits& limits,
                               void (*on_head)(void*) = nullptr, void* context = nullptr);

} // namespace infrastate::transport
