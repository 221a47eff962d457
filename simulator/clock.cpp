// SPDX-License-Identifier: Apache-2.0
#include "clock.h"

#include "refusal.h"

#include <Poco/DateTime.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/DateTimeParser.h>
#include <Poco/RegularExpression.h>
#include <Poco/Timestamp.h>

namespace infrastate::simulator {

namespace {

Micros machine_time() {
    return Poco::Timestamp().epochMicroseconds();
}

} // namespace

std::string rfc3339(Micros moment) {
    return Poco::DateTimeFormatter::format(Poco::Timestamp(moment),
                                           Poco::DateTimeFormat::ISO8601_FORMAT);
}

std::string http_date(Micros moment) {
    return Poco::DateTimeFormatter::format(Poco::Timestamp(moment),
                                           Poco::DateTimeFormat::HTTP_FORMAT);
}

Micros parse_rfc3339(const std::string& text) {
    // Poco's parser takes nearly any text: it reads "yesterday" as the first day of the year 0.
    static const Poco::RegularExpression form(
        R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$)");
    Poco::DateTime moment;
    int zone = 0;
    if (!form.match(text) || !Poco::DateTimeParser::tryParse(
                                 Poco::DateTimeFormat::ISO8601_FRAC_FORMAT, text, moment, zone))
        throw Refusal("a moment such as 2031-02-03T04:05:06Z is expected, not " + text);
    moment.makeUTC(zone);
    return moment.timestamp().epochMicroseconds();
}

Micros Clock::peek_locked() const {
    return frozen_ ? moment_ : machine_time() + offset_;
}

Micros Clock::now() {
    const std::lock_guard lock(mutex_);
    const Micros moment = peek_locked();
    if (frozen_) moment_ += step_;
    return moment;
}

Micros Clock::peek() const {
    const std::lock_guard lock(mutex_);
    return peek_locked();
}

void Clock::set(Micros moment) {
    const std::lock_guard lock(mutex_);
    if (frozen_)
        moment_ = moment;
    else
        offset_ = moment - machine_time();
}

void Clock::advance(Micros span) {
    const std::lock_guard lock(mutex_);
    (frozen_ ? moment_ : offset_) += span;
}

void Clock::freeze(bool frozen) {
    const std::lock_guard lock(mutex_);
    if (frozen == frozen_) return;
    const Micros moment = peek_locked();
    frozen_ = frozen;
    if (frozen)
        moment_ = moment;
    else
        offset_ = moment - machine_time();
}

void Clock::step(Micros step) {
    const std::lock_guard lock(mutex_);
    step_ = step;
}

bool Clock::frozen() const {
    const std::lock_guard lock(mutex_);
    return frozen_;
}

Micros Clock::step() const {
    const std::lock_guard lock(mutex_);
    return step_;
}

void Clock::reset() {
    const std::lock_guard lock(mutex_);
    offset_ = moment_ = step_ = 0;
    frozen_ = false;
}

} // namespace infrastate::simulator
