// SPDX-License-Identifier: Apache-2.0
#include "disk_store.h"
#include "errors.h"

#include "infrastate/store/secret_file.h"

namespace infrastate::store {

Result<std::optional<Record>> record_beside(const std::string& secret_file, Files& files) {
    auto canonical = canonical_path(secret_file, files);
    if (!canonical) return std::move(canonical).error();
    const std::string path = Paths(*canonical).record;
    const auto blamed = [&](Error error) {
        error.message = "secret_file: " + error.message;
        error.field = "secret_file";
        return error;
    };
    auto text = files.read(path, max_record_bytes);
    if (!text) return blamed(std::move(text).error());
    if (!*text) return std::optional<Record>();
    ReadRecord read = read_record((*text)->reveal());
    if (!read.record)
        return blamed(Error{
            Code::file, "the record " + shown(path) + " " + read.problem, {}, "record_damaged"});
    return std::move(read.record);
}

} // namespace infrastate::store
