// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/error.h"

#include <system_error>

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

Error error_of(const std::exception& problem, std::string_view what) {
    if (dynamic_cast<const std::system_error*>(&problem) != nullptr) {
        Error out{Code::no_memory, "the system lacks what " + std::string(what) +
                                       " needs, which ended it (" + problem.what() +
                                       "); raise its limits, or try again when it has more"};
        out.detail = "no_resources";
        out.retryable = true;
        return out;
    }
    return Error{Code::internal,
                 "a defect in this software ended " + std::string(what) + ": " + problem.what()};
}

} // namespace infrastate
