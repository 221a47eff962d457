// SPDX-License-Identifier: Apache-2.0
// Replaces secrets in free text by a mark, for both doors. Free text may be a server's message, or
// what a caller typed into the wrong parameter. One pass over the text finds all secrets at once
// (Aho and Corasick): the time is linear in the text, and inserted marks are not searched again.
// schema/mask.h says which members of a result are free text.
#pragma once

#include "infrastate/types/secret.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace infrastate {

/// Not thread-safe, const functions included: the first search builds the automata.
class Masker {
public:
    static constexpr std::string_view mark = "********";

    Masker();
    /// Knows everything that `base` knows, without copying it. Many maskers in many threads may
    /// share one base, as long as nothing is added to the base any more.
    explicit Masker(std::shared_ptr<const Masker> base);
    ~Masker();
    Masker(const Masker&) = delete;
    Masker& operator=(const Masker&) = delete;

    /// Adds a secret; an empty text is ignored. A secret of one character is found only as a whole
    /// value, and one of two or three characters only as a whole word. Elsewhere such short texts
    /// cannot be told from the sentence around them.
    void add(std::string_view secret);
    /// Adds the password of "http://user:password@host": as it is written, decoded, and both in
    /// base64 as a proxy receives them.
    void add_password_of(std::string_view url);
    bool stands_on(const Masker& base) const noexcept { return base_.get() == &base; }
    /// Builds the automata now instead of at the first search.
    void make_ready() const;

    /// Whether the text as a whole is a secret.
    bool is_secret(std::string_view text) const;
    /// Replaces each stretch of text that secrets cover by one mark. Finds secrets as they were
    /// given, with the escapes of JSON, URLs and HTML, and their beginning where "..." ends a
    /// shortened text. A text that as a whole is a secret becomes `whole`.
    std::string mask(std::string_view text, std::string_view whole = mark) const;
    /// Whether mask() would change the text.
    bool finds_in(std::string_view text) const;
    /// For names, which are data: replaces only what has the form of an access key.
    std::string mask_keys(std::string_view name, std::string_view whole = mark) const;

    /// For tests: how many transitions all searches of this object have tried.
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
    std::vector<Secret> single_;                 ///< secrets of one character
    std::uint64_t lengths_ = 0;                  ///< a bit for each known length, modulo 64
    /// The length of the shortest pattern, the base's included.
    std::size_t shortest_ = std::numeric_limits<std::size_t>::max();
    /// They cover the patterns in order. Each one is at least twice as large as the next, so a new
    /// pattern does not make all of them be built again.
    mutable std::vector<std::unique_ptr<Automaton>> automata_;
    mutable std::uint64_t steps_ = 0;
};

} // namespace infrastate
