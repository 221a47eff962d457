// SPDX-License-Identifier: Apache-2.0
// The port to a server's access keys, free of HTTP. The client implements it for real, tests
// implement it as fakes; every call may block.
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
    /// Whose rows are wanted; empty: everybody's. The server cannot be asked by a user's name, but
    /// a shared listing can, and who may list only its own keys is refused where it wants
    /// another's.
    std::string name_of_user{};
    bool show_dead = true;        ///< expired and inactive ones too
    bool first_page_only = false; ///< stop after one page; `complete` tells if there is more
    /// Everybody's are asked for, but those that the caller may list will do.
    bool own_will_do = false;
};

struct KeyListing {
    std::vector<AccessKeyRow> rows;
    ServerTime time;
    bool complete = true; ///< false where `first_page_only` left pages unread
    int pages = 1;        ///< rows that move between pages may be missing from a listing of several
    /// Set where the caller may list only this user's keys: nothing is said of others.
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

/// What the server says of a secret that was tried once.
struct TryAnswer {
    enum class Verdict {
        accepted,  ///< 200: `user_id` is whose key it is
        refused,   ///< a 401 in Infra's own shape and words
        uncertain, ///< anything else: nothing may be concluded
    };
    Verdict verdict = Verdict::uncertain;
    std::string user_id{};
    std::string user_name{};
    bool expired = false; ///< refused: as a secret that this server knows, of a dead key
};

/// Not thread-safe. Errors carry the server's own words and an honest Effect.
class KeyApi {
public:
    virtual ~KeyApi() = default;

    /// All pages. Errors: auth, permission (what is not visible is never left out silently),
    /// transport, deadline, cancelled, server.
    virtual Result<KeyListing> list(const KeyQuery& query) = 0;
    /// Never repeated by the port. `effect` is unknown where the request may have acted; a clear
    /// 4xx has effect none (409: code conflict).
    virtual Result<CreatedKey> create(const NewKey& key) = 0;
    /// Repeated where that is safe. A 404 is `already_gone`. The error's `effect` is honest. Detail
    /// "own_key": the server does not delete the key that authenticates the request.
    virtual Result<Removed> remove(const ServerId& id) = 0;
    /// Uses `secret` once at /api/users/self (this records a use of the key).
    virtual Result<TryAnswer> try_secret(const Secret& secret) = 0;
};

} // namespace infrastate::ports
