// SPDX-License-Identifier: Apache-2.0
// What the simulator received and answered, for tests to look at. Secrets are kept as digests
// only. Thread-safe.
#pragma once

#include "clock.h"
#include "json.h"

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace infrastate::simulator {

struct RequestRecord {
    std::int64_t number = 0;
    Micros at = 0;
    std::string method, target;
    std::string bearer_digest; ///< SHA-256 of the token; "" where there was none
    std::string infra_version;
    std::string fault;           ///< the actions that applied; "" for none
    std::optional<int> acted{};  ///< the status of what the server did; none where it did nothing
    std::optional<int> status{}; ///< the status that was sent; none where no answer was
};

class Recorder {
public:
    static constexpr std::size_t kept = 20'000;

    /// Notes a request on its arrival; returns its number.
    std::int64_t begin(RequestRecord record);
    void acted(std::int64_t number, int status);
    void answered(std::int64_t number, int status);
    /// Begins or ends an effect that comes after the connection was given up.
    void late(int change);
    void clear();

    JsonObject requests(std::int64_t after) const;
    JsonObject counters() const;

private:
    RequestRecord* find(std::int64_t number);

    mutable std::mutex mutex_;
    std::deque<RequestRecord> records_;
    std::int64_t last_ = 0;
    std::int64_t received_ = 0, faults_ = 0, late_ = 0;
    std::map<std::string, std::int64_t> by_method_;
    std::map<int, std::int64_t> by_status_, by_effect_;
};

} // namespace infrastate::simulator
