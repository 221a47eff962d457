// SPDX-License-Identifier: Apache-2.0
#include "simulation.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace infrastate::explore {

std::string Simulation::clock() const {
    const Millis span = now_ - start_;
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld.%03lld",
                  static_cast<long long>(span / 3'600'000),
                  static_cast<long long>(span / 60'000 % 60),
                  static_cast<long long>(span / 1000 % 60), static_cast<long long>(span % 1000));
    return text.data();
}

void Simulation::at(Millis when, std::function<void()> event) {
    due_.emplace(Key{std::max(when, now_), ++serial_}, Entry{std::move(event), nullptr});
}

void Simulation::start(Millis when, std::function<void()> body) {
    fibers_.push_back(std::make_unique<Fiber>(std::move(body)));
    due_.emplace(Key{std::max(when, now_), ++serial_}, Entry{nullptr, fibers_.back().get()});
}

void Simulation::sleep(Millis span) {
    const Millis wake = now_ + std::max<Millis>(span, 0);
    // Nothing else is due before: the stack need not change.
    if (due_.empty() || due_.begin()->first.first > wake) {
        now_ = wake;
        return;
    }
    due_.emplace(Key{wake, ++serial_}, Entry{nullptr, running_});
    Fiber::yield();
}

void Simulation::resume(Fiber* fiber) {
    running_ = fiber;
    fiber->resume();
    running_ = nullptr;
    if (fiber->ended())
        std::erase_if(fibers_, [fiber](const auto& each) { return each.get() == fiber; });
}

void Simulation::step() {
    auto first = due_.extract(due_.begin());
    now_ = first.key().first;
    if (first.mapped().fiber != nullptr)
        resume(first.mapped().fiber);
    else
        first.mapped().event();
}

void Simulation::finish() {
    while (!fibers_.empty())
        step();
}

bool Simulation::quiet_for(Millis span) const {
    return due_.empty() || due_.begin()->first.first > now_ + span;
}

void Simulation::pass(Millis span) {
    const Millis end = now_ + span;
    while (!due_.empty() && due_.begin()->first.first <= end)
        step();
    now_ = end;
}

} // namespace infrastate::explore
