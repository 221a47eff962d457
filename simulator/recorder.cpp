// SPDX-License-Identifier: Apache-2.0
#include "recorder.h"

namespace infrastate::simulator {

namespace {

Json maybe(const std::optional<int>& status) {
    return status ? Json(*status) : Json();
}

template <class Map, class Name>
JsonObject counted(const Map& map, Name name) {
    JsonObject object = json_object();
    for (const auto& [key, count] : map)
        object->set(name(key), count);
    return object;
}

} // namespace

std::int64_t Recorder::begin(RequestRecord record) {
    const std::lock_guard lock(mutex_);
    record.number = ++last_;
    ++received_;
    ++by_method_[record.method];
    if (!record.fault.empty()) ++faults_;
    records_.push_back(std::move(record));
    if (records_.size() > kept) records_.pop_front();
    return last_;
}

RequestRecord* Recorder::find(std::int64_t number) {
    if (records_.empty() || number < records_.front().number) return nullptr;
    const auto place = static_cast<std::size_t>(number - records_.front().number);
    return place < records_.size() ? &records_[place] : nullptr;
}

void Recorder::acted(std::int64_t number, int status) {
    const std::lock_guard lock(mutex_);
    ++by_effect_[status];
    if (RequestRecord* record = find(number)) record->acted = status;
}

void Recorder::answered(std::int64_t number, int status) {
    const std::lock_guard lock(mutex_);
    ++by_status_[status];
    if (RequestRecord* record = find(number)) record->status = status;
}

void Recorder::late(int change) {
    const std::lock_guard lock(mutex_);
    late_ += change;
}

void Recorder::clear() {
    const std::lock_guard lock(mutex_);
    records_.clear();
    received_ = faults_ = 0; // request numbers and late effects continue
    by_method_.clear();
    by_status_.clear();
    by_effect_.clear();
}

JsonObject Recorder::requests(std::int64_t after) const {
    const std::lock_guard lock(mutex_);
    JsonArray list = json_array();
    for (const RequestRecord& record : records_) {
        if (record.number <= after) continue;
        list->add(json_object({{"number", record.number},
                               {"at", rfc3339(record.at)},
                               {"method", record.method},
                               {"path", record.target},
                               {"bearer_sha256", record.bearer_digest},
                               {"infra_version", record.infra_version},
                               {"fault", record.fault},
                               {"acted", maybe(record.acted)},
                               {"status", maybe(record.status)}}));
    }
    return json_object({{"last", last_}, {"requests", list}});
}

JsonObject Recorder::counters() const {
    const std::lock_guard lock(mutex_);
    const auto status_name = [](int status) { return std::to_string(status); };
    const auto same = [](const std::string& name) { return name; };
    return json_object({{"requests", received_},
                        {"with_faults", faults_},
                        {"late_effects_pending", late_},
                        {"by_method", counted(by_method_, same)},
                        {"acted", counted(by_effect_, status_name)},
                        {"answered", counted(by_status_, status_name)}});
}

} // namespace infrastate::simulator
