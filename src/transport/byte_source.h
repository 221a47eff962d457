// SPDX-License-Identifier: Apache-2.0
// Where the bytes of an answer come from: a connection, or memory in tests. Reading blocks until
// there is a byte, the end is reached, or the deadline passes.
#pragma once

#include "infrastate/types/error.h"

#include <cstddef>

namespace infrastate::transport {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// Reads 1..size bytes. Returns 0 at a clean end.
    virtual Result<std::size_t> read(char* into, std::size_t size) = 0;
};

} // namespace infrastate::transport
