// SPDX-License-Identifier: Apache-2.0
// Errors as values: what went wrong, whose fault it is, and whether anything was changed. Below the
// edges of the module and the ABI every failure is reported this way.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace infrastate {

/// Numbers are part of the C ABI: they are never changed and never reused.
enum class Code : std::int32_t {
    ok = 0,
    argument = 1,   ///< a parameter is wrong; `field` names it
    auth = 2,       ///< the server does not accept the caller's credentials (401)
    permission = 3, ///< the caller may not do this (403)
    not_found = 4,  ///< a named user or key does not exist
    conflict = 5,   ///< another holder of the name (409), or two contradictory views of one key
    transport = 6,  ///< name resolution, connection, TLS, or an answer that is not HTTP
    deadline = 7,   ///< the time limit was reached
    cancelled = 8,  ///< the caller cancelled
    server = 9,     ///< the server failed, or its answer is not one that Infra gives
    refused = 10,   ///< a policy parameter forbids the change that is needed
    file = 11,      ///< secret file, record or lock
    partial = 12,   ///< some requests of a batch failed
    busy = 13,      ///< called from inside its own log callback
    forked = 14,    ///< called in a child process of the one that opened the session
    internal = 15,  ///< a defect in this software
    no_memory = 16,
    unsupported = 17, ///< the server is too old
};

/// The code's name in upper case, as the C header spells it without its prefix. "INTERNAL" for an
/// unknown code.
std::string_view code_name(Code code) noexcept;

/// What the failed call may have changed on the server or on disk.
enum class Effect {
    none,    ///< certainly nothing was changed
    changed, ///< certainly something was changed
    unknown, ///< a request was sent, and no clear answer came back
};
/// "none", "changed" or "unknown". outcome_named() reads any other text as unknown.
std::string_view outcome_name(Effect effect) noexcept;
Effect outcome_named(std::string_view text) noexcept;

struct Error {
    Code code = Code::internal;
    std::string message;    ///< one sentence for a person; never holds a secret
    std::string field{};    ///< the parameter at fault, or empty
    std::string detail{};   ///< a stable lower_case word for programs, e.g. "create_ambiguous"
    int http_status = 0;    ///< 0 if there was no answer
    bool retryable = false; ///< true if the same call may succeed later
    Effect effect = Effect::none;
};

/// Turns an exception that ended `what` ("the run") into an Error. If the system had no descriptor,
/// memory or random number left, the code is NO_MEMORY with detail "no_resources". Any other
/// exception is a defect in this software (INTERNAL).
Error error_of(const std::exception& problem, std::string_view what);

/// Whether the errno value says that the system has run out of something: descriptors, memory,
/// buffers. Such a limit is not the fault of the server, of a file, or of this software.
bool is_lack(int value) noexcept;
/// The error for such a value, after the system was asked "to open a socket" (`asked`): NO_MEMORY,
/// detail "no_resources", retryable, no effect.
Error lack_of(int value, std::string_view asked);

/// The error for a wrong parameter, the most frequent one.
inline Error argument_error(std::string_view field, std::string message) {
    return Error{Code::argument, std::move(message), std::string(field)};
}

/// A value or an Error. Reading the one that is not there throws std::bad_variant_access (a
/// defect).
template <class T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Error& error() & { return std::get<1>(state_); }
    const Error& error() const& { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() = default;
    Result(Error error) : state_(std::move(error)) {}

    bool ok() const noexcept { return std::holds_alternative<std::monostate>(state_); }
    explicit operator bool() const noexcept { return ok(); }
    Error& error() & { return std::get<Error>(state_); }
    const Error& error() const& { return std::get<Error>(state_); }
    Error&& error() && { return std::get<Error>(std::move(state_)); }

private:
    std::variant<std::monostate, Error> state_;
};

} // namespace infrastate
