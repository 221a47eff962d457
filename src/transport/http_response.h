// SPDX-License-Identifier: Apache-2.0
// Reads one whole answer from a byte source: status, headers, body. Works on memory as well as on
// a connection, so that it can be fuzzed.
#pragma once

#include "body_reader.h"

namespace infrastate::transport {

struct ReadAnswer {
    Response response;
    bool reusable = false; ///< nothing is left over and the server will keep the connection
};

/// Interim answers (1xx, at most 8 of them) are skipped. `on_head` is called once, when the status
/// is known. Errors carry http_status where it was; see body_reader.h and, for heads:
/// http_not_http, http_malformed, http_too_large, http_truncated, connection_lost.
Result<ReadAnswer> read_answer(ByteSource& source, const ResponseLimits& limits,
                               void (*on_head)(void*) = nullptr, void* context = nullptr);

} // namespace infrastate::transport
