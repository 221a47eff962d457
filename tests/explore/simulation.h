// SPDX-License-Identifier: Apache-2.0
// One clock, the events at their times, and the runs that wait for it. It knows nothing of keys or
// files.
#pragma once

#include "fiber.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace infrastate::explore {

/// Milliseconds since 1970 by the one true clock, which is the server's.
using Millis = std::int64_t;

/// The events as lines for a person; records nothing unless it is asked to.
class EventLog {
public:
    bool listening = false;
    std::vector<std::string> lines;

    template <class Text>
    void tell(const Text& text) {
        if (listening) lines.push_back(text());
    }
};

class Simulation {
public:
    explicit Simulation(Millis start) : now_(start), start_(start) {}

    Millis now() const noexcept { return now_; }
    std::int64_t seconds() const noexcept { return now_ / 1000; }
    /// "+1:02:03.456" since the beginning.
    std::string clock() const;

    /// `event` happens at `when`, whoever waits meanwhile.
    void at(Millis when, std::function<void()> event);
    /// `body` begins at `when`, as a fiber.
    void start(Millis when, std::function<void()> body);
    /// Inside a fiber: others go on meanwhile.
    void sleep(Millis span);
    /// Outside: runs until every fiber has ended. Later events remain.
    void finish();
    /// Outside: lets the time pass, with its events.
    void pass(Millis span);
    /// True if nothing is due within `span`.
    bool quiet_for(Millis span) const;
    /// Sets the clock back, if nothing has happened since that must not happen twice.
    void rewind(Millis to) noexcept { now_ = to; }

    EventLog events;

private:
    struct Entry {
        std::function<void()> event;
        Fiber* fiber = nullptr;
    };
    using Key = std::pair<Millis, std::uint64_t>;

    void resume(Fiber* fiber);
    void step();

    Millis now_;
    Millis start_;
    std::uint64_t serial_ = 0;
    std::map<Key, Entry> due_;
    std::vector<std::unique_ptr<Fiber>> fibers_;
    Fiber* running_ = nullptr;
};

} // namespace infrastate::explore
