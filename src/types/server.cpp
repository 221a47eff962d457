// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/server.h"

#include <charconv>

namespace infrastate {

Result<ServerVersion> ServerVersion::parse(std::string_view text) {
    const auto bad = [] {
        return Error{Code::server, "the server's version is not of the form 1.2.3", {}, "version"};
    };
    if (!text.empty() && text[0] == 'v') text.remove_prefix(1);
    text = text.substr(0, text.find_first_of("-+"));
    ServerVersion out;
    int* const parts[] = {&out.major, &out.minor, &out.patch};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < 3; ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return bad();
        const auto [next, status] = std::from_chars(at, end, *parts[i]);
        if (status != std::errc{} || *parts[i] < 0) return bad();
        at = next;
    }
    if (at != end) return bad();
    return out;
}

std::string ServerVersion::text() const {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

} // namespace infrastate
