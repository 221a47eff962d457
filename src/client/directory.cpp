// SPDX-License-Identifier: Apache-2.0
#include "directory.h"

#include "rows.h"
#include "urls.h"

#include <utility>

namespace infrastate::client {
namespace {

constexpr FieldName user_field_names[] = {{"name", "user"}};

} // namespace

Result<std::optional<UserRow>> Directory::find_user(const std::string& name) {
    const ApiCall call = conversation_.call("looking up the user", user_field_names);
    const auto& self = conversation_.session_user;
    if (self && self->name == name) return self;
    auto rows = rows_by_id<UserRow>(read_user,
                                    [](const UserRow& user) -> const ServerId& { return user.id; });
    auto read = conversation_.read_list(
        call, false, [&](int page) { return users_url(name, page); }, rows);
    if (!read) return conversation_.not_visible(std::move(read).error());
    std::optional<UserRow> found;
    for (UserRow& user : rows.rows) {
        if (user.name != name) continue;
        if (found) return unexpected_answer(call, "has two users of that one name");
        found = std::move(user);
    }
    return found;
}

} // namespace infrastate::client
