// SPDX-License-Identifier: Apache-2.0
#include "infrastate/schema/result.h"

#include "tables.h"

#include "infrastate/types/vocabulary.h"

#include <algorithm>
#include <string_view>

namespace infrastate::schema {
namespace {

constexpr std::string_view on_failure = "on failure";

constexpr std::array error_fields{
    Returned{"code", Type::word, "always", {}},
    or_null({"detail", Type::word, "always", {}}),
    Returned{"message", Type::string, "always", {}},
    or_null({"field", Type::word, "always", {}}),
    or_null({"http_status", Type::integer, "always", {}}),
    Returned{"retryable", Type::boolean, "always", {}},
};

constexpr std::array diff_fields{
    Returned{"before", Type::dict, "always", {}},
    Returned{"after", Type::dict, "always", {}},
};

constexpr Returned ok{"ok", Type::boolean, "always", {}};
constexpr Returned code{"code", Type::word, "always", {}};
constexpr Returned outcome{"outcome", Type::choice, "always", {}, {}, Texts(vocabulary::outcomes)};
constexpr Returned changed{"changed", Type::boolean, "always", {}};
constexpr Returned explanation = or_null({"explanation", Type::string, "always", {}});
constexpr Returned warnings{"warnings", Type::list, "always", {}};
constexpr Returned error{"error", Type::dict, on_failure, {}, {}, {}, error_fields};

constexpr std::array of_a_state{
    ok,
    code,
    outcome,
    changed,
    or_null({"reason", Type::word, "always", {}}),
    Returned{"reasons", Type::words, "always", {}},
    Returned{"actions", Type::words, "always", {}},
    or_null({"summary", Type::string, "always", {}}),
    explanation,
    or_null({"resource", Type::dict, "always", {}}),
    or_null({"diff", Type::dict, "always", {}, {}, {}, diff_fields}),
    warnings,
    error,
};

constexpr std::array of_a_question{ok, code, outcome, changed, explanation, warnings, error};

bool names(std::span<const Returned> members, std::string_view name) {
    return std::any_of(members.begin(), members.end(),
                       [&](const Returned& each) { return each.name == name; });
}

} // namespace

std::span<const Returned> common_members(ResourceKind kind) noexcept {
    if (kind == ResourceKind::question) return of_a_question;
    return of_a_state;
}

std::vector<const Returned*> own_members(const Resource& resource) {
    std::vector<const Returned*> out;
    for (const Returned& member : resource.returns)
        if (!names(common_members(resource.kind), member.name) &&
            !names(resource.attributes, member.name))
            out.push_back(&member);
    return out;
}

std::vector<const Returned*> result_members(const Resource& resource) {
    std::vector<const Returned*> out;
    for (const Returned& member : common_members(resource.kind)) {
        if (member.name == warnings.name)
            for (const Returned* own : own_members(resource))
                out.push_back(own);
        out.push_back(&member);
    }
    return out;
}

bool is_always_there(const Returned& member) noexcept {
    return member.when != on_failure;
}

} // namespace infrastate::schema
