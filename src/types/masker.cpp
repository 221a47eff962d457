// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/masker.h"

#include "unescaped.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <array>
#include <limits>

namespace infrastate {
namespace {

/// Shorter secrets are found only as whole words.
constexpr std::size_t fewest_anywhere = 4;
/// A line of a secret with several lines, such as a PEM key, is itself a secret from this length
/// on.
constexpr std::size_t fewest_in_line = 16;
/// How many levels of escapes to undo: a server may have quoted a text that was quoted before.
constexpr int levels_of_escapes = 3;

std::size_t characters(std::string_view text) noexcept {
    std::size_t out = 0;
    for (; !text.empty(); ++out)
        text.remove_prefix(std::max<std::size_t>(decode_utf8(text).length, 1));
    return out;
}

bool in_word(char c) noexcept {
    return is_digit(c) || is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_word(std::string_view text, std::size_t begin, std::size_t end) noexcept {
    return (begin == 0 || !in_word(text[begin - 1])) && (end == text.size() || !in_word(text[end]));
}

std::uint64_t length_bit(std::string_view text) noexcept {
    return std::uint64_t{1} << (text.size() % 64);
}

/// In the order of the searches.
constexpr std::array<std::string_view, 3> kinds_of_escapes{url_escapes, json_escapes, html_escapes};
/// The bit of a byte that may begin what shortens a text, "..." or the one character.
constexpr unsigned may_cut = 1U << kinds_of_escapes.size();
/// A bit for each kind of escape, and may_cut.
constexpr auto sign_table = [] {
    std::array<std::uint8_t, 256> out{};
    for (std::size_t kind = 0; kind < kinds_of_escapes.size(); ++kind)
        for (char sign : kinds_of_escapes[kind])
            out[static_cast<unsigned char>(sign)] = static_cast<std::uint8_t>(1U << kind);
    out['.'] = out[0xE2] = may_cut;
    return out;
}();

/// The bits of all signs in a text.
unsigned signs_in(std::string_view text) noexcept {
    unsigned out = 0;
    for (char c : text)
        out |= sign_table[static_cast<unsigned char>(c)];
    return out;
}

constexpr std::array<std::string_view, 2> cuts{"...", "\xE2\x80\xA6"};

bool is_cut(std::string_view text) noexcept {
    return std::any_of(cuts.begin(), cuts.end(), [&](std::string_view cut) {
        return text.find(cut) != std::string_view::npos;
    });
}

bool cut_follows(std::string_view text, std::size_t at) noexcept {
    text.remove_prefix(at);
    return std::any_of(cuts.begin(), cuts.end(),
                       [&](std::string_view cut) { return text.starts_with(cut); });
}

} // namespace

/// An Aho-Corasick automaton for a range of patterns. Each state is the beginning of a pattern: the
/// longest one that stands at the end of the text read so far.
class Masker::Automaton {
public:
    Automaton(const std::vector<Secret>& patterns, std::size_t first, std::size_t last)
        : first_(first), last_(last) {
        std::size_t bytes = 0;
        for (std::size_t i = first; i < last; ++i)
            bytes += patterns[i].size();
        nodes_.reserve(bytes + 1); // reserved, so no copy of a secret is left behind
        nodes_.emplace_back();
        for (std::size_t i = first; i < last; ++i)
            insert(patterns[i].reveal());
        link();
    }
    ~Automaton() { wipe(nodes_.data(), nodes_.size() * sizeof(Node)); }
    Automaton(const Automaton&) = delete;
    Automaton& operator=(const Automaton&) = delete;

    std::size_t first() const noexcept { return first_; }
    std::size_t last() const noexcept { return last_; }
    std::size_t size() const noexcept { return nodes_.size(); }

    /// The stretches of the text that secrets cover, in order and apart from each other.
    Spans search(std::string_view text, bool keys_only, std::uint64_t& steps) const {
        Spans out;
        std::uint32_t state = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (state == 0) { // nearly always the case
                const std::size_t begin = i;
                while (i < text.size() && root_of(text[i]) == 0)
                    ++i;
                steps += i - begin + 1;
                if (i == text.size()) break;
                state = root_of(text[i]);
            } else {
                state = next(state, static_cast<unsigned char>(text[i]), steps);
                if (state == 0) continue;
            }
            const Node& node = nodes_[state];
            std::size_t length = keys_only ? node.key : node.longest;
            if (!keys_only) {
                for (unsigned words = node.words, size = 0; words != 0; words >>= 1U, ++size)
                    if ((words & 1U) != 0 && is_word(text, i + 1 - size, i + 1))
                        length = std::max<std::size_t>(length, size);
                if (node.depth >= fewest_anywhere && cut_follows(text, i + 1))
                    length = std::max<std::size_t>(length, node.depth);
            }
            if (length == 0) continue;
            std::size_t begin = i + 1 - length;
            while (!out.empty() && out.back().end >= begin) {
                begin = std::min(begin, out.back().begin);
                out.pop_back();
            }
            out.push_back({begin, i + 1});
        }
        return out;
    }

private:
    struct Node {
        std::uint32_t child = 0, sibling = 0, fail = 0, depth = 0;
        std::uint32_t longest = 0; ///< length of the longest pattern that ends here; 0: none
        std::uint16_t words = 0;   ///< a bit for the length of each short pattern that ends here
        std::uint8_t key = 0;      ///< length of an access key that ends here; 0: none
        std::uint8_t byte = 0;
    };

