// SPDX-License-Identifier: Apache-2.0
// Reads a request from its JSON. It is strict, and each error names its field. An error inside one
// request of a batch belongs to that request only.
#pragma once

#include "infrastate/engine/engine.h"
#include "infrastate/types/masker.h"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace infrastate::abi {

struct Item {
    engine::BatchRequest request{};
    std::optional<Error> error{}; ///< set: the request must not be run
};

struct Parsed {
    std::vector<Item> items; ///< exactly one unless `batch`
    bool batch = false;
    std::optional<std::chrono::milliseconds> timeout{};
};

enum class Asks { desired, query }; ///< the member that holds the parameters

/// Errors: argument with `field`, if the request as a whole cannot be understood. All errors are
/// masked. The masker knows the client's secrets, and gets those of the request, also after an
/// error.
Result<Parsed> parse_request(std::string_view text, Asks asks, std::size_t max_bytes,
                             Masker& masker);

/// Whether the text asks for a batch: it is an object with the member `requests`. Works also for a
/// text that cannot be parsed. Takes no memory.
bool asks_for_batch(std::string_view text) noexcept;

} // namespace infrastate::abi
