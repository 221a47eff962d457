// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

namespace infrastate::schema {
namespace {

constexpr std::int64_t second_ms = 1000, hour_ms = 3'600'000;

constexpr std::array params{
    Param{
        .name = "name",
        .type = Type::string,
        .doc = {"Only the destination of exactly this name.",
                "Without it all destinations are listed."},
    },
    Param{
        .name = "kind",
        .type = Type::choice,
        .doc = {"Only destinations of this kind."},
        .choices = {"kubernetes", "ssh"},
    },
    Param{
        .name = "wait_for",
        .type = Type::choice,
        .doc = {"Wait until the destination is connected, or disconnected. Needs `name`.",
                "A destination that is not listed yet is waited for; one that is gone counts as "
                "disconnected.",
                "The server calls a destination connected for six minutes after its connector's "
                "last request, also when the connector has stopped. After a change, ask for a "
                "newer sign of life with `seen_after`."},
        .choices = {"connected", "disconnected"},
    },
    Param{
        .name = "wait_timeout",
        .type = Type::duration,
        .doc = {"How long `wait_for` waits at most, as a Go duration between `1s` and `12h`.",
                "Where `timeout` is not set, it becomes this time and 30 seconds more. A `timeout` "
                "that is shorter than that is an error."},
        .fill = Default::filled,
        .default_value = "5m0s",
        .minimum = second_ms,
        .maximum = 12 * hour_ms,
    },
    Param{
        .name = "seen_after",
        .type = Type::rfc3339,
        .doc = {"A destination counts as connected only if the server has heard of it after this "
                "time: an RFC 3339 time that has passed, or `now` for the server's time at the "
                "first look.",
                "After a restart give a time before it: `created` of the new key, or `server_time` "
                "of an earlier look. Infra's connectors make a request when they start and then "
                "within five minutes, so `now` may wait that long.",
                "Goes with `wait_for: connected` or `fail_if_disconnected`."},
        .words = {"now"},
    },
    Param{
        .name = "fail_if_disconnected",
        .type = Type::boolean,
        .doc = {"Fail if one of the destinations that were asked for is not connected, or if there "
                "is none; they are in the result all the same."},
        .fill = Default::filled,
        .default_value = "false",
    },
};

constexpr std::array rules{
    Rule{RuleKind::required_by, {"wait_for", "name"}},
};

constexpr std::array fields{
    Returned{"id", Type::id, "always", {"The destination's identifier."}, "2voGSGsgYP3"},
    Returned{"name", Type::name, "always", {"The destination's name."}, "my-cluster"},
    Returned{"kind", Type::word, "always", {"What kind it is."}, "kubernetes"},
    Returned{"connected",
             Type::boolean,
             "always",
             {"Whether the server calls it connected: its connector made a request within the last "
              "six minutes."},
             "true"},
    or_null({"last_seen",
             Type::rfc3339,
             "when its connector made a request",
             {"When its connector last made a request."},
             "2026-11-23T08:10:02Z"}),
    or_null({"created",
             Type::rfc3339,
             "when the server tells it",
             {"When its connector first registered it."},
             "2026-11-23T07:56:35Z"}),
    or_null({"version",
             Type::name,
             "when its connector said it",
             {"The version of its connector."},
             "0.21.0"}),
    or_null({"connection_url",
             Type::name,
             "when its connector said it",
             {"Where its users reach it."},
             "k8s.example.com:443"}),
    Returned{"resources",
             Type::words,
             "always",
             {"What there is in it to give access to: the namespaces of a cluster."},
             "[\"default\", \"kube-system\"]"},
    Returned{"roles",
             Type::words,
             "always",
             {"Roles that can be granted on it."},
             "[\"admin\", \"edit\", \"view\"]"},
};

constexpr std::array returns{
    never_changed,
    Returned{"destinations",
             Type::objects,
             "always",
             {"The destinations that were found, ordered by name."},
             {},
             {},
             fields},
    or_null({"connected",
             Type::boolean,
             "when `name` is set",
             {"Whether the destination is connected, and was seen after `seen_after` where that is "
              "set."},
             "true"}),
    or_null({"waited_seconds",
             Type::integer,
             "when `wait_for` is set",
             {"How long it was waited for."},
             "7"}),
    server_time_on_success,
    Returned{"explanation",
             Type::string,
             "on success",
             {"One sentence for a person."},
             "2 destinations were found, 1 of them connected."},
    warnings_if_any,
    Returned{"error",
             Type::dict,
             "on failure",
             {"The failure for programs: `error.code`, `error.detail`, `error.field`, "
              "`error.http_status` and `error.retryable`. `error.detail` is `disconnected` where "
              "`fail_if_disconnected` complains, `not_connected` or `not_disconnected` where "
              "`wait_for` waited in vain."},
             {}},
};

} // namespace

constinit const Resource destination_info_resource{
    .name = "destination_info",
    .module = "infra_destination_info",
    .title = "destinations",
    .kind = ResourceKind::question,
    .summary = "Tells which destinations of Infra there are and whether they are connected",
    .description = {"Lists destinations of an Infra server, the clusters and machines that its "
                    "connectors serve, and waits until one is connected or disconnected.",
                    "Changes nothing. Every user of the server may list destinations, the user of "
                    "a connector too."},
    .notes = {"Needs an Infra server of version 0.20.0 or newer."},
    .input = {params, rules},
    .returns = returns,
};

} // namespace infrastate::schema
