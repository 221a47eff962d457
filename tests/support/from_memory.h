// SPDX-License-Identifier: Apache-2.0
// The bytes of a server's answer from memory, in pieces whose size must not matter.
#pragma once

#include "byte_source.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace infrastate::test {

/// Borrows the bytes. If the end is not `clean`, it is an error, like a cut connection over TLS.
class FromMemory final : public transport::ByteSource {
public:
    FromMemory(std::string_view bytes, std::size_t piece, bool clean = true)
        : bytes_(bytes), piece_(piece), clean_(clean) {}
    Result<std::size_t> read(char* into, std::size_t size) override {
        const std::size_t count = std::min({size, piece_, bytes_.size()});
        if (count == 0 && !clean_) {
            Error cut{Code::transport, "cut"};
            cut.detail = "connection_lost";
            return cut;
        }
        std::copy_n(bytes_.begin(), count, into);
        bytes_.remove_prefix(count);
        return count;
    }

private:
    std::string_view bytes_;
    std::size_t piece_;
    bool clean_;
};

} // namespace infrastate::test
