// SPDX-License-Identifier: Apache-2.0
// Shared by the fuzz targets: a reader that turns bytes into choices, and a check that ends the
// process. Each target is one function LLVMFuzzerTestOneInput(). libFuzzer calls it, or, in builds
// without libFuzzer, replay.cpp calls it with the files of its corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace infrastate::fuzz {

/// An invariant that must be true for every input. A violation is a finding.
inline void must(bool holds, const char* invariant, std::string_view about = {}) {
    if (holds) return;
    std::fprintf(stderr, "violated: %s: %s\n", invariant, std::string(about).c_str());
    std::abort();
}

/// Whether a message fits one line of a terminal.
inline bool is_one_line(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    return !text.empty();
}

/// Takes choices from the front of the input; zeros once it is used up.
class Choices {
public:
    Choices(const std::uint8_t* data, std::size_t size)
        : rest_(reinterpret_cast<const char*>(data), size) {}

    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const char first = rest_.front();
        rest_.remove_prefix(1);
        return static_cast<std::uint8_t>(first);
    }
    bool flag() { return (byte() & 1) != 0; }
    /// From 0 to most.
    std::uint32_t up_to(std::uint32_t most) {
        std::uint32_t value = byte();
        if (most > 0xff) value = value << 8 | byte();
        if (most > 0xffff) value = value << 16 | std::uint32_t{byte()} << 8 | byte();
        return value % (most + 1);
    }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

} // namespace infrastate::fuzz
