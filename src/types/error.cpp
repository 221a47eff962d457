// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/error.h"

#include "infrastate/types/vocabulary.h"

#include <cerrno>
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

namespace {

Error no_resources(std::string message) {
    Error out{Code::no_memory, std::move(message)};
    out.detail = "no_resources";
    out.retryable = true;
    return out;
}

} // namespace

bool is_lack(int value) noexcept {
    return value == EMFILE || value == ENFILE || value == ENOMEM || value == ENOBUFS;
}

Error lack_of(int value, std::string_view asked) {
    std::string_view why = "it has no memory for that (ENOMEM); try again when it has more";
    if (value == EMFILE)
        why = "this process has as many open files as its limit allows (EMFILE); raise the limit "
              "(ulimit -n), or try again when it has fewer";
    if (value == ENFILE)
        why = "this machine has as many open files as it can have (ENFILE); try again when it has "
              "fewer, or raise fs.file-max";
    if (value == ENOBUFS) why = "it has no buffer left (ENOBUFS); try again when it has more";
    return no_resources("the system was asked " + std::string(asked) + ", but " + std::string(why));
}

std::string_view outcome_name(Effect effect) noexcept {
    return vocabulary::outcomes[static_cast<std::size_t>(effect)];
}

Effect outcome_named(std::string_view text) noexcept {
    for (const Effect each : {Effect::none, Effect::changed})
        if (outcome_name(each) == text) return each;
    return Effect::unknown;
}

Error error_of(const std::exception& problem, std::string_view what) {
    if (dynamic_cast<const std::system_error*>(&problem) != nullptr)
        return no_resources(std::string(what) +
                            " ended, because the system had no descriptor, memory or random "
                            "number left for it (" +
                            problem.what() +
                            "); raise the system's limits, or try again when it has more");
    return Error{Code::internal,
                 "a defect in this software ended " + std::string(what) + ": " + problem.what()};
}

} // namespace infrastate
