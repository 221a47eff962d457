// SPDX-License-Identifier: Apache-2.0
// Checks a caller's object against a table: strictly, without guessing. Lax readings ("yes", "5")
// belong to the adapter whose users expect them. Reads the environment only through a function that
// the caller gives.
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
    malformed, ///< the right type, but not a duration, a time, a name ...
    required_together,
    required_one_of,
    required_by,
    given_twice, ///< under its name and an alias, or under two aliases
    unknown,
};

struct Violation {
    Fault fault;
    /// The parameters at fault, the first foremost; none where the caller made up its name. Of an
    /// object in a list: its members.
    std::vector<std::string> params;
    std::string got{}; ///< its kind, or a number; never a text of the caller's
    std::string expected{};
    /// One sentence that names the parameter and what would be right. Of the caller's texts it
    /// holds what refused_text() lets through.
    std::string sentence{};
    // For adapters that say it in other words. Borrowed from the section and the input; what is of
    // the input may be a secret.
    const Rule* rule = nullptr;   ///< the rule between parameters that is broken
    std::string_view member{};    ///< a name that is unknown or given twice, as it is spelled there
    const Value* value = nullptr; ///< what is of a wrong type, or no choice
    // Where it stands.
    Section section{};                     ///< whose parameters these are
    std::string object{};                  ///< the object: "things[3]"; empty for the whole
    std::vector<std::string_view> lists{}; ///< the lists around that object, outermost first
    std::optional<std::size_t> item{};     ///< which item of the list, where one is at fault

    /// "name", "things[3].name" or, of an item that is no object, "things[3]"; without the name
    /// that the caller made up.
    std::string field() const;
};

/// Which environment variable a parameter's value came from: (parameter, variable).
using Sources = std::vector<std::pair<std::string_view, std::string_view>>;
/// Answers with the variable's value, or nothing if it is not set.
using Getenv = std::function<std::optional<std::string>(const std::string& name)>;

/// Null, and an empty text but for a kept secret, which is empty where it is missing.
bool left_out(const Param& param, const Value& value) noexcept;
/// What asks for nothing: false, no time at all, an object or a list without members. As good as
/// left out where parameters exclude or need each other; still the value that the caller chose.
/// Sees through the lax spellings ("no", 0) that an adapter may yet convert.
bool neutral(const Param& param, const Value& value);

/// Fills parameters that the caller left out from the environment, and says from where. A variable
/// is not looked at where the caller gave a parameter that excludes this one (an access_key given
/// beats INFRA_ACCESS_KEY_FILE), nor where that leaves out one it must come with. A neutral value
/// keeps its own variable away and no other. Texts become
/// booleans ("true", "yes", "on", "1" and their opposites) and integers where the table wants them
/// and they can; else they stay texts, for check() to refuse. `input` must be an object.
Sources complete_from_environment(const Section& section, Value& input, const Getenv& environment);

/// The checked object, or everything that is wrong with it, in the order in which the faults are
/// listed in Fault. What is wrong with objects in lists comes behind that, object by object.
struct Checked {
    /// Only what was set or is filled by the table; members that are left out or, without a
    /// default, neutral are gone, aliases have become names, durations and times are in their
    /// canonical spelling. Null if there is a violation.
    Value value;
    std::vector<Violation> violations;

    bool ok() const noexcept { return violations.empty(); }
    /// The first violation as an argument error; not to be called if ok().
    Error error() const;
};

/// What left_out() counts as not given, neutral() only in the rules. `sources` lets a sentence name
/// the variable at fault. Of a long list in which much is wrong, not all of it is told.
Checked check(const Section& section, const Value& input, const Sources& sources = {});

/// Reads "true", "yes", "on", "1", "y", "t" and their opposites, in either case, blanks around
/// ignored.
std::optional<bool> lax_boolean(std::string_view text) noexcept;
/// Reads an optional sign and decimal digits, blanks around ignored.
std::optional<std::int64_t> lax_integer(std::string_view text) noexcept;

} // namespace infrastate::schema
