// SPDX-License-Identifier: Apache-2.0
// Takes secrets out of free text, for both doors: what a server said, what a caller typed into the
// wrong parameter. One pass over the text for all secrets at once (Aho and Corasick), so that the
// time is linear in the text, and what was put in is not looked at again. Which members of a result
// are free text says schema/mask.h.
#pragma once

#include "infrastate/types/secret.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace infrastate {

/// Not for two threads at once: it gets ready for a text when the first one comes.
class Masker {
public:
    static constexpr std::string_view mark = "********";

    Masker();
    /// Knows all that `base` knows, without a copy of it. Any number of maskers in any threads may
    /// stand on one, to which nothing is added any more.
    explicit Masker(std::shared_ptr<const Masker> base);
    ~Masker();
    Masker(const Masker&) = delete;
    Masker& operator=(const Masker&) = delete;

    /// An empty text is none. One character is known as a whole value only, two or three are found
    /// where they stand as a word: what is shorter cannot be told from the sentence around it.
    void add(std::string_view secret);
    /// The password of "http://user:password@host", as it is written and as it is meant, and both
    /// as a proxy is sent them, in base64.
    void add_password_of(std::string_view url);
    bool stands_on(const Masker& base) const noexcept { return base_.get() == &base; }
    /// Does now what the first text would have to wait for.
    void make_ready() const;

    /// Whether the text as a whole is a secret.
    bool is_secret(std::string_view text) const;
    /// Each stretch of the text that secrets cover becomes one mark: as they were given, with the
    /// escapes of JSON, URLs and HTML, and a beginning that the "..." of a shortened text cuts off.
    /// A text that is a secret as a whole becomes `whole`.
    std::string mask(std::string_view text, std::string_view whole = mark) const;
    /// Whether mask() would change the text.
    bool finds_in(std::string_view text) const;
    /// For names, which are data: only what has the form of an access key goes.
    std::string mask_keys(std::string_view name, std::string_view whole = mark) const;

    /// How far the search has gone since it was made, for tests: transitions tried.
    std::uint64_t steps() const noexcept { return steps_; }

private:
    class Automaton;
    struct Span {
        std::size_t begin, end;
    };
    using Spans = std::vector<Span>;

    void put(std::string_view pattern);
    void add_basic(std::string_view credentials);
    Spans search(std::string_view text, bool keys_only) const;
    std::string replaced(std::string_view text, const Spans& found) const;

    std::shared_ptr<const Masker> base_{};
    std::vector<Secret> patterns_;
    std::unordered_set<std::string_view> known_; ///< borrowed from patterns_ and single_
    std::vector<Secret> single_;                 ///< of one character
    std::uint64_t lengths_ = 0;                  ///< a bit for each length that is known, modulo 64
    /// Of the patterns in their order, each at least twice as large as the next: what comes later
    /// is added without building all of it again.
    mutable std::vector<std::unique_ptr<Automaton>> automata_;
    mutable std::uint64_t steps_ = 0;
};

} // namespace infrastate
