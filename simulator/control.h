// SPDX-License-Identifier: Apache-2.0
// The control API under /_simulator/: clock, faults, received requests, counters, state. It needs a
// token of its own, which the ready line shows.
#pragma once

#include "api.h"
#include "clock.h"
#include "faults.h"
#include "recorder.h"

#include <string>

namespace infrastate::simulator {

inline constexpr std::string_view control_prefix = "/_simulator";

class Control {
public:
    Control(std::string token, Api& api, Clock& clock, Faults& faults, Recorder& recorder)
        : token_(std::move(token)), api_(api), clock_(clock), faults_(faults), recorder_(recorder) {
    }

    Reply handle(const Request& request);

private:
    Reply obey(const Request& request);
    Reply change_clock(const Poco::JSON::Object& order);
    Reply change_faults(const Poco::JSON::Object& order, bool replace);
    Reply change_destination(const Poco::JSON::Object& order);
    Reply clock_reply() const;

    std::string token_;
    Api& api_;
    Clock& clock_;
    Faults& faults_;
    Recorder& recorder_;
};

} // namespace infrastate::simulator
