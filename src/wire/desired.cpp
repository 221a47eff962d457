// SPDX-License-Identifier: Apache-2.0
#include "digests.h"
#include "parameters.h"

#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"
#include "infrastate/types/vocabulary.h"
#include "infrastate/wire/access_key.h"

#include <algorithm>
#include <charconv>

namespace infrastate::wire {
namespace {

/// The same as read(), but "0s" leaves the span unset.
Result<void> read_span(const Value& parameters, std::string_view name,
                       std::optional<Duration>& into) {
    const Value* value = parameters.given(name);
    if (value != nullptr && *value == Value("0s")) return {};
    return read(parameters, name, into);
}

template <class T, std::size_t N>
Result<void> read_choice(const Value& parameters, std::string_view name,
                         std::optional<T> (*named)(std::string_view) noexcept,
                         const std::array<std::string_view, N>& choices, T& into) {
    const Value* value = parameters.given(name);
    if (value == nullptr) return {};
    const auto chosen = value->is_string() ? named(value->string()) : std::nullopt;
    if (!chosen)
        return argument_error(name, std::string(name) + ": must be one of " + joined(choices));
    into = *chosen;
    return {};
}

Result<void> read_user(const Value& parameters, std::string& into) {
    const Value* value = parameters.given("user");
    if (value == nullptr) return {};
    bool good = value->is_string() && !value->string().empty() && value->string().size() <= 256;
    if (good)
        for (char c : value->string())
            good = good && static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
    if (!good)
        return argument_error("user",
                              "user: must be the name of an Infra user, 1 to 256 characters "
                              "without control characters");
    into = value->string();
    return {};
}

Result<void> read_renew_before(const Value& parameters, plan::Desired& into) {
    const Value* value = parameters.given("renew_before");
    if (value != nullptr && value->is_string() && value->string().ends_with('%')) {
        const std::string& text = value->string();
        plan::Percent percent{0};
        const auto [end, status] =
            std::from_chars(text.data(), text.data() + text.size() - 1, percent.value);
        if (status != std::errc{} || end != text.data() + text.size() - 1)
            return argument_error("renew_before",
                                  "renew_before: must be a duration like 24h, or a percentage like "
                                  "20%");
        into.renew_before = percent;
        return {};
    }
    std::optional<Duration> span;
    auto read = read_span(parameters, "renew_before", span);
    if (span) into.renew_before = *span;
    return read;
}

Result<void> read_keepers(const Value& parameters, plan::Desired& into) {
    const Value* value = parameters.given("keepers");
    if (value == nullptr) return {};
    if (!value->is_object())
        return argument_error("keepers", "keepers: must be an object with texts, numbers and "
                                         "booleans, not " +
                                             std::string(kind_name(value->kind())));
    const auto& members = value->members();
    if (std::all_of(members.begin(), members.end(),
                    [](const auto& member) { return member.second.is_null(); }))
        return {}; // counts as not given
    auto digest = keepers_digest(*value);
    if (!digest) return std::move(digest).error();
    into.keepers = std::move(*digest);
    return {};
}

Result<void> read_current_secret(const Value& parameters, plan::Desired& into) {
    const Value* value = parameters.given("current_secret");
    if (value == nullptr) return {};
    if (!value->is_string()) return no_string("current_secret", *value);
    if (!value->string().empty() && !looks_like_access_key(value->string()))
        return argument_error("current_secret",
                              "current_secret: must be an access key of Infra, which looks like "
                              "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb, or empty; what was given is "
                              "neither");
    into.current_secret =
        value->string().empty() ? plan::CurrentSecret::empty : plan::CurrentSecret::given;
    return {};
}

Result<void> read_choices(const Value& parameters, plan::Desired& into) {
    if (auto r =
            read_choice(parameters, "state", plan::state_named, vocabulary::states, into.state);
        !r)
        return r;
    if (auto r = read_choice(parameters, "recreate", plan::recreate_named, vocabulary::recreations,
                             into.recreate);
        !r)
        return r;
    if (auto r = read_choice(parameters, "retire", plan::retire_named, vocabulary::retirements,
                             into.retire);
        !r)
        return r;
    if (auto r =
            read_choice(parameters, "adopt", plan::adopt_named, vocabulary::adoptions, into.adopt);
        !r)
        return r;
    if (auto r = read_choice(parameters, "verify_secret", plan::verify_named,
                             vocabulary::verifications, into.verify);
        !r)
        return r;
    return read_choice(parameters, "current_secret_missing", plan::when_missing_named,
                       vocabulary::missings, into.current_secret_missing);
}

Result<void> read_times(const Value& parameters, plan::Desired& into) {
    if (auto r = read(parameters, "expires_in", into.expires_in); !r) return r;
    if (auto r = read(parameters, "expires_at", into.expires_at); !r) return r;
    if (auto r = read(parameters, "inactivity_timeout", into.inactivity_timeout); !r) return r;
    if (auto r = read_renew_before(parameters, into); !r) return r;
    if (auto r = read_span(parameters, "renew_splay", into.renew_splay); !r) return r;
    if (auto r = read_span(parameters, "overlap", into.overlap); !r) return r;
    const Value* limit = parameters.given("rotate_if_created_before");
    into.rotate_now = limit != nullptr && *limit == Value("now");
    if (into.rotate_now) return {};
    return read(parameters, "rotate_if_created_before", into.rotate_if_created_before);
}

/// Sets the given name, or derives one from where the secret is kept, or sets none if an id is
/// enough.
Result<void> settle_name(const Value& parameters, const DesiredContext& where,
                         plan::Desired& into) {
    std::optional<KeyName> name;
    if (auto r = read(parameters, "name", name); !r) return r;
    if (name) {
        into.name = std::move(*name);
        return {};
    }
    if (into.id && into.state == plan::State::absent) {
        into.named = false;
        return {};
    }
    if (!into.secret_file)
        return argument_error(
            "name", "name: is missing; either set name, so that the next run "
                    "finds the key again, or set secret_file, where the secret "
                    "is kept and from whose path a name is derived" +
                        std::string(into.state == plan::State::absent ? ", or set id" : ""));
    if (where.machine_id.empty())
        return argument_error("name", "name: is missing and cannot be derived, as this machine has "
                                      "no usable /etc/machine-id; set name");
    into.name = derived_name(where.machine_id, where.secret_file, where.host, into.user);
    into.derived = true;
    return {};
}

} // namespace

std::string name_derived_at(const DesiredContext& where, std::string_view host,
                            std::string_view user) {
    if (where.machine_id.empty()) return {};
    return derived_name(where.machine_id, where.secret_file, host, user).text();
}

Result<plan::Desired> desired_access_key(const Value& parameters, const DesiredContext& where) {
    // The placeholder is replaced below, unless the key is selected only by its id.
    plan::Desired out{.name = KeyName::parse("unnamed").value(), .host = where.host};
    out.secret_file = parameters.given("secret_file") != nullptr;
    if (!where.machine_id.empty()) out.machine = machine_digest(where.machine_id);
    if (auto r = read_choices(parameters, out); !r) return std::move(r).error();
    if (auto r = read_user(parameters, out.user); !r) return std::move(r).error();
    if (auto r = read(parameters, "id", out.id); !r) return std::move(r).error();
    if (auto r = read_times(parameters, out); !r) return std::move(r).error();
    if (auto r = read_keepers(parameters, out); !r) return std::move(r).error();
    if (auto r = read_current_secret(parameters, out); !r) return std::move(r).error();
    if (auto r = settle_name(parameters, where, out); !r) return std::move(r).error();
    if (auto r = plan::check_desired(out); !r) return std::move(r).error();
    return out;
}

} // namespace infrastate::wire