    std::uint32_t root_of(char c) const noexcept { return roots_[static_cast<unsigned char>(c)]; }

    std::uint32_t child(std::uint32_t node, unsigned char byte, std::uint64_t& steps) const {
        ++steps;
        if (node == 0) return roots_[byte];
        std::uint32_t at = nodes_[node].child;
        for (; at != 0 && nodes_[at].byte != byte; at = nodes_[at].sibling)
            ++steps;
        return at;
    }

    std::uint32_t next(std::uint32_t state, unsigned char byte, std::uint64_t& steps) const {
        while (true) {
            if (const auto to = child(state, byte, steps); to != 0) return to;
            if (state == 0) return 0;
            state = nodes_[state].fail;
        }
    }

    void insert(std::string_view pattern) {
        std::uint32_t at = 0;
        std::uint64_t ignored = 0;
        for (char c : pattern) {
            const auto byte = static_cast<unsigned char>(c);
            auto to = child(at, byte, ignored);
            if (to == 0) {
                to = static_cast<std::uint32_t>(nodes_.size());
                Node& made = nodes_.emplace_back();
                made.byte = byte;
                made.depth = nodes_[at].depth + 1;
                if (at == 0) {
                    roots_[byte] = to;
                } else {
                    made.sibling = nodes_[at].child;
                    nodes_[at].child = to;
                }
            }
            at = to;
        }
        Node& end = nodes_[at];
        if (characters(pattern) < fewest_anywhere)
            end.words = static_cast<std::uint16_t>(end.words | (1U << pattern.size()));
        else
            end.longest = end.depth;
        if (looks_like_access_key(pattern)) end.key = static_cast<std::uint8_t>(pattern.size());
    }

    /// Links the states by increasing depth, because each state's link leads to a shorter one.
    void link() {
        std::vector<std::uint32_t> order;
        order.reserve(nodes_.size());
        for (std::uint32_t root : roots_)
            if (root != 0) order.push_back(root);
        std::uint64_t ignored = 0;
        for (std::size_t i = 0; i < order.size(); ++i) {
            Node& node = nodes_[order[i]];
            const Node& back = nodes_[node.fail];
            if (node.longest == 0) node.longest = back.longest;
            if (node.key == 0) node.key = back.key;
            node.words = static_cast<std::uint16_t>(node.words | back.words);
            for (auto at = node.child; at != 0; at = nodes_[at].sibling) {
                nodes_[at].fail = next(node.fail, nodes_[at].byte, ignored);
                order.push_back(at);
            }
        }
    }

    std::size_t first_, last_;
    std::array<std::uint32_t, 256> roots_{};
    std::vector<Node> nodes_;
};

Masker::Masker() = default;
Masker::Masker(std::shared_ptr<const Masker> base) : base_(std::move(base)) {
    if (base_ == nullptr) return;
    base_->make_ready();
    shortest_ = base_->shortest_;
}
Masker::~Masker() = default;

void Masker::add(std::string_view secret) {
    if (secret.empty()) return;
    put(secret);
    put(trimmed(secret));
    // The secret may also stand in a message, made printable, or in a URL in which only some
    // characters were escaped.
    std::string shown = printable(secret, std::numeric_limits<std::size_t>::max());
    put(shown);
    wipe(shown);
    if (secret.find('+') != std::string_view::npos) {
        std::string spaced(secret);
        std::replace(spaced.begin(), spaced.end(), '+', ' ');
        put(spaced);
        wipe(spaced);
    }
    while (secret.find('\n') != std::string_view::npos) {
        const std::string_view line = trimmed(secret.substr(0, secret.find('\n')));
        if (line.size() >= fewest_in_line && !line.starts_with("-----")) put(line);
        secret.remove_prefix(secret.find('\n') + 1);
    }
}

namespace {

/// Replaces each "%XX" by its byte. The caller must wipe the result.
std::string percent_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto byte = percent_decoded_byte(text);
        out += byte.value_or(text.front());
        text.remove_prefix(byte ? 3 : 1);
    }
    return out;
}

} // namespace

/// Adds the credentials in the form of the header of RFC 7617.
void Masker::add_basic(std::string_view credentials) {
    const auto colon = credentials.find(':');
    if (colon == std::string_view::npos || colon + 1 == credentials.size()) return;
    std::string plain = percent_decoded(credentials);
    std::string sent = base64_text(plain);
    add(sent);
    add(std::string_view(sent).substr(0, sent.find('=')));
    wipe(sent);
    wipe(plain);
}

