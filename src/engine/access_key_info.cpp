// SPDX-License-Identifier: Apache-2.0
// The resource "access_key_info": which keys there are, and which of them a secret file keeps.
#include "infrastate/wire/access_key_info.h"

#include "resource.h"

#include "infrastate/store/secret_file.h"
#include "infrastate/wire/access_key.h"

namespace infrastate::engine {
namespace {

Result<plan::InfoQuery> read_query(const Value& parameters, const RunTarget& target) {
    auto query = wire::access_key_query(parameters);
    if (!query) return query;
    query->host = target.origin;
    if (parameters.text("secret_file").empty()) return query;
    if (auto possible = store::check_path(parameters.text("secret_file")); !possible)
        return std::move(possible).error();
    const std::string path(parameters.text("secret_file"));
    auto record = store::record_beside(path, target.files);
    if (!record) return std::move(record).error();
    query->holder = plan::RecordedFile{.path = path, .record = std::move(*record)};
    return query;
}

} // namespace

Result<void> check_access_key_info(const Value& parameters, const RunTarget& target) {
    auto query = read_query(parameters, target);
    if (!query) return std::move(query).error();
    return {};
}

Value run_access_key_info(Operation /*mode*/, const Value& parameters, RunContext& context) {
    const auto query = read_query(parameters, context.target);
    return wire::access_key_info_result(
        query ? reconcile::find_access_keys(*query, context.ports.keys, context.ports.directory)
              : Result<plan::KeysInfo>(query.error()));
}

} // namespace infrastate::engine
