// SPDX-License-Identifier: Apache-2.0
#include "digests.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <openssl/evp.h>

#include <array>
#include <map>
#include <new>

namespace infrastate::wire {
namespace {

std::string sha256(std::string_view text) {
    std::array<unsigned char, 32> out{};
    unsigned int size = 0;
    // Fails only if OpenSSL has no memory or was built without SHA-256.
    if (EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr) != 1 ||
        size != out.size())
        throw std::bad_alloc();
    return {out.begin(), out.end()};
}

/// Puts the length before the text, so that two different lists of texts never read alike.
std::string counted(std::string_view text) {
    return std::to_string(text.size()) + ":" + std::string(text);
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
    return hex_text(sha256(canonical));
}

std::string machine_digest(std::string_view machine_id) {
    return hex_text(sha256(counted("infrastate machine") + counted(machine_id)));
}

KeyName derived_name(std::string_view machine_id, std::string_view path, std::string_view host,
                     std::string_view user) {
    constexpr std::size_t bytes = 10;
    const std::string digest =
        sha256(counted(machine_id) + counted(path) + counted(host) + counted(user));
    return KeyName::parse("infra-" + base32_text(digest.substr(0, bytes))).value();
}

} // namespace infrastate::wire
