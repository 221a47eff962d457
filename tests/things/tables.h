// SPDX-License-Identifier: Apache-2.0
// A resource that only the tests have. It has what no resource of the product has yet: lists of
// objects with rules, secrets and lists inside. A separate module and library link it, see
// CMakeLists.txt.
#pragma once

#include "infrastate/schema/schema.h"

namespace infrastate::test::things {

using schema::Default;
using schema::Param;
using schema::Returned;
using schema::Rule;
using schema::RuleKind;
using schema::Section;
using schema::Type;

inline constexpr std::array part_params{
    Param{.name = "label", .doc = {"What is on it."}, .required = true},
    Param{
        .name = "weight", .type = Type::integer, .doc = {"In grams."}, .minimum = 0, .maximum = 9},
    Param{.name = "pin", .type = Type::secret, .doc = {"What opens it."}},
};
inline constexpr Section part{part_params, {}};

inline constexpr std::array thing_params{
    Param{.name = "name", .doc = {"How it is called."}, .aliases = {"title"}, .required = true},
    Param{.name = "kind",
          .type = Type::choice,
          .doc = {"Of which kind it is."},
          .fill = Default::filled,
          .default_value = "plain",
          .choices = {"plain", "other"}},
    Param{.name = "size", .type = Type::integer, .doc = {"Its size."}, .minimum = 1, .maximum = 5},
    Param{.name = "flag", .type = Type::boolean, .doc = {"Whether it is flagged."}},
    Param{.name = "delay", .type = Type::span, .doc = {"How long it waits."}},
    Param{.name = "lifetime", .type = Type::duration, .doc = {"How long it lives."}},
    Param{.name = "file", .type = Type::path, .doc = {"Where it lies."}},
    Param{.name = "user", .doc = {"The user whose it is."}},
    Param{.name = "group", .doc = {"The group whose it is."}},
    Param{.name = "login", .doc = {"Who may see it."}},
    Param{.name = "password", .type = Type::secret, .doc = {"Password of `login`."}},
    Param{.name = "labels", .type = Type::dict, .doc = {"What else is to be said."}},
    Param{.name = "parts", .type = Type::objects, .doc = {"What it is made of."}, .fields = &part},
};
inline constexpr std::array thing_rules{
    Rule{RuleKind::mutually_exclusive, {"user", "group"}},
    Rule{RuleKind::mutually_exclusive, {"delay", "flag"}},
    Rule{RuleKind::required_one_of, {"user", "group"}},
    Rule{RuleKind::required_together, {"login", "password"}},
    Rule{RuleKind::required_by, {"lifetime", "size"}},
};
inline constexpr Section thing{thing_params, thing_rules};

inline constexpr std::array params{
    Param{.name = "owner", .doc = {"Whose things these are."}, .required = true},
    Param{.name = "things", .type = Type::objects, .doc = {"The things."}, .fields = &thing},
    Param{.name = "spare",
          .type = Type::objects,
          .doc = {"Parts that are left over."},
          .fields = &part},
    Param{.name = "none", .type = Type::boolean, .doc = {"That there are no things."}},
};
inline constexpr std::array rules{
    Rule{RuleKind::mutually_exclusive, {"things", "none"}},
};
inline constexpr Section input{params, rules};

inline constexpr std::array attributes{
    Returned{"owner", Type::name, "always", {"Whose things these are."}, "somebody"},
};
inline constexpr std::array thing_fields{
    Returned{"name", Type::name, "always", {"How it is called."}, "one"},
    Returned{"note", Type::string, "always", {"What is to be said of it."}, "a thing"},
};
inline constexpr std::array returns{
    Returned{"changed", Type::boolean, "always", {"Always false."}, "false"},
    attributes[0],
    Returned{"things", Type::objects, "always", {"The things."}, {}, {}, thing_fields},
};

inline constexpr schema::Resource resource{
    .name = "things",
    .module = "infra_things",
    .title = "things",
    .summary = "Keeps things",
    .description = {"Says which things it was given."},
    .notes = {"Needs no server."},
    .input = input,
    .attributes = attributes,
    .returns = returns,
};

} // namespace infrastate::test::things
