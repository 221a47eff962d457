// SPDX-License-Identifier: Apache-2.0
#include "digests.h"

#include "infrastate/types/text.h"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <new>

namespace infrastate::wire {
namespace {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view text) {
    Digest out{};
    unsigned int size = 0;
    // Fails only where OpenSSL has no memory or was built without SHA-256.
    if (EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr) != 1 ||
        size != out.size())
        throw std::bad_alloc();
    return out;
}

std::string hex(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (unsigned char byte : digest) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

/// With its length before it, so that no two lists of texts read alike.
std::string counted(std::string_view text) {
    return std::to_string(text.size()) + ":" + std::string(text);
}

/// The shortest text that reads as the same number, as Python's templates write it.
std::string number_text(double number) {
    std::array<char, 64> buffer{};
    const double size = std::fabs(number);
    const bool plain = number == 0 || (size >= 1e-4 && size < 1e16);
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    std::string out(buffer.data(), end);
    if (plain && out.find('.') == std::string::npos) out += ".0";
    return out;
}

std::string scalar_text(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::boolean:
        return value.boolean() ? "true" : "false";
    case Value::Kind::integer:
        return std::to_string(value.integer());
    case Value::Kind::number:
        return number_text(value.number());
    default:
        break;
    }
    if (value.string() == "True") return "true";
    if (value.string() == "False") return "false";
    return value.string();
}

} // namespace

Result<std::string> keepers_digest(const Value& keepers) {
    std::map<std::string, std::string> sorted;
    for (const auto& [name, value] : keepers.members()) {
        if (value.is_null()) continue;
        if (value.is_object() || value.is_array())
            return argument_error("keepers", "keepers: " + refused_name(name) + " is " +
                                                 std::string(kind_name(value.kind())) +
                                                 "; each must be a text, a number or a boolean");
        sorted.emplace(name, scalar_text(value));
    }
    std::string canonical;
    for (const auto& [name, text] : sorted)
        canonical += counted(name) + counted(text);
    return hex(sha256(canonical));
}

std::string machine_digest(std::string_view machine_id) {
    return hex(sha256(counted("infrastate machine") + counted(machine_id)));
}

KeyName derived_name(std::string_view machine_id, std::string_view path, std::string_view host,
                     std::string_view user) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr std::size_t bytes = 10, bits = 5;
    const Digest digest =
        sha256(counted(machine_id) + counted(path) + counted(host) + counted(user));
    std::string out = "infra-";
    std::uint32_t rest = 0;
    std::size_t held = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
        rest = rest << 8 | digest[i];
        for (held += 8; held >= bits; held -= bits)
            out += alphabet[rest >> (held - bits) & 31U];
    }
    return KeyName::parse(out).value();
}

} // namespace infrastate::wire
