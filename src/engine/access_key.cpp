// SPDX-License-Identifier: Apache-2.0
// The resource "access_key": joins its parameters, the server, the secret file and this machine.
#include "infrastate/wire/access_key.h"

#include "credentials.h"
#include "resource.h"
#include "watched_store.h"

#include "infrastate/store/secret_file.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace infrastate::engine {
namespace {

std::optional<std::string> text_of(const Value& parameters, std::string_view name) {
    const Value* value = parameters.find(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return value->string();
}

/// 32 hexadecimal digits; empty where the machine has none yet, as in many containers.
std::string machine_id() {
    constexpr std::size_t digits = 32;
    // The second is where D-Bus keeps it on systems without systemd.
    for (const char* path : {"/etc/machine-id", "/var/lib/dbus/machine-id"}) {
        const auto content = read_small_file("name", path);
        if (!content) continue;
        std::string id(content->reveal());
        while (!id.empty() && (id.back() == '\n' || id.back() == ' '))
            id.pop_back();
        const bool good = id.size() == digits && std::all_of(id.begin(), id.end(), [](char c) {
                              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                          });
        if (good) return id;
    }
    return {};
}

/// The parameters, read and checked as far as that goes without a request.
struct Job {
    plan::Desired desired;
    std::unique_ptr<ports::SecretStore> store{};
    std::optional<Secret> current_secret{};
};

Result<Job> read_job(const Value& parameters, const Site& site) {
    wire::Surroundings where{.host = site.origin};
    std::unique_ptr<ports::SecretStore> store;
    if (auto path = text_of(parameters, "secret_file")) {
        store::SecretFileSettings settings{.path = std::move(*path),
                                           .mode = text_of(parameters, "mode"),
                                           .owner = text_of(parameters, "owner"),
                                           .group = text_of(parameters, "group")};
        auto opened = store::open_secret_file(settings, site.files);
        if (!opened) return std::move(opened).error();
        store = std::move(*opened);
        if (!text_of(parameters, "name")) {
            auto canonical = store::canonical_path(settings.path, site.files);
            if (!canonical) return std::move(canonical).error();
            where.secret_file = std::move(*canonical);
            where.machine_id = machine_id();
        }
    }
    auto desired = wire::desired_access_key(parameters, where);
    if (!desired) return std::move(desired).error();
    Job out{.desired = std::move(*desired), .store = std::move(store)};
    if (const auto secret = text_of(parameters, "current_secret"); secret && !secret->empty())
        out.current_secret.emplace(*secret);
    return out;
}

} // namespace

Result<void> check_access_key(const Value& desired, const Site& site) {
    auto job = read_job(desired, site);
    if (!job) return std::move(job).error();
    return {};
}

Value run_access_key(Mode mode, const Value& parameters, Workplace& place) {
    auto job = read_job(parameters, place.site);
    if (!job) return wire::failed_result(job.error());
    std::optional<WatchedStore> store;
    if (job->store) store.emplace(*job->store, place.secrets);
    if (job->current_secret) place.secrets.push_back(job->current_secret->clone());
    reconcile::World world{.api = place.api,
                           .host = place.host,
                           .store = store ? &*store : nullptr,
                           .current_secret = job->current_secret ? &*job->current_secret : nullptr,
                           .own_token = place.own_token};
    auto report = reconcile::reconcile_access_key(
        job->desired, mode == Mode::plan ? reconcile::Mode::check : reconcile::Mode::apply, world);
    if (report.secret) place.secrets.push_back(report.secret->clone());
    return wire::access_key_result(std::move(report));
}

} // namespace infrastate::engine
