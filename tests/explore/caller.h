// SPDX-License-Identifier: Apache-2.0
// Who authenticates a run, and what the server lets it see and do.
#pragma once

#include <string>

namespace infrastate::explore {

struct Caller {
    enum class Kind {
        configured,    ///< a key of the server's configuration: an administrator's that creates
        admin_key,     ///< an administrator's ordinary key: creates for `connector` only
        admin_session, ///< an administrator who logged in
        user_session,  ///< a user without a role who logged in: its own keys only
        connector_key, ///< a key of the connector: may not look at keys
        row,           ///< a key that the server lists: `secret` is one of a Key
        count_,
    };
    Kind kind = Kind::configured;
    int site = 0;
    std::string secret{};
    bool creates = true; ///< kind row: it came with the server's configuration

    bool is_session() const noexcept {
        return kind == Kind::admin_session || kind == Kind::user_session;
    }
};

/// What a caller is to the server at this moment.
struct Rights {
    bool known = true; ///< else each request is answered with 401
    std::string user_id{}, user_name{};
    bool admin = false, session = false, creates = false;

    bool sees(const std::string& of_user_id) const {
        return admin || (user_name != "connector" && user_id == of_user_id);
    }
};

} // namespace infrastate::explore
