// SPDX-License-Identifier: Apache-2.0
#include "rows.h"

#include "infrastate/types/text.h"

namespace infrastate::client {
namespace {

Error unexpected(std::string message) {
    return Error{Code::server, std::move(message), {}, "unexpected_answer"};
}

Error wrong_field(std::string_view field, std::string_view expected) {
    return unexpected("has no field " + in_quotes(field) + " that is " + std::string(expected));
}

Result<ServerId> read_id(const Value& object, std::string_view field) {
    auto text = read_text(object, field);
    if (!text) return std::move(text).error();
    auto id = ServerId::parse(*text);
    if (!id) return wrong_field(field, "an identifier");
    return id;
}

/// Null and Go's zero time mean that there is no time.
Result<std::optional<Timestamp>> read_time(const Value& object, std::string_view field) {
    const Value* value = object.find(field);
    if (value == nullptr || value->is_null()) return std::optional<Timestamp>{};
    auto time =
        value->is_string() ? Timestamp::parse(value->string()) : Result<Timestamp>(unexpected({}));
    if (!time) return wrong_field(field, "a time");
    constexpr std::int64_t go_zero_time = -62'135'596'800;
    if (time->unix_seconds() == go_zero_time) return std::optional<Timestamp>{};
    return std::optional<Timestamp>(*time);
}

/// What each row of a list contains.
struct Named {
    ServerId id;
    std::string name;
};
Result<Named> read_named(const Value& row) {
    if (!row.is_object()) return unexpected("is not an object");
    auto id = read_id(row, "id");
    if (!id) return std::move(id).error();
    auto name = read_text(row, "name");
    if (!name) return std::move(name).error();
    return Named{std::move(*id), std::move(*name)};
}

/// What a listed row and the answer to a POST have in common.
Result<AccessKeyRow> read_common(const Value& row) {
    auto named = read_named(row);
    if (!named) return std::move(named).error();
    auto created = read_time(row, "created");
    if (!created) return std::move(created).error();
    if (!created->has_value()) return wrong_field("created", "a time");
    auto used = read_time(row, "lastUsed");
    if (!used) return std::move(used).error();
    auto expires = read_time(row, "expires");
    if (!expires) return std::move(expires).error();
    if (row.find("inactivityTimeout") == nullptr)
        return wrong_field("inactivityTimeout", "a time or null");
    auto deadline = read_time(row, "inactivityTimeout");
    if (!deadline) return std::move(deadline).error();
    return AccessKeyRow{std::move(named->id),
                        std::move(named->name),
                        {},
                        {},
                        **created,
                        *used,
                        *expires,
                        *deadline};
}

/// The id of the user that a key is issued for.
Result<std::string> read_owner(const Value& row) {
    const bool newer = row.find("issuedForID") != nullptr;
    auto id = read_id(row, newer ? "issuedForID" : "issuedFor");
    if (!id) return std::move(id).error();
    return id->text();
}

/// Null is how Go writes a list that was never created.
Result<std::vector<std::string>> read_texts(const Value& row, std::string_view field) {
    std::vector<std::string> out;
    const Value* list = row.find(field);
    if (list == nullptr || list->is_null()) return out;
    if (!list->is_array()) return wrong_field(field, "a list of texts");
    for (const Value& item : list->items()) {
        if (!item.is_string()) return wrong_field(field, "a list of texts");
        out.push_back(item.string());
    }
    return out;
}

} // namespace

Result<std::string> read_text(const Value& object, std::string_view field) {
    const auto text = object.text(field);
    if (text.empty()) return wrong_field(field, "a text");
    return std::string(text);
}

Result<Page> read_page(const Value& answer) {
    static const Value::Array none;
    const Value* items = answer.find("items");
    // Null is how Go writes a list that was never created.
    const bool empty = items != nullptr && items->is_null();
    if (items == nullptr || !(items->is_array() || empty)) return wrong_field("items", "a list");
    Page out{empty ? &none : &items->items(), 0, 0, 0};
    std::int64_t count = 0;
    struct Member {
        std::string_view field;
        std::int64_t& to;
    };
    for (const Member& member : {Member{"page", out.page}, Member{"totalPages", out.total_pages},
                                 Member{"totalCount", out.total_count}, Member{"count", count}}) {
        const Value* value = answer.find(member.field);
        if (value == nullptr || value->kind() != Value::Kind::integer || value->integer() < 0)
            return wrong_field(member.field, "a count");
        member.to = value->integer();
    }
    if (count != static_cast<std::int64_t>(out.items->size()))
        return unexpected("has a field 'count' that is not the number of its items");
    return out;
}

Result<ListedKey> read_access_key(const Value& row) {
    auto common = read_common(row);
    if (!common) return std::move(common).error();
    ListedKey out{std::move(*common)};
    auto owner = read_owner(row);
    if (!owner) return std::move(owner).error();
    out.row.user_id = std::move(*owner);
    // Null says that there is no such time. A missing field says nothing about it.
    for (const std::string_view field : {"lastUsed", "expires"})
        if (row.find(field) == nullptr) return wrong_field(field, "a time or null");
    const Value* kind = row.find("issuedForKind");
    if (kind != nullptr && !kind->is_null() && !kind->is_string())
        return wrong_field("issuedForKind", "a text");
    out.of_a_user =
        kind == nullptr || kind->is_null() || kind->string().empty() || kind->string() == "user";
    out.row.user_name = row.text("issuedForName");
    if (out.row.user_name.empty()) out.row.user_name = row.text("issuedForUser");
    // Without the name a user's key would look as if it belonged to nobody.
    if (out.of_a_user && out.row.user_name.empty()) return wrong_field("issuedForName", "a text");
    return out;
}

Result<UserRow> read_user(const Value& row) {
    auto named = read_named(row);
    if (!named) return std::move(named).error();
    return UserRow{std::move(named->id), std::move(named->name)};
}

Result<DestinationRow> read_destination(const Value& row) {
    auto named = read_named(row);
    if (!named) return std::move(named).error();
    auto kind = read_text(row, "kind");
    if (!kind) return std::move(kind).error();
    const Value* connected = row.find("connected");
    if (connected == nullptr || connected->kind() != Value::Kind::boolean)
        return wrong_field("connected", "true or false");
    DestinationRow out{std::move(named->id), std::move(named->name), std::move(*kind),
                       connected->boolean()};
    auto seen = read_time(row, "lastSeen");
    if (!seen) return std::move(seen).error();
    out.last_seen = *seen;
    auto created = read_time(row, "created");
    if (!created) return std::move(created).error();
    out.created = *created;
    out.version = row.text("version");
    if (const Value* connection = row.find("connection");
        connection != nullptr && connection->is_object())
        out.connection_url = connection->text("url");
    for (const auto& [field, into] :
         {std::pair<std::string_view, std::vector<std::string>&>{"resources", out.resources},
          std::pair<std::string_view, std::vector<std::string>&>{"roles", out.roles}}) {
        auto texts = read_texts(row, field);
        if (!texts) return std::move(texts).error();
        into = std::move(*texts);
    }
    return out;
}

Result<NewAccessKey> read_new_access_key(const Value& answer) {
    auto row = read_common(answer);
    if (!row) return std::move(row).error();
    const auto secret = answer.text("accessKey");
    if (!looks_like_access_key(secret)) return wrong_field("accessKey", "an access key");
    if (!row->expires) return wrong_field("expires", "a time");
    auto owner = read_owner(answer);
    if (!owner) return std::move(owner).error();
    row->user_id = std::move(*owner);
    row->last_used = row->created; // the server lists a key that was never used in this form
    return NewAccessKey{std::move(*row), Secret(secret)};
}

} // namespace infrastate::client
