// SPDX-License-Identifier: Apache-2.0
#include "clock.h"

#include <array>
#include <chrono>
#include <ctime>

namespace infrastate::simulator {

namespace {

Micros machine_time() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

std::int64_t whole_seconds(Micros moment) {
    return moment / micros_per_second - (moment % micros_per_second < 0 ? 1 : 0);
}

} // namespace

std::string rfc3339(Micros moment) {
    return Timestamp::from_unix(whole_seconds(moment)).text();
}

std::string http_date(Micros moment) {
    // strftime would follow the locale; HTTP wants English.
    static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = whole_seconds(moment);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    const auto padded = [](int number, std::size_t width) {
        std::string text = std::to_string(number);
        return std::string(width > text.size() ? width - text.size() : 0, '0') + text;
    };
    return std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + ", " +
           padded(parts.tm_mday, 2) + " " + months[static_cast<std::size_t>(parts.tm_mon)] + " " +
           padded(parts.tm_year + 1900, 4) + " " + padded(parts.tm_hour, 2) + ":" +
           padded(parts.tm_min, 2) + ":" + padded(parts.tm_sec, 2) + " GMT";
}

Micros to_micros(Timestamp moment) {
    return moment.unix_seconds() * micros_per_second + moment.nanosecond() / 1000;
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
