// SPDX-License-Identifier: Apache-2.0
// Frees memory that held a known text, then looks for the text at that place. Exit code 0: it was
// erased.
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <new>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t size = 4096;

/// The bytes at an address that was freed, read so that the compiler does not notice.
std::string memory_at(std::uintptr_t address) {
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    std::string out(size, '\0');
    const ssize_t got = ::pread(memory, out.data(), size, static_cast<off_t>(address));
    ::close(memory);
    out.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return out;
}

bool gone(const char* how, std::uintptr_t address) {
    const std::string now = memory_at(address);
    // The allocator may store its own links in a freed block, but never this text.
    if (now.size() == size && now.find("SECRETSECRET") == std::string::npos) return true;
    std::printf("%s: the text is still in freed memory\n", how);
    return false;
}

struct alignas(128) Aligned {
    char bytes[size];
};

} // namespace

int main() {
    std::string text;
    while (text.size() < size - 1)
        text += "SECRET";
    text.resize(size - 1);

    auto plain = std::make_unique<std::string>(text);
    const auto plain_at = reinterpret_cast<std::uintptr_t>(plain->data());
    const bool was_there = memory_at(plain_at).find("SECRETSECRET") != std::string::npos;
    plain.reset();
    const bool plain_gone = gone("operator delete", plain_at);

    auto aligned = std::make_unique<Aligned>();
    text.copy(aligned->bytes, text.size());
    const auto aligned_at = reinterpret_cast<std::uintptr_t>(aligned.get());
    aligned.reset();
    const bool aligned_gone = gone("operator delete, aligned", aligned_at);

    if (!was_there) std::printf("this check cannot see memory\n");
    return was_there && plain_gone && aligned_gone ? 0 : 1;
}
