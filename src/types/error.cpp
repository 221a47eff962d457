// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/error.h"

namespace infrastate {

std::string_view code_name(Code code) noexcept {
    switch (code) {
    case Code::ok:
        return "OK";
    case Code::argument:
        return "ARGUMENT";
    case Code::auth:
        return "AUTH";
    case Code::permission:
        return "PERMISSION";
    case Code::not_found:
        return "NOT_FOUND";
    case Code::conflict:
        return "CONFLICT";
    case Code::transport:
        return "TRANSPORT";
    case Code::deadline:
        return "DEADLINE";
    case Code::cancelled:
        return "CANCELLED";
    case Code::server:
        return "SERVER";
    case Code::refused:
        return "REFUSED";
    case Code::file:
        return "FILE";
    case Code::partial:
        return "PARTIAL";
    case Code::busy:
        return "BUSY";
    case Code::forked:
        return "FORKED";
    case Code::internal:
        return "INTERNAL";
    case Code::no_memory:
        return "NO_MEMORY";
    case Code::unsupported:
        return "UNSUPPORTED";
    }
    return "INTERNAL";
}

} // namespace infrastate
