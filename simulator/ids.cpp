// SPDX-License-Identifier: Apache-2.0
#include "ids.h"

#include "refusal.h"

#include <algorithm>

namespace infrastate::simulator {

namespace {

constexpr std::string_view base58_digits =
    "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::size_t max_digits = 11;
/// 2022-01-01T00:00:00Z. The server counts milliseconds from there.
constexpr Micros epoch = 1'640'995'200LL * micros_per_second;
constexpr int bits_below_time = 22;

[[noreturn]] void refuse(const std::string& text) {
    throw Refusal("invalid base58: " + text);
}

} // namespace

std::string id_text(Id id) {
    std::string text;
    for (; id > 0; id /= 58)
        text += base58_digits[static_cast<std::size_t>(id % 58)];
    std::reverse(text.begin(), text.end());
    return text;
}

Id parse_id(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of('1'), text.size()));
    if (text.size() > max_digits) refuse("too long");
    Id id = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t digit = base58_digits.find(text[i]);
        if (digit == std::string_view::npos)
            refuse("byte " + std::to_string(i) + " is out of range");
        if (__builtin_mul_overflow(id, Id{58}, &id) ||
            __builtin_add_overflow(id, static_cast<Id>(digit), &id) || id <= 0)
            refuse("value too large");
    }
    return id;
}

Id IdSource::next(Micros now) {
    const Id from_time = ((now - epoch) / 1000) << bits_below_time;
    last_ = std::max(last_ + 1, now > epoch ? from_time : Id{1});
    return last_;
}

} // namespace infrastate::simulator
