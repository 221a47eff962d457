// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

namespace infrastate::schema {
namespace {

constexpr std::array params{
    Param{
        .name = "name",
        .type = Type::key_name,
        .doc = {"Only the key of this name and those that rotations made of it.",
                "Without `user` too: of every user who has one."},
    },
    Param{
        .name = "user",
        .type = Type::string,
        .doc = {"Only keys of this Infra user. The connector's user is named `connector`.",
                "If `user`, `name` and `secret_file` are all left out: all keys that the caller "
                "may list."},
    },
    Param{
        .name = "secret_file",
        .type = Type::path,
        .doc = {"Also say which keys are kept in this file, by the record beside it; the secret is "
                "not read.",
                "Without `name` and `user` it selects the family of the key that is kept there."},
    },
    Param{
        .name = "in_use_within",
        .type = Type::duration,
        .doc = {"A key counts as in use if it was used this recently.",
                "Infra's connectors use theirs about every minute."},
        .fill = Default::filled,
        .default_value = "1h0m0s",
    },
    Param{
        .name = "fail_if_expiring_within",
        .type = Type::duration,
        .doc = {"Fail if a key expires in less than this, or has died already; the keys are in the "
                "result all the same.",
                "Of keys that rotations made of one name, the one that lives longest counts. It is "
                "a failure, too, if there is no key.",
                "Needs `name`, `user` or `secret_file`."},
    },
};

constexpr std::array info_fields{
    Returned{"status",
             Type::choice,
             "always",
             {"Whether the key is valid."},
             "live",
             {"live", "expired", "inactive"}},
    Returned{"usage",
             Type::choice,
             "always",
             {"Whether it was used within `in_use_within`, before that, or never."},
             "in_use",
             {"in_use", "idle", "never_used"}},
    or_null({"idle_seconds",
             Type::integer,
             "when the key was used",
             {"Time since its last use."},
             "42"}),
    Returned{"family",
             Type::name,
             "always",
             {"The name it is managed under: `name` without what a rotation appended."},
             "my-cluster"},
    Returned{"rotation",
             Type::integer,
             "always",
             {"Which rotation made the key; 0 for a key with the name itself."},
             "0"},
    or_null({"held",
             Type::boolean,
             "when `secret_file` is set",
             {"Whether the record beside `secret_file` names the key, as the current one or as an "
              "old one of an overlap."},
             "true"}),
};
constexpr auto fields = concatenated(key_fields, info_fields);

constexpr std::array returns{
    never_changed,
    Returned{"access_keys",
             Type::objects,
             "always",
             {"The keys that were found, dead ones too, ordered by user, family and rotation."},
             {},
             {},
             fields},
    Returned{"unheld",
             Type::words,
             "always",
             {"Identifiers of live keys in the family of the key kept in `secret_file` whose "
              "secret is not kept there: left over, or in use elsewhere."},
             "[]"},
    server_time_on_success,
    Returned{"explanation",
             Type::string,
             "on success",
             {"One sentence for a person."},
             "2 access keys were found, 1 of them live."},
    warnings_if_any,
    Returned{"error",
             Type::dict,
             "on failure",
             {"The failure for programs: `error.code`, `error.detail`, `error.field`, "
              "`error.http_status` and `error.retryable`. `error.detail` is `expiring` where "
              "`fail_if_expiring_within` complains."},
             {}},
};

} // namespace

constinit const Resource access_key_info_resource{
    .name = "access_key_info",
    .module = "infra_access_key_info",
    .title = "access keys",
    .kind = ResourceKind::question,
    .summary = "Tells which access keys of Infra there are, and what becomes of them",
    .description = {"Lists access keys of an Infra server: which are live and until when, which "
                    "are used, and which nobody keeps.",
                    "Changes nothing and never shows a secret."},
    .notes = {"Needs an Infra server of version 0.20.0 or newer."},
    .input = {params, {}},
    .returns = returns,
};

} // namespace infrastate::schema
