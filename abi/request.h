// SPDX-License-Identifier: Apache-2.0
// A request out of its JSON: strict, every fault named by its field. A fault inside one request of
// a batch is that request's own.
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
    std::optional<Error> error{}; ///< set: the request is not to be run
};

struct Parsed {
    std::vector<Item> items; ///< exactly one unless `batch`
    bool batch = false;
    std::optional<std::chrono::milliseconds> timeout{};
};

enum class Asks { desired, query }; ///< the member that holds the parameters

/// Errors: argument with `field`, where the request as a whole cannot be understood. All are
/// masked; the masker knows the client's secrets, and gets those of the request, also if something
/// is wrong.
Result<Parsed> parse_request(std::string_view text, Asks asks, std::size_t max_bytes,
                             Masker& masker);

/// Whether a request asks for a batch, also where it cannot be understood: an object with the
/// member `requests`. Takes no memory.
bool asks_for_batch(std::string_view text) noexcept;

} // namespace infrastate::abi
