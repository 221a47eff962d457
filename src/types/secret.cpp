// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/secret.h"

#include "infrastate/types/ascii.h"

#include <algorithm>
#include <cstring>

namespace infrastate {

namespace {

inline void zero(void* memory, std::size_t size) noexcept {
    std::memset(memory, 0, size);
    // The barrier makes the compiler assume that the zeros are read.
    __asm__ __volatile__("" : : "r"(memory) : "memory");
}

} // namespace

void wipe(void* memory, std::size_t size) noexcept {
    if (size != 0) zero(memory, size);
}

void wipe(std::string& text) noexcept {
    // Most of these strings are short or were moved from. libstdc++ keeps such a string in the
    // object itself, with a capacity of 15 bytes. For this constant size the compiler needs no call
    // of memset.
    constexpr std::size_t in_place = 15;
    if (text.capacity() == in_place)
        zero(text.data(), in_place);
    else
        zero(text.data(), text.capacity());
    text.clear();
}

Secret::Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}

Secret Secret::adopt(std::string&& text) {
    Secret out{std::string_view(text)};
    wipe(text);
    return out;
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
    other.bytes_.clear();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe(bytes_.data(), bytes_.size());
        bytes_ = std::move(other.bytes_);
        other.bytes_.clear();
    }
    return *this;
}

Secret::~Secret() {
    wipe(bytes_.data(), bytes_.size());
}

Secret Secret::clone() const {
    return Secret(reveal());
}

bool Secret::equals(const Secret& other) const noexcept {
    return equals(other.reveal());
}

bool Secret::equals(std::string_view other) const noexcept {
    if (bytes_.size() != other.size()) return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < other.size(); ++i)
        difference =
            static_cast<unsigned char>(difference | (static_cast<unsigned char>(bytes_[i]) ^
                                                     static_cast<unsigned char>(other[i])));
    return difference == 0;
}

bool looks_like_access_key(std::string_view text) noexcept {
    constexpr std::size_t id_length = 10, secret_length = 24;
    if (text.size() != id_length + 1 + secret_length || text[id_length] != '.') return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i != id_length && !is_letter_or_digit(text[i])) return false;
    return true;
}

} // namespace infrastate
