// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

namespace infrastate::schema {
namespace {

constexpr std::array params{
    Param{
        .name = "state",
        .type = Type::choice,
        .doc = {"Whether the key should exist.",
                "With `absent` the key is deleted; a key that is not there is no change."},
        .fill = Default::filled,
        .default_value = "present",
        .choices = {"present", "absent"},
    },
    Param{
        .name = "name",
        .type = Type::key_name,
        .doc = {"Name of the key, unique among the keys of its user.",
                "2 to 240 letters, digits, `.`, `_` and `-`, not ending like `.rot-1-0123abcd`, "
                "which is how rotated keys are named."},
        .required = true,
    },
    Param{
        .name = "user",
        .type = Type::string,
        .doc =
            {"Name of the Infra user that the key is issued for.",
             "It must exist before a key is made: the server itself would make a key for nobody."},
        .fill = Default::filled,
        .default_value = "connector",
    },
    Param{
        .name = "expires_in",
        .type = Type::duration,
        .doc =
            {"How long a new key lives, as a Go duration such as `8766h`, `1h30m` or `45s`.",
             "The default applies where a key is made; a key that was made with another lifetime "
             "is replaced only if this parameter is set."},
        .fill = Default::on_creation,
        .default_value = "8766h0m0s",
    },
    Param{
        .name = "expires_at",
        .type = Type::rfc3339,
        .doc = {"When the key expires, as an RFC 3339 time such as `2027-11-23T07:56:35Z`.",
                "A time in the past is an error only where a key would have to be made."},
    },
    Param{
        .name = "inactivity_timeout",
        .type = Type::duration,
        .doc =
            {"The key dies when it is not used for this long; each use renews it.",
             "From the remaining lifetime on it has no effect: use does not prolong a key beyond "
             "its expiry.",
             "The default applies where a key is made; a key that was made with another one is "
             "replaced only if this parameter is set."},
        .fill = Default::on_creation,
        .default_value = "72h0m0s",
    },
    Param{
        .name = "recreate",
        .type = Type::choice,
        .doc = {"When a key that exists may be deleted and made again; its secret changes then.",
                "`never`: not at all; what would need it is an error.",
                "`dead`: when it has expired or died of inactivity.",
                "`state_change`: also when an attribute that is set here differs.",
                "`always`: in each run."},
        .fill = Default::filled,
        .default_value = "state_change",
        .choices = {"never", "dead", "state_change", "always"},
    },
};

constexpr std::array rules{
    Rule{RuleKind::mutually_exclusive, {"expires_in", "expires_at"}},
};

constexpr std::array returns{
    Returned{"changed",
             Type::boolean,
             "always",
             {"Whether anything on the server was changed, or would be in a dry run."},
             "true"},
    Returned{"outcome",
             Type::choice,
             "always",
             {"What is known about the server: `none` (nothing was changed), `changed`, or "
              "`unknown` (a request was sent and no clear answer came)."},
             "changed",
             {"none", "changed", "unknown"}},
    Returned{"reason",
             Type::string,
             "on success",
             {"Why the key was or was not changed: `absent`, `expired`, `inactive`, "
              "`drifted` or `ok`; the first that holds."},
             "absent"},
    Returned{"reasons", Type::list, "on success", {"All the reasons that hold."}, "[\"absent\"]"},
    Returned{"actions",
             Type::list,
             "on success",
             {"What was done, or would be in a dry run, in order."},
             "[\"create\"]"},
    Returned{"explanation",
             Type::string,
             "on success",
             {"One sentence for a person."},
             "The key did not exist and was created."},
    Returned{"secret",
             Type::secret,
             "always",
             {"The key's secret, or null where it is unknown.",
              "Infra shows it only once: in the run that makes the key."},
             "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"},
    Returned{
        "secret_known", Type::boolean, "always", {"Whether `secret` holds the secret."}, "true"},
    Returned{"id", Type::id, "when the key exists", {"The key's identifier."}, "4yJ3n3D8E2"},
    Returned{"name", Type::key_name, "when the key exists", {"The key's name."}, "my-cluster"},
    Returned{"user",
             Type::string,
             "when the key exists",
             {"The user the key is issued for."},
             "connector"},
    Returned{"created",
             Type::rfc3339,
             "when the key exists",
             {"When the key was made."},
             "2026-11-23T07:56:35Z"},
    Returned{"expires_at",
             Type::rfc3339,
             "when the key exists",
             {"When the key expires."},
             "2027-11-23T13:56:35Z"},
    Returned{"expires_in",
             Type::duration,
             "when the key exists",
             {"The key's whole lifetime, from creation to expiry."},
             "8766h0m0s"},
    Returned{"inactivity_timeout",
             Type::duration,
             "when the key exists",
             {"How long the key may stay unused."},
             "72h0m0s"},
    Returned{"inactivity_deadline",
             Type::rfc3339,
             "when the key exists",
             {"When the key dies unless it is used before."},
             "2026-11-26T07:56:35Z"},
    Returned{"last_used",
             Type::rfc3339,
             "when the key was used",
             {"When the key was last used."},
             "2026-11-23T08:10:02Z"},
    Returned{"remaining_seconds",
             Type::integer,
             "when the key exists and expires",
             {"How long it still lives, by the server's clock."},
             "31557600"},
    Returned{"remaining_percent",
             Type::integer,
             "when the key exists and expires",
             {"The same as a part of its whole lifetime."},
             "100"},
    Returned{"warnings",
             Type::list,
             "when there are any",
             {"What a person should know though the run did not fail."},
             {}},
    Returned{"error",
             Type::dict,
             "on failure",
             {"The failure for programs: `error.code`, `error.detail`, `error.field`, "
              "`error.http_status` and `error.retryable`."},
             {}},
};

} // namespace

constinit const Resource access_key_resource{
    .name = "access_key",
    .module = "infra_access_key",
    .summary = "Keeps an access key of Infra in the state described",
    .description = {"Creates, replaces and deletes one access key of an Infra server, so that "
                    "exactly one live key fits the description.",
                    "Running it again with the same parameters changes nothing."},
    .notes = {"Needs an Infra server of version 0.20.0 or newer.",
              "Infra shows the secret of a key once, when the key is made. Keep `secret` then.",
              "The key used to authenticate cannot be managed with itself."},
    .input = {params, rules},
    .returns = returns,
};

} // namespace infrastate::schema
