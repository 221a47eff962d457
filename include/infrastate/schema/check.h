// SPDX-License-Identifier: Apache-2.0
// Checks a caller's object against a table, strictly and without guessing. Lax forms ("yes", "5")
// are the business of adapters whose users expect them. Reads the environment only through a
// function that the caller gives.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::schema {

enum class Fault {
    not_an_object,
    mutually_exclusive,
    missing,
    wrong_type,
    not_a_choice,
    out_of_range,
    malformed, ///< the right type, but not a valid duration, time, name ...
    required_together,
    required_one_of,
    required_by,
    given_twice, ///< under its name and an alias, or under two aliases
    unknown,
};

struct Violation {
    Fault fault;
    /// The parameters at fault, the main one first. Empty if the caller invented the name. In a
    /// list of objects: the members of the object.
    std::vector<std::string> params;
    std::string got{}; ///< the kind of the value, or a number; never a caller's text
    std::string expected{};
    /// One sentence that names the parameter and what would be right. It quotes a caller's text
    /// only as refused_text() does.
    std::string sentence{};
    // For adapters that use their own words. Borrowed from the section and the input; texts of the
    // input may be secrets.
    const Rule* rule = nullptr;   ///< the rule between parameters that was broken
    std::string_view member{};    ///< the name that is unknown or given twice, as it was spelled
    const Value* value = nullptr; ///< the value of a wrong type, or outside the choices
    // Where the fault is.
    Section section{}; ///< the table of these parameters
    /// the object, e.g. "things[3]"; empty for the whole input
    std::string object{};
    std::vector<std::string_view> lists{}; ///< the lists around that object, outermost first
    std::optional<std::size_t> item{};     ///< the item of the list that is at fault, if any

    /// "name", "things[3].name", or "things[3]" for an item that is not an object. Leaves out a
    /// name that the caller invented.
    std::string field() const;
};

/// Which variable of the environment supplied a parameter's value: (parameter, variable).
using Sources = std::vector<std::pair<std::string_view, std::string_view>>;
/// Returns the variable's value, or nothing if it is not set.
using Getenv = std::function<std::optional<std::string>(const std::string& name)>;

/// Whether the value counts as not given: null, or an empty text. An empty kept secret does count
/// as given, because it says that the secret is missing.
bool left_out(const Param& param, const Value& value) noexcept;
/// Whether the value asks for nothing: false, a zero time, an empty object or list. Where
/// parameters exclude or need each other it counts as not given; otherwise it is a value that the
/// caller chose. Also recognizes the lax spellings ("no", 0) that an adapter may convert later.
bool neutral(const Param& param, const Value& value);

/// Fills parameters that the caller left out from the environment, and returns which variable each
/// came from. Skips the variable of a parameter that another given parameter excludes: a given
/// access_key beats INFRA_ACCESS_KEY_FILE. Also skips the variable of a parameter that must come
/// with the excluded one. A neutral value excludes nothing; only its own variable is not read.
/// Texts become booleans ("true", "yes", "on", "1" and their opposites) or integers if the table
/// wants those types. Texts that cannot be converted stay, and check() refuses them. `input` must
/// be an object.
Sources complete_from_environment(const Section& section, Value& input, const Getenv& environment);

/// The checked object, or all faults in the order of Fault. Faults inside lists of objects come
/// last, object by object.
struct Checked {
    /// Holds what the caller set and the table's defaults. Not in it: parameters that were left
    /// out, and neutral ones that have no default. Aliases have become names, and durations and
    /// times have their canonical spelling. Null if there is a violation.
    Value value;
    std::vector<Violation> violations;

    bool ok() const noexcept { return violations.empty(); }
    /// The first violation as an argument error. Must not be called if ok().
    Error error() const;
};

/// A value counts as not given if left_out() is true for it. A value for which only neutral() is
/// true does so in the rules between parameters, and nowhere else. `sources` lets a sentence name
/// the variable at fault. For a long list with many faults only some are reported.
Checked check(const Section& section, const Value& input, const Sources& sources = {});

/// Reads "true", "yes", "on", "1", "y", "t" and their opposites in either case. Ignores blanks
/// around them.
std::optional<bool> lax_boolean(std::string_view text) noexcept;
/// Reads an optional sign and decimal digits. Ignores blanks around them.
std::optional<std::int64_t> lax_integer(std::string_view text) noexcept;

} // namespace infrastate::schema
