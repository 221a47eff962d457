// SPDX-License-Identifier: Apache-2.0
// What is behind the opaque handles of infrastate.h. Each begins with a tag that tells its kind, so
// that a handle of the wrong kind is noticed before it is used.
#pragma once

#include "call_lock.h"
#include "infrastate.h"

#include "infrastate/engine/engine.h"
#include "infrastate/types/value.h"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace infrastate::abi {

enum class Kind : std::uint32_t {
    client = 0x494E4331,
    cancel = 0x494E4B31,
    result = 0x494E5231,
    freed = 0x494E4630,
};

struct Tagged {
    explicit Tagged(Kind is) noexcept : kind(is) {}
    Kind kind;
};

/// False for NULL and for a handle of another kind.
inline bool is_kind(const void* handle, Kind wanted) noexcept {
    if (handle == nullptr) return false;
    Kind found{};
    std::memcpy(&found, handle, sizeof found);
    return found == wanted;
}

} // namespace infrastate::abi

struct infrastate_client : infrastate::abi::Tagged {
    /// Throws if the lock gets no descriptor.
    infrastate_client() : Tagged(infrastate::abi::Kind::client) {}

    pid_t owner = 0; ///< the process that opened it
    infrastate::abi::CallLock lock{};
    std::optional<infrastate::engine::Session> session{};
    std::size_t max_request_bytes = 0;
    infrastate_log_fn log = nullptr;
    std::optional<infrastate::engine::LogLevel> log_level{}; ///< empty: no line is wanted
    void* user = nullptr;
};

struct infrastate_cancel : infrastate::abi::Tagged {
    infrastate_cancel() : Tagged(infrastate::abi::Kind::cancel) {}

    pid_t owner = 0;
    infrastate::transport::CancelToken token{};
};

namespace infrastate::abi {

/// The text of a result for which there was no memory. All texts are static and end with a NUL.
struct FixedResult {
    std::string_view json{};    ///< empty: the result has a text of its own
    const char* code = nullptr; ///< nullptr: there was memory
    const char* outcome = nullptr;
    const char* message = nullptr; ///< of its error; nullptr: there is none
    bool changed = false;
    bool retryable = false;
};

} // namespace infrastate::abi

struct infrastate_result : infrastate::abi::Tagged {
    infrastate_result() noexcept : Tagged(infrastate::abi::Kind::result) {}

    std::int32_t code = INFRASTATE_OK;
    std::string text{};                   ///< the JSON
    infrastate::Value value{};            ///< its members, except `results` of a batch
    infrastate::abi::FixedResult fixed{}; ///< used instead if there was no memory
};