void Masker::add_password_of(std::string_view url) {
    const auto add_both = [this](std::string_view password) {
        add(password);
        std::string meant = percent_decoded(password);
        add(meant);
        wipe(meant);
    };
    add_both(split_url(url).password);
    const UrlParts as_sent = split_url(url, "/"); // the way transport/proxy.cpp reads it
    if (as_sent.userinfo) add_basic(*as_sent.userinfo);
    // If a '/', '?' or '#' was not escaped, the password ends at the last '@'.
    add_both(split_url(url, "").password);
}

void Masker::put(std::string_view pattern) {
    if (pattern.empty() || is_secret(pattern)) return;
    auto& list = characters(pattern) == 1 ? single_ : patterns_;
    list.emplace_back(pattern);
    try {
        known_.insert(list.back().reveal());
    } catch (...) {
        list.pop_back();
        throw;
    }
    lengths_ |= length_bit(pattern);
    if (&list == &patterns_) shortest_ = std::min(shortest_, pattern.size());
}

bool Masker::is_secret(std::string_view text) const {
    const bool may_be = (lengths_ & length_bit(text)) != 0; // most texts need no look-up
    return (may_be && known_.contains(text)) || (base_ != nullptr && base_->is_secret(text));
}

void Masker::make_ready() const {
    const std::size_t built = automata_.empty() ? 0 : automata_.back()->last();
    if (built == patterns_.size()) return;
    automata_.reserve(automata_.size() + 1);
    std::size_t first = built, size = 0;
    for (std::size_t i = first; i < patterns_.size(); ++i)
        size += patterns_[i].size();
    std::size_t kept = automata_.size();
    while (kept > 0 && automata_[kept - 1]->size() < 2 * size) {
        --kept;
        first = automata_[kept]->first();
        size += automata_[kept]->size();
    }
    auto made = std::make_unique<Automaton>(patterns_, first, patterns_.size());
    automata_.resize(kept);
    automata_.push_back(std::move(made));
}

namespace {

/// Merges two ordered lists. Stretches that overlap or touch become one.
template <class Spans>
Spans united(const Spans& a, const Spans& b) {
    Spans all(a.size() + b.size());
    std::merge(a.begin(), a.end(), b.begin(), b.end(), all.begin(),
               [](const auto& x, const auto& y) { return x.begin < y.begin; });
    Spans out;
    for (const auto& span : all) {
        if (!out.empty() && span.begin <= out.back().end)
            out.back().end = std::max(out.back().end, span.end);
        else
            out.push_back(span);
    }
    return out;
}

} // namespace

Masker::Spans Masker::search(std::string_view text, bool keys_only) const {
    const unsigned present = signs_in(text);
    const unsigned escapes = present & ~may_cut;
    // Most texts are too short for any secret, and hold no beginning of one.
    if (text.size() < shortest_ && escapes == 0 && (present == 0 || !is_cut(text))) return {};
    make_ready();
    Spans found;
    const auto search_in = [&](std::string_view view, const auto& origin) {
        for (const Masker* each = this; each != nullptr; each = each->base_.get())
            for (const auto& automaton : each->automata_) {
                Spans more = automaton->search(view, keys_only, steps_);
                for (Span& span : more)
                    span = {origin(span.begin), origin(span.end)};
                found = found.empty() ? std::move(more) : united(found, more);
            }
    };
    search_in(text, [](std::size_t at) { return at; });
    if (escapes == 0) return found;
    const auto search_unescaped = [&](std::string_view signs) {
        Unescaped view = unescaped(text, signs);
        for (int level = 1; !view.origin.empty(); ++level) {
            search_in(view.text, [&](std::size_t at) { return view.origin[at]; });
            if (level == levels_of_escapes) break;
            Unescaped deeper = unescaped(view.text, signs);
            for (std::size_t& at : deeper.origin)
                at = view.origin[at];
            wipe(view.text);
            view = std::move(deeper);
        }
    };
    // Undoes each kind of escape by itself, because a secret may contain what is an escape of
    // another kind. Then undoes all kinds together, for a URL inside JSON.
    for (std::size_t kind = 0; kind < kinds_of_escapes.size(); ++kind)
        if ((escapes & (1U << kind)) != 0) search_unescaped(kinds_of_escapes[kind]);
    if ((escapes & (escapes - 1)) != 0) search_unescaped(every_escape);
    return found;
}

std::string Masker::replaced(std::string_view text, const Spans& found) const {
    std::string out;
    out.reserve(text.size() + found.size() * mark.size());
    std::size_t done = 0;
    for (const Span& span : found) {
        out.append(text.substr(done, span.begin - done)).append(mark);
        done = span.end;
    }
    return out.append(text.substr(done));
}

std::string Masker::mask(std::string_view text, std::string_view whole) const {
    if (is_secret(text)) return std::string(whole);
    return replaced(text, search(text, false));
}

bool Masker::finds_in(std::string_view text) const {
    return is_secret(text) || !search(text, false).empty();
}

std::string Masker::mask_keys(std::string_view name, std::string_view whole) const {
    if (is_secret(name) && looks_like_access_key(name)) return std::string(whole);
    return replaced(name, search(name, true));
}

} // namespace infrastate
