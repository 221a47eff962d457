// SPDX-License-Identifier: Apache-2.0
// The one description of every parameter and every returned field: constexpr tables that the
// adapters check input with, that `describe` prints, and that all documentation is generated from.
// Neutral: no word of Ansible, Salt or C. What the texts mean to the server is the plan's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace infrastate::schema {

/// A short list of texts that a constexpr table can hold in place. More than `capacity` does not
/// compile (a throw in a constant expression).
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

/// The neutral types. Each says what JSON it is and what check() accepts.
enum class Type {
    string,          ///< any text without control characters; returned: free text, see mask.h
    boolean,         ///< true or false
    integer,         ///< an integer within Param::minimum..maximum
    number,          ///< returned fields only
    duration,        ///< text as types/duration.h reads it
    span,            ///< a duration, or "0s" for none
    span_or_percent, ///< a span, or a percentage like "20%" within Param::minimum..maximum
    seconds,         ///< a duration, or a bare number of seconds
    rfc3339,         ///< text as types/timestamp.h reads it
    path,            ///< a file's path: not empty, no control characters
    mode,            ///< a file's mode: "0640", "u=rw,g=r", or an integer
    secret,          ///< text that is never shown
    token,           ///< a secret that stands in an HTTP header: visible ASCII only
    kept_secret,     ///< an access key that is kept somewhere; empty where it is missing there
    url,             ///< text without spaces and control characters
    pem,             ///< text in lines
    key_name,        ///< as types/names.h: KeyName
    id,              ///< as types/names.h: ServerId
    choice,          ///< one of Param::choices
    dict,            ///< an object of scalars
    word,            ///< returned fields only: a text of ours, out of a list that may grow
    name,            ///< returned fields only: what a key or a user is called
    list,            ///< returned fields only: a list of texts, free ones
    words,           ///< returned fields only: a list of words or identifiers
    objects,         ///< a list of objects: Param::fields or Returned::fields say what is in them
};

/// What a parameter that nobody set becomes.
enum class Default {
    none,        ///< stays unset
    filled,      ///< check() puts default_value into its answer
    understood,  ///< stays unset; who reads it takes default_value, and knows that nobody set it
    on_creation, ///< stays unset; default_value is used where a key is made, and is never drift
};

struct Section;

struct Param {
    std::string_view name;
    Type type = Type::string;
    /// First sentences first: some places print only [0].
    Texts doc{};
    Default fill = Default::none;
    /// In its text form: "true", "3", "30s".
    std::string_view default_value{};
    Texts choices{};
    Texts words{}; ///< texts that stand beside what the type reads, like "now" for a time
    Texts aliases{};
    /// Variables of the environment, the first that is set decides (an empty one says "unset").
    Texts environment{};
    std::string_view since = "0.1.0";
    bool required = false;
    /// integer and percentages: the bounds; duration and seconds: the bounds in milliseconds.
    /// Unused where equal.
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    /// objects: the members of each, which may be objects again, and the rules between them. No
    /// variable of the environment fills one.
    const Section* fields = nullptr;
};

/// Types whose value never appears in a message, a log or a result.
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

    /// The parameter of that name or alias, or nullptr.
    const Param* find(std::string_view name_or_alias) const noexcept;
    /// Whether one of them, at any depth, is a secret.
    bool holds_secret() const noexcept;
};

/// A member of a result.
struct Returned {
    std::string_view name;
    Type type;
    std::string_view when; ///< in a module's result, which is flat: "always", "on success", ...
    Texts doc;
    std::string_view sample{}; ///< in its text form; empty for none
    Texts choices{};
    std::span<const Returned> fields{}; ///< of dict and objects: what is in them
    bool nullable = false;              ///< may be null where it stands, see or_null()
};

/// A member that is null where it is not known.
constexpr Returned or_null(Returned member) {
    member.nullable = true;
    return member;
}

/// What is done with a resource decides which members all its results have (schema/result.h).
enum class ResourceKind {
    state,    ///< it has a desired state: plan and apply
    question, ///< it only answers: info
};

struct Resource {
    std::string_view name;   ///< "access_key": what the engine and the C ABI call it
    std::string_view module; ///< "infra_access_key": what tools with modules call it
    std::string_view title;  ///< "access key": what a person calls it
    ResourceKind kind = ResourceKind::state;
    std::string_view summary;
    Texts description;
    Texts notes;
    Section input;
    /// What the object `resource` of its results holds; empty for a question.
    std::span<const Returned> attributes{};
    /// A module's result, for its readers: some members that all results of the kind have, the
    /// attributes, and the resource's own members.
    std::span<const Returned> returns;
};

/// All resources, "access_key" first.
std::span<const Resource> resources() noexcept;
/// Those of a kind, in the same order.
std::vector<const Resource*> resources_of(ResourceKind kind);
/// The resource of that name, or nullptr.
const Resource* find_resource(std::string_view name) noexcept;
/// How to reach an Infra server: the same for every resource.
const Section& connection() noexcept;

/// This software's version: "0.1.0".
std::string_view version() noexcept;
/// Stable words: "string", "rfc3339", ...; "mutually_exclusive", ...; "filled", ...
std::string_view type_name(Type type) noexcept;
std::string_view rule_name(RuleKind kind) noexcept;
std::string_view default_name(Default fill) noexcept;

} // namespace infrastate::schema
