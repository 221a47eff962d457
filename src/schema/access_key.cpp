// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

#include "infrastate/types/vocabulary.h"

namespace infrastate::schema {
namespace {

constexpr std::array params{
    Param{
        .name = "state",
        .type = Type::choice,
        .doc = {"Whether the key should exist.",
                "With `absent` the key and everything that rotations made of it is deleted, on the "
                "server first and then in `secret_file`; a key that is not there is no change."},
        .fill = Default::filled,
        .default_value = vocabulary::states[0],
        .choices = Texts(vocabulary::states),
    },
    Param{
        .name = "name",
        .type = Type::key_name,
        .doc =
            {"Name of the key, unique among the keys of its user.",
             "2 to 240 letters, digits, `.`, `_` and `-` (at most 233 with `overlap`), not ending "
             "like `.rot-1-0123abcd`, which is how rotated keys are named.",
             "Without it a name is derived where `secret_file` is set, the same in each run: "
             "`infra-` and 16 letters and digits made of this machine's `/etc/machine-id`, the "
             "path, `host` and `user`.",
             "A machine that is cloned with `secret_file` shares the key with the original as long "
             "as both tasks give the same `name`. With another one, or without, it gets a key of "
             "its own, and the original's is left alone."},
    },
    Param{
        .name = "user",
        .type = Type::string,
        .doc =
            {"Name of the Infra user that the key is issued for.",
             "It must exist before a key is made: the server itself would make a key for nobody."},
        .fill = Default::filled,
        .default_value = vocabulary::connector,
    },
    Param{
        .name = "id",
        .type = Type::id,
        .doc = {"The server's identifier of one key, to select that key and no other.",
                "With `state: absent` it needs no `name`; where both are given they must agree.",
                "With `state: present` the run fails if that key does not exist or would have to "
                "be replaced."},
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
             "It has no effect if it is as long as the remaining lifetime or longer: use does not "
             "prolong a key beyond its expiry.",
             "The default applies where a key is made; a key that was made with another timeout is "
             "replaced only if this parameter is set."},
        .fill = Default::on_creation,
        .default_value = "72h0m0s",
    },
    Param{
        .name = "recreate",
        .type = Type::choice,
        .doc = {"When a key that exists may be replaced by a new one; its secret changes then.",
                "`never`: not at all; if a key would have to be replaced, that is an error.",
                "`dead`: when it has expired or died of inactivity.",
                "`state_change`: also when an attribute that is set here differs, its secret was "
                "lost, or it is due for renewal.",
                "`always`: in each run."},
        .fill = Default::filled,
        .default_value = vocabulary::recreations[2],
        .choices = Texts(vocabulary::recreations),
    },
    Param{
        .name = "renew_before",
        .type = Type::span_or_percent,
        .doc = {"Replace the key when less than this is left until it expires: a duration such as "
                "`720h`, or a part of its lifetime such as `20%` (`1%` to `90%`).",
                "Together with `renew_splay` and `overlap` it must be shorter than `expires_in`.",
                "`0s` is the same as leaving it out."},
        .minimum = 1,
        .maximum = 90,
    },
    Param{
        .name = "renew_splay",
        .type = Type::span,
        .doc = {"Renew up to this much earlier, so that the keys of a fleet are not renewed all at "
                "once.",
                "How much exactly follows from `name` and `host`: the same in each run."},
    },
    Param{
        .name = "overlap",
        .type = Type::span,
        .doc = {"How long the old key stays valid beside the new one when a live key is replaced; "
                "whoever uses it has that long to change over. `0s` deletes it at once.",
                "A later run deletes the old key, see `retire`.",
                "Needs `secret_file` or `current_secret`."},
        .fill = Default::filled,
        .default_value = "0s",
    },
    Param{
        .name = "retire",
        .type = Type::choice,
        .doc = {"When the old key of an overlap is deleted.",
                "`when_replaced_in_use`: after the overlap, once the new key was used or the old "
                "one was not used since; until then a warning says that it still is.",
                "`on_time`: after the overlap, whether it is still used or not."},
        .fill = Default::filled,
        .default_value = vocabulary::retirements[0],
        .choices = Texts(vocabulary::retirements),
    },
    Param{
        .name = "rotate_if_created_before",
        .type = Type::rfc3339,
        .doc = {"Replace the key if it was made before this moment: once, for instance after a "
                "secret may have leaked.",
                "A moment in the future has no effect until it has come.",
                "`now` is the server's time: every run with `now` replaces the key. With `overlap` "
                "the old key stays valid beside the new one."},
        .words = {"now"},
    },
    Param{
        .name = "keepers",
        .type = Type::dict,
        .doc = {"The key is replaced when one of these values is changed, added or removed.",
                "Texts, numbers and booleans; `true`, `\"true\"` and `\"True\"` are the same, and "
                "so are `5` and `\"5\"`. A null counts as not there.",
                "Setting them for the first time, or leaving them out again, replaces nothing.",
                "Only a digest of them is kept, beside `secret_file`."},
    },
    Param{
        .name = "adopt",
        .type = Type::choice,
        .doc = {"Whether a live key of this name may be replaced if this holder of the secret did "
                "not make it.",
                "`never`: that is an error, as somebody else may be using it.",
                "`replace`: its secret is not known here, so it is replaced by a new key."},
        .fill = Default::filled,
        .default_value = vocabulary::adoptions[0],
        .choices = Texts(vocabulary::adoptions),
    },
    Param{
        .name = "secret_file",
        .type = Type::path,
        .doc = {"File on this machine that keeps the secret: an absolute path; its folder must "
                "exist.",
                "It is written so that a crash loses no secret, and holds the secret and nothing "
                "else. A file with other contents is refused, never overwritten.",
                "Beside it `.FILE.infrastate` remembers which key it is, without a secret."},
    },
    Param{
        .name = "mode",
        .type = Type::mode,
        .doc = {"Mode of `secret_file`, as `0640` or `u=rw,g=r`; put octal modes in quotes.",
                "Without it `0600`; a narrower mode that the file has already is left."},
    },
    Param{
        .name = "owner",
        .type = Type::string,
        .doc = {"Owner of `secret_file`, by name or number."},
    },
    Param{
        .name = "group",
        .type = Type::string,
        .doc = {"Group of `secret_file`, by name or number."},
    },
    Param{
        .name = "current_secret",
        .type = Type::kept_secret,
        .doc = {"The secret as the caller keeps it, for instance in a vault: it is checked against "
                "the key, and the result holds the one to keep from now on.",
                "Leave it out (or null) if nothing is kept yet. An empty text means that the "
                "secret should exist but was not found, see `current_secret_missing`. A secret "
                "that opens another key, or that the server does not know, is not replaced.",
                "If `secret_file` is set, too, a `current_secret` that is the key's secret is "
                "stored there."},
    },
    Param{
        .name = "current_secret_missing",
        .type = Type::choice,
        .doc = {"What an empty `current_secret` means.",
                "`fail`: the look-up went wrong, which is an error.",
                "`replace`: the secret is lost, so the key is replaced."},
        .fill = Default::filled,
        .default_value = vocabulary::missings[0],
        .choices = Texts(vocabulary::missings),
    },
    Param{
        .name = "verify_secret",
        .type = Type::choice,
        .doc = {"Whether the kept secret is tried at the server.",
                "`auto`: once, if the record beside `secret_file` does not confirm it.",
                "`always`: in each run; each use of the key also puts off its death of inactivity.",
                "`never`: no, except before the run overwrites a secret that no record confirms. "
                "Without a try such a secret counts as wrong."},
        .fill = Default::filled,
        .default_value = vocabulary::verifications[0],
        .choices = Texts(vocabulary::verifications),
    },
};

constexpr std::array rules{
    Rule{RuleKind::mutually_exclusive, {"expires_in", "expires_at"}},
    Rule{RuleKind::mutually_exclusive, {"renew_before", "expires_at"}},
    Rule{RuleKind::required_by, {"renew_splay", "renew_before"}},
    Rule{RuleKind::required_by, {"keepers", "secret_file"}},
    Rule{RuleKind::required_by, {"mode", "secret_file"}},
    Rule{RuleKind::required_by, {"owner", "secret_file"}},
    Rule{RuleKind::required_by, {"group", "secret_file"}},
};

constexpr std::array predecessor_fields{
    Returned{"id", Type::id, "always", {"Its identifier."}, "4yJ3n3D8E2"},
    Returned{"name", Type::name, "always", {"Its name."}, "my-cluster"},
    Returned{"user", Type::name, "always", {"Its user."}, vocabulary::connector},
};

constexpr std::array own_fields{
    Returned{"changed",
             Type::boolean,
             "always",
             {"Whether anything was changed, on the server or in `secret_file`, or would be in a "
              "dry run."},
             "true"},
    Returned{"outcome",
             Type::choice,
             "always",
             {"What is known about the server: `none` (nothing was changed), `changed`, or "
              "`unknown` (a request was sent and no clear answer came)."},
             "changed",
             Texts(vocabulary::outcomes)},
    Returned{"reason",
             Type::word,
             "on success",
             {"Why the key was or was not changed, the first of these that holds: `absent`, "
              "`expired`, `inactive`, `unheld` (live, but this holder has no claim on it), "
              "`secret_rejected`, `secret_missing`, `drifted`, `rotation_due`, `expiring`, `ok`."},
             "absent"},
    Returned{"reasons", Type::words, "on success", {"All the reasons that hold."}, "[\"absent\"]"},
    Returned{"actions",
             Type::words,
             "on success",
             {"What was done, or would be in a dry run, in order: `create`, `delete`, `retire`, "
              "`collect`, `hand_over`, `store`, `set_attributes`, `delete_file`. `retire` deletes "
              "the old key of an overlap, and `collect` a key that a request without an answer "
              "made. `hand_over` finishes what an earlier run began, and `store` writes "
              "`current_secret` to `secret_file`."},
             "[\"create\"]"},
    Returned{"summary",
             Type::string,
             "when there is something to do",
             {"What is to be done, or was done, as an order in a few words."},
             "create access key 'my-cluster' of user 'connector'"},
    Returned{"explanation",
             Type::string,
             "on success",
             {"One sentence for a person."},
             "The key did not exist and was created."},
    or_null({"secret",
             Type::secret,
             "always",
             {"The key's secret, or null where it is unknown.",
              "Infra shows it only once: in the run that makes the key. A `secret_file` or "
              "`current_secret` makes it known in later runs, too."},
             "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"}),
    Returned{
        "secret_known", Type::boolean, "always", {"Whether `secret` holds the secret."}, "true"},
    or_null({"secret_state",
             Type::word,
             "on success",
             {"What is known of the secret that is kept: `not_kept` (by nobody this run can see), "
              "`good`, `missing`, `rejected`, or `unverified` (it was not, or could not be, "
              "tried)."},
             "good"}),
    Returned{"secret_changed",
             Type::boolean,
             "always",
             {"Whether there is another secret to hand out than before: whoever uses it must be "
              "told, for instance by a handler that restarts it."},
             "true"},
    or_null({"previous_id",
             Type::id,
             "when a key was replaced",
             {"The identifier of the key that was replaced."},
             "3xH2m2C7D1"}),
    or_null({"next_action_at",
             Type::rfc3339,
             "when it is known",
             {"When a run with these parameters may next have something to change, if the key is "
              "used in time; see `inactivity_deadline`."},
             "2027-10-24T07:56:35Z"}),
    Returned{"predecessors",
             Type::objects,
             "on success",
             {"Old keys of an overlap that still live."},
             {},
             {},
             predecessor_fields},
    Returned{"live_keys",
             Type::words,
             "on success",
             {"Identifiers of all live keys of this name, the old ones of an overlap included."},
             "[\"4yJ3n3D8E2\"]"},
};

constexpr std::array closing_fields{
    warnings_if_any,
    Returned{"error",
             Type::dict,
             "on failure",
             {"The failure for programs: `error.code`, `error.detail`, `error.field`, "
              "`error.http_status` and `error.retryable`."},
             {}},
};

constexpr auto returns = concatenated(concatenated(own_fields, key_fields), closing_fields);

} // namespace

constinit const Resource access_key_resource{
    .name = "access_key",
    .module = "infra_access_key",
    .title = "access key",
    .kind = ResourceKind::state,
    .summary = "Keeps an access key of Infra in the state described",
    .description = {"Creates, renews, replaces and deletes one access key of an Infra server, so "
                    "that exactly one live key fits the description, and hands over its secret.",
                    "Running it again with the same parameters changes nothing."},
    .notes = {"Needs an Infra server of version 0.20.0 or newer.",
              "Infra shows the secret of a key once, when the key is made. Let `secret_file` keep "
              "it, or keep `secret` yourself and give it as `current_secret` in later runs.",
              "One of `name`, `secret_file` and, with `state: absent`, `id` is needed.",
              "The key used to authenticate cannot be managed with itself."},
    .input = {params, rules},
    .attributes = key_fields,
    .returns = returns,
};

} // namespace infrastate::schema
