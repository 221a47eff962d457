// SPDX-License-Identifier: Apache-2.0
// Who authenticates a run, and what the server lets this caller see and do.
#pragma once

#include <string>

namespace infrastate::explore {

struct Caller {
    enum class Kind {
        configured,    ///< a key of the server's configuration; it is an administrator's and may
                       ///< create for all
        admin_key,     ///< an administrator's ordinary key: may create for `connector` only
        admin_session, ///< an administrator who logged in
        user_session,  ///< a user without a role who logged in: sees only its own keys
        connector_key, ///< a key of the connector: may not list keys
        row,           ///< a key that the server lists; `secret` is its secret
        count_,
    };
    Kind kind = Kind::configured;
    int site = 0;
    std::string secret{};
    bool creates = true; ///< kind row: the key came with the server's configuration

    bool is_session() const noexcept {
        return kind == Kind::admin_session || kind == Kind::user_session;
    }
};

/// What the caller may do on the server at this moment.
struct Rights {
    bool known = true; ///< false: each request is answered with 401
    std::string user_id{}, user_name{};
    bool admin = false, session = false, creates = false;

    bool sees(const std::string& of_user_id) const {
        return admin || (user_name != "connector" && user_id == of_user_id);
    }
};

} // namespace infrastate::explore
