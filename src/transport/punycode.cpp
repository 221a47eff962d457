// SPDX-License-Identifier: Apache-2.0
#include "punycode.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace infrastate::transport {
namespace {

// RFC 3492, section 5.
constexpr std::uint32_t base = 36, tmin = 1, tmax = 26, skew = 38, damp = 700;
constexpr std::uint32_t initial_bias = 72, initial_n = 0x80;
constexpr std::size_t max_label = 63;

struct Range {
    char32_t first, last;
};
/// Letters that IDNA leaves unchanged: lower case, precomposed, of scripts written left to right.
constexpr std::array letters{
    Range{0x00df, 0x00f6}, Range{0x00f8, 0x00ff}, // Latin
    Range{0x03ac, 0x03ce},                        // Greek
    Range{0x0430, 0x045f},                        // Cyrillic
    Range{0x3041, 0x3096}, Range{0x30a1, 0x30fa}, // Hiragana, Katakana
    Range{0x4e00, 0x9fff},                        // Han
    Range{0xac00, 0xd7a3},                        // Hangul
};

bool stands_for_itself(char32_t c) {
    if (c < initial_n) return is_letter_or_digit(static_cast<char>(c)) || c == '-' || c == '_';
    return std::any_of(letters.begin(), letters.end(),
                       [c](Range range) { return c >= range.first && c <= range.last; });
}

std::uint32_t adapt(std::uint32_t delta, std::uint32_t count, bool first) {
    delta = first ? delta / damp : delta / 2;
    delta += delta / count;
    std::uint32_t k = 0;
    for (; delta > (base - tmin) * tmax / 2; k += base)
        delta /= base - tmin;
    return k + (base - tmin + 1) * delta / (delta + skew);
}

char digit(std::uint32_t value) {
    return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

void append_number(std::string& out, std::uint32_t number, std::uint32_t bias) {
    for (std::uint32_t k = base;; k += base) {
        const std::uint32_t t = k <= bias ? tmin : std::min(k - bias, tmax);
        if (number < t) break;
        out += digit(t + (number - t) % (base - t));
        number = (number - t) / (base - t);
    }
    out += digit(number);
}

/// RFC 3492, section 6.3. A label has 63 characters at most, so no number here can overflow.
std::string encode(const std::vector<char32_t>& label) {
    std::string out = "xn--";
    const std::size_t prefix = out.size();
    for (const char32_t c : label)
        if (c < initial_n) out += static_cast<char>(c);
    const auto basic = static_cast<std::uint32_t>(out.size() - prefix);
    if (basic > 0) out += '-';
    char32_t n = initial_n;
    std::uint32_t delta = 0, bias = initial_bias, handled = basic;
    while (handled < label.size()) {
        char32_t next = std::numeric_limits<char32_t>::max();
        for (const char32_t c : label)
            if (c >= n) next = std::min(next, c);
        delta += (next - n) * (handled + 1);
        n = next;
        for (const char32_t c : label) {
            if (c < n) ++delta;
            if (c != n) continue;
            append_number(out, delta, bias);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            ++handled;
        }
        ++delta;
        ++n;
    }
    return out;
}

std::optional<std::string> ascii_label(std::string_view text) {
    std::vector<char32_t> label;
    bool ascii = true;
    while (!text.empty()) {
        const CodePoint c = decode_utf8(text);
        if (c.length == 0) return std::nullopt;
        const char32_t one = c.value < initial_n
                                 ? static_cast<char32_t>(to_lower(static_cast<char>(c.value)))
                                 : c.value;
        if (!stands_for_itself(one)) return std::nullopt;
        ascii = ascii && one < initial_n;
        label.push_back(one);
        text.remove_prefix(c.length);
    }
    if (label.empty() || label.size() > max_label) return std::nullopt;
    std::string out = ascii ? std::string(label.begin(), label.end()) : encode(label);
    if (out.size() > max_label) return std::nullopt;
    return out;
}

} // namespace

std::optional<std::string> ascii_form(std::string_view host) {
    std::string out;
    for (;;) {
        const std::size_t dot = host.find('.');
        auto label = ascii_label(host.substr(0, dot));
        if (!label) return std::nullopt;
        out += *label;
        if (dot == std::string_view::npos) return out;
        out += '.';
        host.remove_prefix(dot + 1);
    }
}

} // namespace infrastate::transport
