// SPDX-License-Identifier: Apache-2.0
// The port to a server's access keys, free of HTTP. The client implements it, tests use fakes.
// Every call may block.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/error.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/server.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::ports {

struct KeyQuery {
    std::optional<std::string> name{}; ///< exact name
    std::optional<ServerId> user_id{}; ///< only this user's keys
    /// The name of the user whose rows are wanted; empty: all users. The server has no such filter,
    /// but a shared listing does. A caller who may list only its own keys gets an error if this is
    /// another user.
    std::string name_of_user{};
    bool show_dead = true;        ///< include expired and inactive keys
    bool first_page_only = false; ///< stop after one page; `complete` says whether there are more
    /// Asks for the keys of all users, but accepts a list of the caller's own keys if the caller
    /// may not list more.
    bool own_will_do = false;
};

struct KeyListing {
    std::vector<AccessKeyRow> rows;
    ServerTime time;
    bool complete = true; ///< false if `first_page_only` left pages unread
    int pages = 1;        ///< with more than one page, rows that moved between pages may be missing
    /// Set if the caller may list only this user's keys: the listing says nothing about other
    /// users.
    std::string only_of_user{};
};

struct NewKey {
    ServerId user_id;
    std::string name;
    Duration expiry;
    Duration inactivity_timeout;
};

struct CreatedKey {
    AccessKeyRow row;
    Secret secret;
    ServerTime time;
};

enum class Removed { now, already_gone };

/// The server's answer to one try of a secret.
struct TryAnswer {
    enum class Verdict {
        accepted,  ///< 200: `user_id` is the user of the key
        refused,   ///< a 401 in Infra's own shape and words
        uncertain, ///< anything else: nothing follows from it
    };
    Verdict verdict = Verdict::uncertain;
    std::string user_id{};
    std::string user_name{};
    bool expired = false; ///< if refused: the server knows the secret as that of a dead key
};

/// Not thread-safe. Errors contain the server's own words and the true Effect.
class KeyApi {
public:
    virtual ~KeyApi() = default;

    /// Lists all pages. Errors: auth, permission (keys that the caller may not see are never left
    /// out silently), transport, deadline, cancelled, server.
    virtual Result<KeyListing> list(const KeyQuery& query) = 0;
    /// The port never repeats it. The error's `effect` is unknown if the request may have created
    /// the key. It is none after a clear 4xx (409: code conflict).
    virtual Result<CreatedKey> create(const NewKey& key) = 0;
    /// Repeated where that is safe. A 404 gives `already_gone`. The error's `effect` is true.
    /// Detail "own_key": the server does not delete the key that authenticates the request.
    virtual Result<Removed> remove(const ServerId& id) = 0;
    /// Sends one request to /api/users/self with `secret`. The server records it as a use of the
    /// key.
    virtual Result<TryAnswer> try_secret(const Secret& secret) = 0;
};

} // namespace infrastate::ports
