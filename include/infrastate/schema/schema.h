// SPDX-License-Identifier: Apache-2.0
// The one description of every parameter and every returned field, as constexpr tables. Adapters
// check input with them, `describe` prints them, and all documentation is generated from them. They
// are neutral: no word of Ansible, Salt or C. The plan decides what the values mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace infrastate::schema {

/// A short list of texts inside a constexpr table. More than `capacity` texts do not compile (a
/// throw in a constant expression).
class Texts {
public:
    static constexpr std::size_t capacity = 8;

    constexpr Texts() = default;
    constexpr Texts(std::initializer_list<std::string_view> texts) {
        if (texts.size() > capacity) throw "too many texts in a schema table";
        for (std::string_view text : texts)
            items_[size_++] = text;
    }
    template <std::size_t N>
    explicit constexpr Texts(const std::array<std::string_view, N>& texts) : size_(N) {
        static_assert(N <= capacity);
        for (std::size_t i = 0; i < N; ++i)
            items_[i] = texts[i];
    }
    constexpr const std::string_view* begin() const noexcept { return items_.data(); }
    constexpr const std::string_view* end() const noexcept { return items_.data() + size_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr std::string_view operator[](std::size_t i) const { return items_[i]; }
    constexpr bool contains(std::string_view wanted) const noexcept {
        for (std::string_view text : *this)
            if (text == wanted) return true;
        return false;
    }

private:
    std::array<std::string_view, capacity> items_{};
    std::size_t size_ = 0;
};

/// The neutral types. Each comment says what the JSON is and what check() accepts.
enum class Type {
    string,          ///< text without control characters; if returned, free text (mask.h)
    boolean,         ///< true or false
    integer,         ///< an integer within Param::minimum..maximum
    number,          ///< only for returned fields
    duration,        ///< text that types/duration.h reads
    span,            ///< a duration, or "0s" for none
    span_or_percent, ///< a span, or a percentage like "20%" within Param::minimum..maximum
    seconds,         ///< a duration, or a bare number of seconds
    rfc3339,         ///< text that types/timestamp.h reads
    path,            ///< path of a file: not empty, no control characters
    mode,            ///< mode of a file: "0640", "u=rw,g=r", or an integer
    secret,          ///< text that is never shown
    token,           ///< a secret for an HTTP header: visible ASCII only
    kept_secret,     ///< an access key that the caller keeps; empty if it is missing
    url,             ///< text without spaces and control characters
    pem,             ///< text in lines
    key_name,        ///< see KeyName in types/names.h
    id,              ///< see ServerId in types/names.h
    choice,          ///< one of Param::choices
    dict,            ///< an object of scalars
    word,            ///< only for returned fields: a word of ours from a list that may grow
    name,            ///< only for returned fields: the name of a key or a user
    list,            ///< only for returned fields: a list of free texts
    words,           ///< only for returned fields: a list of words or identifiers
    objects,         ///< a list of objects with the members Param::fields or Returned::fields
};

/// What happens to a parameter that the caller did not set.
enum class Default {
    none,       ///< it stays unset
    filled,     ///< check() puts default_value into its answer
    understood, ///< it stays unset; its reader uses default_value and knows that nobody set it
    /// it stays unset; default_value is used to create a key and never counts as drift
    on_creation,
};

struct Section;

struct Param {
    std::string_view name;
    Type type = Type::string;
    /// Important sentences first: some places print only [0].
    Texts doc{};
    Default fill = Default::none;
    /// As text: "true", "3", "30s".
    std::string_view default_value{};
    Texts choices{};
    Texts words{}; ///< texts allowed besides those that the type reads, e.g. "now" for a time
    Texts aliases{};
    /// Variables of the environment. The first one that is set decides; an empty value means
    /// "unset".
    Texts environment{};
    std::string_view since = "0.1.0";
    bool required = false;
    /// Bounds of integers and percentages; for duration and seconds in milliseconds. Not used if
    /// equal.
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    /// For objects: the members of each object and the rules between them. Members may be objects
    /// again. No variable of the environment fills them.
    const Section* fields = nullptr;
};

/// Types whose values never appear in a message, a log or a result.
constexpr bool is_secret(Type type) noexcept {
    return type == Type::secret || type == Type::token || type == Type::kept_secret;
}

enum class RuleKind {
    mutually_exclusive, ///< at most one of params
    required_together,  ///< all of params or none
    required_one_of,    ///< at least one of params
    required_by,        ///< params[0] needs all the others
};

struct Rule {
    RuleKind kind;
    Texts params;
};

/// Parameters and the rules between them.
struct Section {
    std::span<const Param> params;
    std::span<const Rule> rules;

    /// The parameter with that name or alias, or nullptr.
    const Param* find(std::string_view name_or_alias) const noexcept;
    /// Whether a parameter, at any depth, is a secret.
    bool holds_secret() const noexcept;
};

/// A member of a result.
struct Returned {
    std::string_view name;
    Type type;
    std::string_view when; ///< in a module's flat result: "always", "on success", ...
    Texts doc;
    std::string_view sample{}; ///< as text; empty for none
    Texts choices{};
    std::span<const Returned> fields{}; ///< the members of a dict or of objects
    bool nullable = false;              ///< may be null; see or_null()
};

/// The same member, but null if its value is not known.
constexpr Returned or_null(Returned member) {
    member.nullable = true;
    return member;
}

/// What can be done with a resource. It decides which members all its results have
/// (schema/result.h).
enum class ResourceKind {
    state,    ///< it has a desired state: plan and apply
    question, ///< it only answers: ask
};

struct Resource {
    std::string_view name;   ///< "access_key": its name in the engine and the C ABI
    std::string_view module; ///< "infra_access_key": its name in tools with modules
    std::string_view title;  ///< "access key": its name for people
    ResourceKind kind = ResourceKind::state;
    std::string_view summary;
    Texts description;
    Texts notes;
    Section input;
    /// The members of `resource` in its results. Empty for a question.
    std::span<const Returned> attributes{};
    /// The result of a module, as its readers see it: some members that all results of the kind
    /// have, the attributes, and the resource's own members.
    std::span<const Returned> returns;
};

/// All resources, "access_key" first.
std::span<const Resource> resources() noexcept;
/// The resources of one kind, in the same order.
std::vector<const Resource*> resources_of(ResourceKind kind);
/// The resource of that name, or nullptr.
const Resource* find_resource(std::string_view name) noexcept;
/// How to reach an Infra server. The same for every resource.
const Section& connection() noexcept;

/// This software's version: "0.1.0".
std::string_view version() noexcept;
/// Stable words: "string", "rfc3339", ...; "mutually_exclusive", ...; "filled", ...
std::string_view type_name(Type type) noexcept;
std::string_view rule_name(RuleKind kind) noexcept;
std::string_view default_name(Default fill) noexcept;

} // namespace infrastate::schema
