// SPDX-License-Identifier: Apache-2.0
// The resource "access_key": joins its parameters, the server, the secret file and this machine.
#include "infrastate/wire/access_key.h"

#include "credentials.h"
#include "resource.h"
#include "watched_store.h"

#include "infrastate/store/secret_file.h"
#include "infrastate/types/ascii.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace infrastate::engine {
namespace {

std::optional<std::string> if_given(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

/// 32 hexadecimal digits. Empty if the machine has no id yet, as in many containers.
std::string machine_id() {
    constexpr std::size_t digits = 32;
    // D-Bus keeps the id at the second path, on systems without systemd.
    for (const char* path : {"/etc/machine-id", "/var/lib/dbus/machine-id"}) {
        const auto content = read_small_file("name", path);
        if (!content) continue;
        const std::string_view id = trimmed(content->reveal());
        if (is_hex(id, digits)) return std::string(id);
    }
    return {};
}

/// The parameters of a run, read and checked as far as possible without a request.
struct Job {
    plan::Desired desired;
    wire::DesiredContext where{};
    std::unique_ptr<ports::SecretStore> store{};
    std::optional<Secret> current_secret{};
};

Result<Job> read_job(const Value& parameters, const RunTarget& target) {
    wire::DesiredContext where{.host = target.origin};
    std::unique_ptr<ports::SecretStore> store;
    if (const auto path = parameters.text("secret_file"); !path.empty()) {
        if (auto possible = store::check_path(path); !possible) return std::move(possible).error();
        store::SecretFileSettings settings{.path = std::string(path),
                                           .mode = if_given(parameters.text("mode")),
                                           .owner = if_given(parameters.text("owner")),
                                           .group = if_given(parameters.text("group"))};
        auto opened = store::open_secret_file(settings, target.files);
        if (!opened) return std::move(opened).error();
        store = std::move(*opened);
        auto canonical = store::canonical_path(settings.path, target.files);
        if (!canonical) return std::move(canonical).error();
        where.secret_file = std::move(*canonical);
        where.machine_id = machine_id();
    }
    auto desired = wire::desired_access_key(parameters, where);
    if (!desired) return std::move(desired).error();
    Job out{.desired = std::move(*desired), .where = std::move(where), .store = std::move(store)};
    if (const auto secret = parameters.text("current_secret"); !secret.empty())
        out.current_secret.emplace(secret);
    return out;
}

} // namespace

Result<void> check_access_key(const Value& desired, const RunTarget& target) {
    auto job = read_job(desired, target);
    if (!job) return std::move(job).error();
    return {};
}

Value run_access_key(Operation mode, const Value& parameters, RunContext& context) {
    auto job = read_job(parameters, context.target);
    if (!job) return failure(job.error(), "access_key", mode);
    std::optional<WatchedStore> store;
    if (job->store) store.emplace(*job->store, context.masker);
    if (job->current_secret) context.masker.add(job->current_secret->reveal());
    reconcile::Context run{.ports = context.ports,
                           .store = store ? &*store : nullptr,
                           .current_secret = job->current_secret ? &*job->current_secret : nullptr,
                           .own_token = context.own_token,
                           .derived_name = [&](std::string_view host, std::string_view user) {
                               return wire::name_derived_at(job->where, host, user);
                           }};
    auto report = reconcile::reconcile_access_key(
        job->desired, mode == Operation::plan ? reconcile::Mode::check : reconcile::Mode::apply,
        run);
    if (report.secret) context.masker.add(report.secret->reveal());
    return wire::access_key_result(std::move(report));
}

} // namespace infrastate::engine
