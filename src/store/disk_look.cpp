// SPDX-License-Identifier: Apache-2.0
#include "digest.h"
#include "disk_store.h"
#include "errors.h"

#include "infrastate/types/file_mode.h"

#include <algorithm>
#include <utility>

namespace infrastate::store {
namespace {

using Kind = FileInfo::Kind;
using ports::StoreView;

constexpr std::uint32_t everybody_writes = 0002, group_writes = 0020;
constexpr std::uint32_t everybody_reads = 0004;

std::string_view kind_text(Kind kind) {
    if (kind == Kind::symlink) return "a symbolic link";
    if (kind == Kind::folder) return "a folder";
    return "a device, a pipe or a socket";
}

std::string_view without_newline(std::string_view contents) {
    if (contents.ends_with('\n')) contents.remove_suffix(1);
    return contents;
}

} // namespace

Paths::Paths(const std::string& canonical) : folder(), file(canonical) {
    const std::size_t slash = canonical.rfind('/');
    folder = slash == 0 ? "/" : canonical.substr(0, slash);
    const std::string base = canonical.substr(0, slash + 1) + "." + canonical.substr(slash + 1);
    record = base + ".infrastate";
    record_temp = record + ".tmp";
    intents = record + ".intents";
    intents_temp = intents + ".tmp";
    fresh = record + ".new";
    lock = record + ".lock";
}

DiskStore::DiskStore(const std::string& path, Wanted wanted, Files& files)
    : paths_(path), wanted_(std::move(wanted)), files_(files) {}

Error DiskStore::blamed(Error error, std::string_view field) const {
    error.code = Code::file;
    error.message = std::string(field) + ": " + error.message;
    error.field = std::string(field);
    return error;
}

// ---------------------------------------------------------------- lock

Result<void> DiskStore::lock(const std::function<bool()>& keep_waiting) {
    if (lock_ != nullptr) return {};
    if (auto fine = inspect(paths_.lock, Owner::mine); !fine) return std::move(fine).error();
    while (true) {
        auto got = files_.try_lock(paths_.lock);
        if (!got) return blamed(std::move(got).error());
        if (*got != nullptr) {
            lock_ = std::move(*got);
            return clear_litter();
        }
        if (!keep_waiting()) break;
        files_.wait_a_moment();
    }
    Error error =
        refusal("secret_file",
                "another run is at work on " + shown(paths_.file) + " and holds the lock " +
                    shown(paths_.lock) + "; try again when it has ended",
                "locked");
    error.retryable = true;
    return error;
}

Result<void> DiskStore::may_lock() {
    auto parent = folder();
    if (!parent) return std::move(parent).error();
    auto lock = inspect(paths_.lock, *parent, Owner::mine);
    if (!lock) return std::move(lock).error();
    bool writes = !*lock;
    if (*lock)
        if (auto may = files_.may_lock(paths_.lock); !may) return blamed(std::move(may).error());
    for (const std::string* temp : {&paths_.record_temp, &paths_.intents_temp}) {
        auto found = is_litter(*temp);
        if (!found) return std::move(found).error();
        writes = writes || *found;
    }
    if (!writes) return {};
    auto may = files_.may_write_folder(paths_.folder);
    return may ? std::move(may) : Result<void>(blamed(std::move(may).error()));
}

Result<bool> DiskStore::is_litter(const std::string& temp) {
    auto found = files_.look(temp);
    if (!found) return blamed(std::move(found).error());
    // Another user's file matters only if something is to be written.
    return *found && (*found)->kind == FileInfo::Kind::regular && (*found)->uid == files_.uid();
}

/// Deletes the temporary files of a run that was killed. Every run does so, even one that writes
/// nothing.
Result<void> DiskStore::clear_litter() {
    for (const std::string* temp : {&paths_.record_temp, &paths_.intents_temp}) {
        auto found = is_litter(*temp);
        if (!found) return std::move(found).error();
        if (!*found) continue;
        if (auto gone = files_.remove(*temp); !gone) return blamed(std::move(gone).error());
    }
    return {};
}

void DiskStore::unlock() noexcept {
    lock_.reset();
}

// ---------------------------------------------------------------- looking

Result<FileInfo> DiskStore::folder() {
    auto found = files_.look(paths_.folder);
    if (!found) return blamed(std::move(found).error());
    if (!*found || (*found)->kind != Kind::folder)
        return refusal("secret_file",
                       "the folder " + shown(paths_.folder) + " does not exist; make it first",
                       "folder_missing");
    return **found;
}

Result<std::optional<FileInfo>> DiskStore::inspect(const std::string& path, Owner owner) {
    auto parent = folder();
    if (!parent) return std::move(parent).error();
    return inspect(path, *parent, owner);
}

Result<std::optional<FileInfo>> DiskStore::inspect(const std::string& path, const FileInfo& folder,
                                                   Owner owner) {
    auto found = files_.look(path);
    if (!found) return blamed(std::move(found).error());
    if (!*found) return std::optional<FileInfo>();
    const FileInfo& info = **found;
    const bool is_secret_file = path == paths_.file;
    if (info.kind != Kind::regular)
        return refusal("secret_file",
                       shown(path) + " is " + std::string(kind_text(info.kind)) +
                           (is_secret_file
                                ? "; name a regular file, or one that is still to be made"
                                : ", where this program keeps a file of its own; remove "
                                  "it or name another secret_file"),
                       "not_regular");
    const bool asked =
        owner == Owner::mine_or_asked && wanted_.owner && wanted_.owner->id == info.uid;
    // In a sticky folder anybody can create a file under our name, and only its owner can delete
    // it.
    if ((folder.mode & sticky) != 0 && info.uid != files_.uid() && !asked)
        return refusal(
            "secret_file",
            shown(path) + " belongs to another user (number " + std::to_string(info.uid) +
                ") in the shared folder " + shown(paths_.folder) +
                " (sticky bit); name a file in a folder of your own" +
                (owner == Owner::mine_or_asked ? ", or say the file's owner with owner" : ""),
            "foreign_file");
    // Its writer could have this run delete keys of others, with this run's rights (docs/adr/0154).
    const auto trusted = [&](std::uint32_t uid) { return uid == files_.uid() || uid == 0; };
    const bool others_write =
        !trusted(folder.uid) || (folder.mode & (group_writes | everybody_writes)) != 0;
    if (owner == Owner::trusted && others_write && !trusted(info.uid))
        return refusal("secret_file",
                       shown(path) +
                           " says which access keys to delete, and belongs to another "
                           "user (number " +
                           std::to_string(info.uid) +
                           "); if you trust that user, give it to the one who runs this (chown), "
                           "else remove it",
                       "foreign_file");
    return std::move(*found);
}

Result<ReadRecord> DiskStore::stored_record(const FileInfo& folder) {
    auto info = inspect(paths_.record, folder, Owner::trusted);
    if (!info) return std::move(info).error();
    if (!*info) return ReadRecord{};
    if ((*info)->size > max_record_bytes) return ReadRecord{{}, "is too large to be one"};
    auto text = files_.read(paths_.record, max_record_bytes);
    if (!text) return blamed(std::move(text).error());
    return *text ? read_record((*text)->reveal()) : ReadRecord{};
}

Result<ReadIntents> DiskStore::stored_intents(const FileInfo& folder) {
    auto info = inspect(paths_.intents, folder, Owner::trusted);
    if (!info) return std::move(info).error();
    if (!*info) return ReadIntents{};
    if ((*info)->size > max_intents_bytes) return ReadIntents{{}, "is too large to be one"};
    auto text = files_.read(paths_.intents, max_intents_bytes);
    if (!text) return blamed(std::move(text).error());
    return *text ? read_intents((*text)->reveal()) : ReadIntents{};
}

/// Whether a file may be overwritten or deleted. The rule protects other contents, such as a
/// values.yaml.
bool DiskStore::is_ours(std::string_view contents, const std::optional<Record>& record) const {
    const std::string_view key = without_newline(contents);
    if (contents.empty() || looks_like_access_key(key)) return true;
    const std::string digest = secret_digest(key);
    return (record && digest == record->secret_digest) || digest == accepted_digest_;
}

Result<Secret> DiskStore::contents_that_may_go(const std::optional<Record>& record) {
    auto contents = files_.read(paths_.file, max_secret_bytes);
    if (!contents && contents.error().detail != "EFBIG") return blamed(std::move(contents).error());
    if (contents && !*contents) return Secret();
    if (contents && is_ours((*contents)->reveal(), record)) return std::move(**contents);
    return refusal("secret_file",
                   shown(paths_.file) + " holds something else than an access key, and nothing "
                                        "that was written here before; it is left as it is. Name "
                                        "another file, or empty this one",
                   "foreign_contents");
}

Result<void> DiskStore::check_file_is_removable() {
    auto parent = folder();
    if (!parent) return std::move(parent).error();
    auto info = inspect(paths_.file, *parent, Owner::mine_or_asked);
    if (!info) return std::move(info).error();
    if (!*info) return {};
    auto record = stored_record(*parent);
    if (!record) return std::move(record).error();
    auto contents = contents_that_may_go(record->record);
    if (!contents) return std::move(contents).error();
    return {};
}

Result<void> DiskStore::look_at_secret(const FileInfo& folder, StoreView& view) {
    auto info = inspect(paths_.file, folder, Owner::mine_or_asked);
    if (!info) return std::move(info).error();
    if (!*info) return {};
    auto contents = contents_that_may_go(view.record);
    if (!contents) return std::move(contents).error();
    const std::string_view key = without_newline(contents->reveal());
    view.file = contents->empty() ? StoreView::File::empty : StoreView::File::secret;
    if (!contents->empty()) {
        view.secret = Secret(key);
        accepted_digest_ = secret_digest(key);
        if (key.size() != contents->size())
            view.warnings.push_back("secret_file: " + shown(paths_.file) +
                                    " ends with a line break, which a program that takes the whole "
                                    "file for the key will not accept; write it without one");
    }
    view.attributes = differences(**info);
    if ((target_of_existing(**info).mode & everybody_reads) != 0)
        view.warnings.push_back("mode: " + file_mode_text(*wanted_.mode) +
                                " lets every user of this machine read the secret in " +
                                shown(paths_.file));
    return {};
}

Result<void> DiskStore::look_at_leftover(const FileInfo& folder, StoreView& view) {
    auto info = inspect(paths_.fresh, folder, Owner::mine_or_asked);
    if (!info) return std::move(info).error();
    if (!*info) return {};
    auto contents = files_.read(paths_.fresh, max_secret_bytes);
    if (!contents && contents.error().detail != "EFBIG") return blamed(std::move(contents).error());
    if (contents && !*contents) return {};
    if (contents && looks_like_access_key((*contents)->reveal()))
        view.leftover = std::move(*contents);
    else
        view.broken_leftover = true;
    return {};
}

Result<StoreView> DiskStore::look() {
    StoreView view;
    auto parent = folder();
    if (!parent) return std::move(parent).error();
    if ((parent->mode & everybody_writes) != 0 && (parent->mode & sticky) == 0)
        view.warnings.push_back("secret_file: every user of this machine may replace files in the "
                                "folder " +
                                shown(paths_.folder) +
                                "; take that right away (chmod o-w) or use another folder");
    auto record = stored_record(*parent);
    if (!record) return std::move(record).error();
    if (!record->problem.empty())
        view.warnings.push_back("secret_file: the record " + shown(paths_.record) + " " +
                                record->problem +
                                (record->record ? "; the run goes on without that"
                                                : "; the run goes on as if there were none"));
    view.record_damaged = !record->problem.empty();
    view.record = std::move(record->record);
    if (auto fine = look_at_secret(*parent, view); !fine) return std::move(fine).error();
    if (auto fine = look_at_leftover(*parent, view); !fine) return std::move(fine).error();
    auto intents = stored_intents(*parent);
    if (!intents) return std::move(intents).error();
    if (!intents->problem.empty())
        view.warnings.push_back("secret_file: the list of intents " + shown(paths_.intents) + " " +
                                intents->problem +
                                "; the run goes on with what can be read (entries: " +
                                std::to_string(intents->intents.size()) + ")");
    view.intents = std::move(intents->intents);
    view.intents_complete = intents->complete;
    return view;
}

std::vector<ports::FileAttributeChange> DiskStore::differences(const FileInfo& info) const {
    std::vector<ports::FileAttributeChange> out;
    if (const auto target = target_of_existing(info); target.mode != info.mode)
        out.push_back({"mode", file_mode_text(info.mode), file_mode_text(target.mode)});
    if (wanted_.owner && wanted_.owner->id != info.uid)
        out.push_back({"owner", std::to_string(info.uid), wanted_.owner->text});
    if (wanted_.group && wanted_.group->id != info.gid)
        out.push_back({"group", std::to_string(info.gid), wanted_.group->text});
    return out;
}

std::string DiskStore::digest_of(const Secret& secret) const {
    return secret_digest(secret.reveal());
}

} // namespace infrastate::store
