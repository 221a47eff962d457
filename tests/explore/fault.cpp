// SPDX-License-Identifier: Apache-2.0
#include "fault.h"

#include <array>

namespace infrastate::explore {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(Where::count_)> places{
    "port call", "file call", "write",   "rename", "unlink", "sync",      "request",
    "list",      "user",      "version", "POST",   "DELETE", "secret try"};
constexpr std::array<const char*, static_cast<std::size_t>(What::count_)> kinds{
    "crash_before", "crash_after", "crash_within",  "power_before", "power_after", "power_within",
    "no_space",     "io_error",    "lost",          "acted",        "late",        "failed",
    "failed_acted", "too_many",    "no_connection", "blip",         "dateless",    "slow"};

} // namespace

std::string name(Where value) {
    return places.at(static_cast<std::size_t>(value));
}

std::string name(What value) {
    return kinds.at(static_cast<std::size_t>(value));
}

std::string text(const Fault& fault) {
    std::string out = name(fault.what) + " at " + (fault.nth == every ? "every " : "") +
                      name(fault.where) +
                      (fault.nth == every ? "" : " " + std::to_string(fault.nth));
    if (fault.times > 1) out += " and " + std::to_string(fault.times - 1) + " after it";
    if (fault.what == What::late) out += " (by " + std::to_string(fault.amount) + " s)";
    if (fault.retry_after > 0) out += " (Retry-After: " + std::to_string(fault.retry_after) + ")";
    if (fault.what == What::slow) out += " (" + std::to_string(fault.amount) + " ms)";
    return out;
}

} // namespace infrastate::explore
