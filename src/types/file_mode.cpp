// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/file_mode.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate {
namespace {

constexpr std::uint32_t others_write = 0002, owner_read = 0400, all_special = 07000;
constexpr std::uint32_t any_execute = 0111;

Error not_a_mode(std::string_view text, std::string_view why) {
    // A text of these characters cannot be a secret in the wrong place.
    const bool plain = text.find_first_not_of("rwxXstugoa+-=,") == std::string_view::npos;
    return Error{Code::argument,
                 (plain && text.size() <= 32 ? in_quotes(text) : refused_text(text)) + " " +
                     std::string(why) + "; a secret file wants a mode like 0600, 0640 or u=rw,g=r"};
}

/// The bits (0..7) of the owner, the group or the others.
std::uint32_t class_of(std::uint32_t mode, char who) {
    return who == 'u' ? (mode >> 6) & 7 : who == 'g' ? (mode >> 3) & 7 : mode & 7;
}

struct Who {
    bool user = false, group = false, others = false;
    bool any() const { return user || group || others; }
    /// The same permissions for each class that is set.
    std::uint32_t spread(std::uint32_t bits) const {
        return (user ? bits << 6 : 0) | (group ? bits << 3 : 0) | (others ? bits : 0);
    }
};

/// Reads "u=rw,g=r" from left to right, as chmod does.
class Symbolic {
public:
    explicit Symbolic(std::string_view text) : rest_(text) {}

    /// Returns false if the text is not a symbolic mode. without_who() then says whether only u, g,
    /// o or a is missing.
    bool apply(std::uint32_t& mode) {
        do
            if (!clause(mode)) return false;
        while (take(','));
        return rest_.empty();
    }
    bool without_who() const { return without_who_; }

private:
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool at(std::string_view any) const {
        return !rest_.empty() && any.find(rest_.front()) != std::string_view::npos;
    }
    char next() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    bool clause(std::uint32_t& mode) {
        Who who;
        while (at("ugoa")) {
            const char c = next();
            who.user |= c == 'u' || c == 'a';
            who.group |= c == 'g' || c == 'a';
            who.others |= c == 'o' || c == 'a';
        }
        if (!at("+-=")) return false;
        if (!who.any()) {
            next();
            without_who_ = at("rwxXst");
            return false;
        }
        while (at("+-=")) {
            const char operation = next();
            const std::uint32_t bits = permissions(who, mode);
            if (operation == '=') mode = (mode & ~who.spread(7)) | bits;
            if (operation == '+') mode |= bits;
            if (operation == '-') mode &= ~bits;
        }
        return true;
    }
    std::uint32_t permissions(const Who& who, std::uint32_t mode) {
        if (at("ugo")) return who.spread(class_of(mode, next()));
        std::uint32_t bits = 0;
        while (at("rwxXst")) {
            const char c = next();
            if (c == 'r') bits |= who.spread(4);
            if (c == 'w') bits |= who.spread(2);
            if (c == 'x' || (c == 'X' && (mode & any_execute) != 0)) bits |= who.spread(1);
            if (c == 's') bits |= (who.user ? 04000u : 0u) | (who.group ? 02000u : 0u);
            if (c == 't') bits |= 01000u;
        }
        return bits;
    }
    std::string_view rest_;
    bool without_who_ = false;
};

/// Whether the mode is usual for a file with a secret: nobody can execute it, whoever can write can
/// read, and no class has a permission that the class before it lacks.
bool is_usual(std::uint32_t mode) {
    const std::uint32_t owner = class_of(mode, 'u'), group = class_of(mode, 'g'),
                        others = class_of(mode, 'o');
    const auto sound = [](std::uint32_t bits) { return bits == 0 || (bits & 4U) != 0; };
    return (mode & (all_special | any_execute)) == 0 && owner >= 4 && sound(group) &&
           sound(others) && (group & ~owner) == 0 && (others & ~group) == 0;
}

} // namespace

std::optional<std::string> mode_without_quotes(std::int64_t number) {
    const auto meant = parse_file_mode(std::to_string(number));
    if (!meant || !is_usual(*meant) || is_usual(static_cast<std::uint32_t>(number)))
        return std::nullopt;
    return file_mode_text(*meant);
}

Result<std::uint32_t> parse_file_mode(std::string_view text) {
    std::uint32_t mode = 0;
    const bool octal =
        !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_octal_digit);
    if (octal) {
        for (const char c : text)
            mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
        if (text.size() < 3 || mode > 07777) return not_a_mode(text, "is not a file's mode");
    } else {
        mode = private_file_mode;
        Symbolic symbolic(text);
        if (!symbolic.apply(mode))
            return not_a_mode(text, symbolic.without_who() ? "does not say for whom (u, g, o or a)"
                                                           : "is not a file's mode");
    }
    if ((mode & all_special) != 0) return not_a_mode(text, "sets a setuid, setgid or sticky bit");
    if ((mode & others_write) != 0) return not_a_mode(text, "lets everybody write the file");
    if ((mode & owner_read) == 0) return not_a_mode(text, "does not let the owner read the file");
    return mode;
}

std::string file_mode_text(std::uint32_t mode) {
    std::string out;
    for (int shift = 9; shift >= 0; shift -= 3)
        out += static_cast<char>('0' + ((mode >> shift) & 7));
    return out;
}

} // namespace infrastate
