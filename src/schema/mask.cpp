// SPDX-License-Identifier: Apache-2.0
#include "infrastate/schema/mask.h"

#include "infrastate/schema/result.h"
#include "infrastate/types/ascii.h"
#include "infrastate/types/pem.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"

#include <string>
#include <unordered_map>

namespace infrastate::schema {
namespace {

/// Whether the text looks like a private key or an access key. Such a text is a secret, whatever
/// parameter it was pasted into.
bool is_known_by_its_form(std::string_view text) {
    return holds_private_key(text) || looks_like_access_key(trimmed(text));
}

/// Finds a member's description. Searches from `next` on, behind the previous one, because results
/// are written nearly in the order of their tables.
const Returned* find(std::span<const Returned> fields, std::string_view name,
                     std::size_t& next) noexcept {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::size_t at = next + i < fields.size() ? next + i : next + i - fields.size();
        if (fields[at].name != name) continue;
        next = at + 1;
        return &fields[at];
    }
    return nullptr;
}

/// Walks through a result together with its tables.
class ResultMasker {
public:
    ResultMasker(const Masker& masker, std::string_view whole) : masker_(masker), whole_(whole) {}

    /// Masks members described in `fields`, or else in `more`.
    /// NOLINTNEXTLINE(misc-no-recursion): as deep as a result is.
    void object(Value& value, std::span<const Returned> fields,
                std::span<const Returned> more = {}) const {
        std::size_t next = 0, next_of_more = 0;
        value.for_each_member([&](const std::string& name, Value& member) {
            // A resource's own members stand together, behind the common ones.
            const bool follows = next_of_more < more.size() && more[next_of_more].name == name;
            const Returned* field = follows ? nullptr : find(fields, name, next);
            if (field == nullptr) field = find(more, name, next_of_more);
            if (name == "resource" && member.is_object())
                object(member, more); // its fields are in the resource's own table
            else if (field != nullptr)
                known(member, *field);
            else
                free(member);
        });
    }

private:
    void known(Value& value, const Returned& field) const {
        switch (field.type) {
        case Type::dict:
            if (!value.is_object() || field.fields.empty()) return free(value);
            return object(value, field.fields);
        case Type::objects:
            if (!value.is_array()) return free(value);
            for (Value& item : value.items())
                if (item.is_object())
                    object(item, field.fields);
                else
                    free(item);
            return;
        case Type::key_name:
        case Type::name:
            if (value.is_string()) put(value, masker_.mask_keys(value.string(), whole_));
            return;
        case Type::string:
        case Type::list:
        case Type::path:
        case Type::url:
        case Type::pem:
            return free(value);
        default:
            return;
        }
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as a result is.
    void free(Value& value) const {
        if (value.is_string()) {
            const std::string& text = value.string();
            if (masker_.finds_in(text))
                value = printable(masker_.mask(text, whole_));
            else if (!all_visible_ascii(text))
                put(value, printable(text));
        } else if (value.is_array()) {
            for (Value& item : value.items())
                free(item);
        } else if (value.is_object()) {
            value.for_each_member([&](const std::string&, Value& member) { free(member); });
        }
    }

    static void put(Value& value, std::string&& text) {
        if (text != value.string()) value = Value(std::move(text));
    }

    const Masker& masker_;
    std::string_view whole_;
};

using TellingNames = std::unordered_map<std::string_view, Type>;

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
void take_telling_names(const Section& section, TellingNames& out) {
    for (const Param& param : section.params) {
        if (param.fields != nullptr) take_telling_names(*param.fields, out);
        if (!is_secret(param.type) && param.type != Type::url) continue;
        out.emplace(param.name, param.type);
        for (std::string_view alias : param.aliases)
            out.emplace(alias, param.type);
    }
}

/// Parameters of all tables that hold a secret, or a URL that may contain one, under all their
/// names.
const TellingNames& telling_names() {
    static const auto names = [] {
        TellingNames out;
        take_telling_names(connection(), out);
        for (const Resource& resource : resources())
            take_telling_names(resource.input, out);
        return out;
    }();
    return names;
}

/// The length of the beginning of `field` that is made of names in the table. It is all of
/// "things[3].name" if the table has `things` with a member `name`.
std::size_t known_part(const Section& section, std::string_view field) {
    const Section* table = &section;
    std::size_t known = 0;
    while (known < field.size()) {
        const std::string_view rest = field.substr(known);
        const std::string_view step = rest.substr(0, rest.find('.'));
        const Param* param = table->find(step.substr(0, step.find('[')));
        if (param == nullptr) return known;
        if (step.size() == rest.size()) return field.size();
        known += step.size();
        if (param->fields == nullptr) return known;
        table = param->fields;
        ++known; // the point
    }
    return known;
}

} // namespace

// NOLINTNEXTLINE(misc-no-recursion): input is read to a depth.
void add_secret(const Value& value, Masker& masker) {
    switch (value.kind()) {
    case Value::Kind::string:
        return masker.add(value.string());
    case Value::Kind::integer:
        return masker.add(std::to_string(value.integer()));
    case Value::Kind::number:
        return masker.add(number_text(value.number()));
    case Value::Kind::array:
        for (const Value& item : value.items())
            add_secret(item, masker);
        return;
    case Value::Kind::object:
        for (const auto& [name, member] : value.members()) {
            masker.add(name); // a secret in an unusual form
            add_secret(member, masker);
        }
        return;
    default:
        return;
    }
}

// NOLINTNEXTLINE(misc-no-recursion): input is read to a depth.
void collect_secrets(const Value& input, Masker& masker) {
    if (input.is_string() && is_known_by_its_form(input.string())) masker.add(input.string());
    if (input.is_array())
        for (const Value& item : input.items())
            collect_secrets(item, masker);
    if (!input.is_object()) return;
    for (const auto& [name, value] : input.members()) {
        if (looks_like_access_key(name)) masker.add(name);
        const auto telling = telling_names().find(name);
        const bool tells = telling != telling_names().end();
        if (tells && is_secret(telling->second)) {
            add_secret(value, masker);
            continue;
        }
        collect_secrets(value, masker);
        if (tells && value.is_string()) masker.add_password_of(value.string());
    }
}

void mask_result(Value& result, const Resource* resource, const Masker& masker,
                 std::string_view whole) {
    if (!result.is_object()) return;
    // The member `secret` stays as it is, even if the resource is not known.
    static constexpr std::array unknown{Returned{"secret", Type::secret, "always", {}}};
    const ResourceKind kind = resource == nullptr ? ResourceKind::state : resource->kind;
    ResultMasker(masker, whole)
        .object(result, common_members(kind),
                resource == nullptr ? std::span<const Returned>(unknown) : resource->returns);
}

Error masked(Error error, const Section& section, const Masker& masker) {
    error.message = printable(masker.mask(error.message));
    const std::size_t known = known_part(section, error.field);
    if (known < error.field.size())
        error.field.replace(known, std::string::npos,
                            printable(masker.mask(error.field.substr(known))));
    return error;
}

} // namespace infrastate::schema
