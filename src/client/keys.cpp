// SPDX-License-Identifier: Apache-2.0
#include "keys.h"

#include "rows.h"
#include "urls.h"

#include <utility>

namespace infrastate::client {

using transport::Method;
using transport::Request;

namespace {

/// Go reads "us" for microseconds. Infra takes a duration from the JSON text without decoding it,
/// so it would not recognize an escaped micro sign.
std::string ascii_text(Duration span) {
    constexpr std::string_view micro_sign = "\xC2\xB5";
    std::string out = span.text();
    if (const auto at = out.find(micro_sign); at != std::string::npos)
        out.replace(at, micro_sign.size(), "u");
    return out;
}

/// How Infra refuses to delete the key that authenticates the request.
constexpr std::string_view own_key_words = "access key used by this request";
/// Infra's names in "fieldErrors", and the parameters from which these fields are made.
constexpr FieldName key_field_names[] = {
    {"name", "name"},   {"expiry", "expires_in"}, {"inactivityTimeout", "inactivity_timeout"},
    {"userID", "user"}, {"issuedForID", "user"},
};

} // namespace

Result<ports::KeyListing> Keys::list_as_asked(const ports::KeyQuery& query) {
    auto rows = rows_by_id<ListedKey>(
        read_access_key, [](const ListedKey& key) -> const ServerId& { return key.row.id; });
    auto read = conversation_.read_list(
        conversation_.call("listing access keys", key_field_names), query.first_page_only,
        [&](int page) { return access_keys_url(query, page); }, rows);
    if (!read) return std::move(read).error();
    ports::KeyListing out{{}, read->time, read->complete, read->pages};
    // The rows are filtered here too, because the server ignores a parameter that it does not know.
    for (ListedKey& key : rows.rows)
        if (key.of_a_user && (!query.name || key.row.name == *query.name) &&
            (!query.user_id || key.row.user_id == query.user_id->text()))
            out.rows.push_back(std::move(key.row));
    return out;
}

Result<ports::KeyListing> Keys::list(const ports::KeyQuery& query) {
    auto listing = list_as_asked(query);
    if (listing || listing.error().code != Code::permission) return listing;
    const auto& self = conversation_.session_user;
    const bool own_keys_do =
        self && !query.user_id &&
        (query.name_of_user.empty() ? query.own_will_do : query.name_of_user == self->name);
    if (!own_keys_do) return conversation_.not_visible(std::move(listing).error());
    ports::KeyQuery own = query;
    own.user_id = self->id;
    listing = list_as_asked(own);
    if (listing) listing->only_of_user = self->name;
    return listing;
}

Result<ports::CreatedKey> Keys::create(const ports::NewKey& key) {
    constexpr std::string_view doing = "creating the access key";
    const ApiCall call = conversation_.call(doing, key_field_names);
    if (auto late = conversation_.time.too_late(doing)) return std::move(*late);
    conversation_.time.change_begun = true;
    const Value body = Value::object({{"userID", key.user_id.text()},
                                      {"name", key.name},
                                      {"expiry", ascii_text(key.expiry)},
                                      {"inactivityTimeout", ascii_text(key.inactivity_timeout)}});
    auto response =
        conversation_.post(new_access_key_url, body, conversation_.time.deadline_of_change(), doing,
                           conversation_.token);
    if (!response) return std::move(response).error();
    if (response->status != 201) return status_error(call, *response);
    const ServerTime time = server_time(*response);
    // The server says "created". Where it does not say what, a key may exist whose secret nobody
    // knows.
    const auto unclear = [&](Error error) {
        error.http_status = response->status;
        error.effect = Effect::unknown;
        return error;
    };
    auto answer = read_answer(call, *response);
    if (!answer) return unclear(std::move(answer).error());
    auto made = read_new_access_key(*answer);
    if (!made) return unclear(unexpected_answer(call, made.error().message));
    if (made->row.name != key.name || made->row.user_id != key.user_id.text())
        return unclear(unexpected_answer(call, "names another key or user than was asked for"));
    return ports::CreatedKey{std::move(made->row), std::move(made->secret), time};
}

Result<ports::Removed> Keys::remove(const ServerId& id) {
    constexpr std::string_view doing = "deleting the access key";
    if (auto late = conversation_.time.too_late(doing)) return std::move(*late);
    conversation_.time.change_begun = true;
    Request request = new_request(Method::del, access_key_url(id));
    request.bearer = conversation_.token;
    auto [response, maybe_acted] =
        conversation_.repeat(request, conversation_.time.deadline_of_change(), doing);
    if (!response) {
        if (maybe_acted) response.error().effect = Effect::unknown;
        return std::move(response).error();
    }
    if (response->status == 204) return ports::Removed::now;
    if (response->status == 404 && infra_error(*response))
        return maybe_acted ? ports::Removed::now : ports::Removed::already_gone;
    Error error = status_error(conversation_.call(doing, key_field_names), *response);
    if (maybe_acted) error.effect = Effect::unknown;
    if (const auto said = infra_error(*response);
        response->status == 400 && said && said->message.find(own_key_words) != std::string::npos) {
        error.field = "access_key";
        error.detail = "own_key";
    }
    return error;
}

Result<ports::TryAnswer> Keys::try_secret(const Secret& secret) {
    constexpr std::string_view doing = "trying the kept secret";
    using Verdict = ports::TryAnswer::Verdict;
    Request request = new_request(Method::get, self_url);
    request.bearer = &secret;
    auto response = conversation_.send(request, conversation_.time.deadline_of_reading(), doing);
    if (!response) {
        const Code code = response.error().code;
        if (code == Code::deadline || code == Code::cancelled) return std::move(response).error();
        return ports::TryAnswer{};
    }
    if (response->status == 401) {
        // Only these words mean that the secret opens nothing. Some servers put "unauthorized: "
        // before them.
        const auto said = infra_error(*response);
        const std::string words = said ? said->message : "";
        const bool expired = words.starts_with("access key has expired") ||
                             words.starts_with("unauthorized: access key has expired");
        const bool clear = expired || words == "unauthorized";
        return ports::TryAnswer{clear ? Verdict::refused : Verdict::uncertain, {}, {}, expired};
    }
    if (response->status != 200) return ports::TryAnswer{};
    auto answer = read_answer(conversation_.call(doing, key_field_names), *response);
    auto user = answer ? read_user(*answer) : Result<UserRow>(std::move(answer).error());
    if (!user) return ports::TryAnswer{};
    return ports::TryAnswer{Verdict::accepted, user->id.text(), user->name, false};
}

} // namespace infrastate::client
