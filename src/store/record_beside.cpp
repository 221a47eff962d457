// SPDX-License-Identifier: Apache-2.0
#include "disk_store.h"
#include "errors.h"

#include "infrastate/store/secret_file.h"

namespace infrastate::store {
namespace {

/// In a shared folder anybody can create a record beside another user's secret. There the record
/// must belong to this user, to root, or to the owner of the secret.
Result<void> believable(const Paths& paths, Files& files) {
    const auto folder = files.look(paths.folder);
    const auto record = files.look(paths.record);
    const auto secret = files.look(paths.file);
    for (const auto* looked : {&folder, &record, &secret})
        if (!*looked) return looked->error();
    if (!*folder || !*record || ((*folder)->mode & sticky) == 0) return {};
    const std::uint32_t owner = (*record)->uid;
    if (owner == 0 || owner == files.uid() || (*secret && (*secret)->uid == owner)) return {};
    return Error{Code::file,
                 "the record " + shown(paths.record) + " belongs to another user (number " +
                     std::to_string(owner) + ") than the secret, in the shared folder " +
                     shown(paths.folder) + " (sticky bit)",
                 {},
                 "foreign_file"};
}

} // namespace

Result<std::optional<Record>> record_beside(const std::string& secret_file, Files& files) {
    auto canonical = canonical_path(secret_file, files);
    if (!canonical) return std::move(canonical).error();
    const std::string path = Paths(*canonical).record;
    const auto blamed = [&](Error error) {
        error.message = "secret_file: " + error.message;
        error.field = "secret_file";
        return error;
    };
    if (auto fine = believable(Paths(*canonical), files); !fine)
        return blamed(std::move(fine).error());
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
