// SPDX-License-Identifier: Apache-2.0
#include "disk_store.h"
#include "errors.h"

#include "infrastate/types/file_mode.h"

#include <utility>

namespace infrastate::store {
namespace {

/// How much is written for a trial before a key is deleted: more than record and intents of a usual
/// run.
constexpr std::size_t trial_bytes = 16u << 10;
constexpr std::uint32_t setgid = 02000;

Error changed(Error error) {
    error.effect = Effect::changed;
    return error;
}

/// Bytes that a file system cannot store in less space by compression or holes.
std::string filler(std::size_t size) {
    std::string out(size, '\0');
    std::uint32_t state = 1;
    for (char& c : out) {
        state = state * 1664525u + 1013904223u;
        c = static_cast<char>(state >> 24);
    }
    return out;
}

} // namespace

// ---------------------------------------------------------------- what can be found out beforehand

/// If owner or group are not asked for, a new file gets those of the file that it replaces. So
/// whoever can read it today can read it after a rotation.
DiskStore::Target DiskStore::target_of_new(const std::optional<FileInfo>& existing) const {
    Target out{wanted_.mode.value_or(private_file_mode)};
    if (existing) {
        out.uid = existing->uid;
        out.gid = existing->gid;
    }
    if (wanted_.owner) out.uid = wanted_.owner->id;
    if (wanted_.group) out.gid = wanted_.group->id;
    return out;
}

/// A narrower mode than the default was somebody's choice, so it stays.
DiskStore::Target DiskStore::target_of_existing(const FileInfo& info) const {
    const bool narrow = (info.mode & ~private_file_mode) == 0;
    Target out{wanted_.mode.value_or(narrow ? info.mode : private_file_mode)};
    if (wanted_.owner) out.uid = wanted_.owner->id;
    if (wanted_.group) out.gid = wanted_.group->id;
    return out;
}

Result<void> DiskStore::check_may_give_away(const FileInfo& folder,
                                            const std::optional<FileInfo>& existing) {
    const Target target = target_of_new(existing);
    const auto refuse = [&](std::string_view field, std::int64_t id,
                            const std::optional<Account>& account) {
        const std::string who = std::string(field == "owner" ? "user " : "group ") +
                                (account ? account->text : "number " + std::to_string(id));
        return refusal(field,
                       "this user may not give " + shown(paths_.file) + " to the " + who +
                           (account ? "" : ", as the file has it now") + "; run as root, or set " +
                           std::string(field) + " to what this user may give",
                       "EPERM");
    };
    if (target.uid >= 0 && !files_.may_own(target.uid, -1))
        return refuse("owner", target.uid, wanted_.owner);
    // In a folder with the setgid bit new files get the folder's group anyway.
    const bool inherited =
        (folder.mode & setgid) != 0 && target.gid == static_cast<std::int64_t>(folder.gid);
    if (target.gid >= 0 && !inherited && !files_.may_own(-1, target.gid))
        return refuse("group", target.gid, wanted_.group);
    if (existing && existing->uid != files_.uid() && files_.uid() != 0)
        if (const auto all = differences(*existing); !all.empty())
            return refusal(all.front().attribute,
                           shown(paths_.file) + " belongs to another user (number " +
                               std::to_string(existing->uid) + "), who alone may change its " +
                               all.front().attribute + "; run as that user or as root",
                           "EPERM");
    return {};
}

Result<void> DiskStore::check_may_be_replaced(const std::string& path, const FileInfo& folder,
                                              Owner owner) {
    auto info = inspect(path, folder, owner);
    if (!info) return std::move(info).error();
    if (!*info) return {};
    if ((*info)->immutable)
        return refusal("secret_file",
                       shown(path) + " is marked as immutable or append-only and cannot be "
                                     "replaced or removed; chattr -ia takes the mark away",
                       "EPERM");
    if ((*info)->mount_point)
        return refusal("secret_file",
                       shown(path) + " is mounted by itself and cannot be replaced or removed; "
                                     "mount its folder instead",
                       "EBUSY");
    return {};
}

Result<FileInfo> DiskStore::usable_folder(Purpose purpose) {
    auto parent = folder();
    if (!parent) return std::move(parent).error();
    if (auto may = files_.may_write_folder(paths_.folder); !may) {
        Error error = blamed(std::move(may).error());
        error.message += purpose == Purpose::writing
                             ? "; the new secret is written there before it takes the file's place"
                             : "; the secret file and what lies beside it is to be removed there, "
                               "so make the folder writable first";
        return error;
    }
    if (parent->immutable)
        return refusal("secret_file",
                       "the folder " + shown(paths_.folder) +
                           " is marked as immutable or append-only; chattr -ia takes the mark away",
                       "EPERM");
    // In a sticky folder only the file's owner, the folder's owner and root can delete a file. A
    // run that writes a file also checks whether it may give that file away (check_may_give_away).
    const bool removes_any = files_.uid() == 0 || files_.uid() == parent->uid;
    const Owner of_file =
        purpose == Purpose::writing || removes_any ? Owner::mine_or_asked : Owner::mine;
    for (const auto& [path, owner] :
         {std::pair(&paths_.file, of_file), std::pair(&paths_.fresh, of_file),
          std::pair(&paths_.record, Owner::trusted), std::pair(&paths_.record_temp, of_file),
          std::pair(&paths_.intents, Owner::trusted), std::pair(&paths_.intents_temp, Owner::mine)})
        if (auto may = check_may_be_replaced(*path, *parent, owner); !may)
            return std::move(may).error();
    return parent;
}

Result<void> DiskStore::prepare_removal() {
    auto parent = usable_folder(Purpose::removal);
    if (!parent) return std::move(parent).error();
    return {};
}

Result<void> DiskStore::prepare(bool dry) {
    auto parent = usable_folder(Purpose::writing);
    if (!parent) return std::move(parent).error();
    auto existing = files_.look(paths_.file);
    if (!existing) return blamed(std::move(existing).error());
    if (auto may = check_may_give_away(*parent, *existing); !may) return may;
    return dry ? Result<void>() : try_the_disk(target_of_new(*existing));
}

/// Writes two files, because putting a secret in place needs two besides the existing ones.
Result<void> DiskStore::try_the_disk(const Target& target) {
    if (auto removed = remove_temps(); !removed) return std::move(removed).error();
    const auto attempt = [&]() -> Result<void> {
        const std::string bytes = filler(trial_bytes);
        if (auto done = files_.write_new(paths_.record_temp, bytes); !done)
            return blamed(std::move(done).error());
        auto made = files_.look(paths_.record_temp);
        if (!made) return blamed(std::move(made).error());
        if (*made)
            if (auto done = apply(paths_.record_temp, **made, target); !done) return done;
        if (auto done = files_.write_new(paths_.intents_temp, bytes); !done)
            return blamed(std::move(done).error());
        return {};
    };
    auto tried = attempt();
    auto removed = remove_temps();
    if (!tried) {
        tried.error().effect = Effect::none;
        return tried;
    }
    if (!removed) return std::move(removed).error();
    if (auto done = files_.sync_folder(paths_.folder); !done)
        return blamed(std::move(done).error());
    return {};
}

// ---------------------------------------------------------------- writing

Result<bool> DiskStore::remove_temps() {
    auto first = files_.remove(paths_.record_temp);
    auto second = files_.remove(paths_.intents_temp);
    if (!first) return blamed(std::move(first).error());
    if (!second) return blamed(std::move(second).error());
    return *first || *second;
}

/// A run as root gives what it writes beside the secret to the user whom the record belongs to, or
/// that user's next run could not read it.
Result<void> DiskStore::keep_owner(const std::string& temp) {
    if (files_.uid() != 0) return {};
    const auto record = files_.look(paths_.record);
    if (!record) return blamed(record.error());
    if (!*record || (*record)->kind != FileInfo::Kind::regular || (*record)->uid == 0) return {};
    if (auto done = files_.set_owner(temp, (*record)->uid, (*record)->gid); !done)
        return blamed(std::move(done).error());
    return {};
}

Result<void> DiskStore::replace(const std::string& path, const std::string& temp,
                                std::string_view bytes) {
    if (auto stale = files_.remove(temp); !stale) return blamed(std::move(stale).error());
    if (auto done = files_.write_new(temp, bytes); !done) return blamed(std::move(done).error());
    if (auto done = keep_owner(temp); !done) return done;
    if (auto done = files_.rename(temp, path); !done) {
        static_cast<void>(files_.remove(temp));
        return blamed(std::move(done).error());
    }
    if (auto done = files_.sync_folder(paths_.folder); !done)
        return blamed(std::move(done).error());
    return {};
}

Result<void> DiskStore::put_intents(const std::vector<Intent>& intents) {
    if (intents.empty()) {
        auto removed = files_.remove(paths_.intents);
        if (!removed) return blamed(std::move(removed).error());
        if (!*removed) return {};
        if (auto done = files_.sync_folder(paths_.folder); !done)
            return blamed(std::move(done).error());
        return {};
    }
    const std::string text = intents_text(intents);
    // The next run must be able to read what is written, because it has no other source.
    if (const auto back = read_intents(text); back.intents != intents)
        return Error{Code::internal, "secret_file: the list of intents " + back.problem,
                     "secret_file"};
    return replace(paths_.intents, paths_.intents_temp, text);
}

Result<void> DiskStore::put_record(const Record& record) {
    const std::string text = record_text(record);
    if (const auto back = read_record(text); back.record != record)
        return Error{Code::internal, "secret_file: the record " + back.problem, "secret_file"};
    return replace(paths_.record, paths_.record_temp, text);
}

Result<void> DiskStore::put_new_secret(const Secret& secret) {
    if (!looks_like_access_key(secret.reveal()))
        return Error{Code::internal, "secret_file: the new secret is no access key", "secret_file"};
    if (auto stale = files_.remove(paths_.fresh); !stale) return blamed(std::move(stale).error());
    if (auto done = files_.write_new(paths_.fresh, secret.reveal()); !done)
        return blamed(std::move(done).error());
    if (auto done = files_.sync_folder(paths_.folder); !done)
        return blamed(std::move(done).error());
    return {};
}

Result<void> DiskStore::sync_new_secret() {
    if (auto done = files_.sync(paths_.fresh); !done) return blamed(std::move(done).error());
    if (auto done = files_.sync_folder(paths_.folder); !done)
        return blamed(std::move(done).error());
    return {};
}

Result<void> DiskStore::drop_new_secret() {
    auto removed = files_.remove(paths_.fresh);
    if (!removed) return blamed(std::move(removed).error());
    if (!*removed) return {};
    if (auto done = files_.sync_folder(paths_.folder); !done)
        return blamed(std::move(done).error());
    return {};
}

Result<void> DiskStore::apply(const std::string& path, const FileInfo& info, const Target& target) {
    const bool gives = (target.uid >= 0 && target.uid != static_cast<std::int64_t>(info.uid)) ||
                       (target.gid >= 0 && target.gid != static_cast<std::int64_t>(info.gid));
    std::uint32_t mode = info.mode;
    Effect effect = Effect::none;
    const auto failed = [&](Result<void>& done, std::string_view field) {
        Error error = blamed(std::move(done).error(), field);
        error.effect = effect;
        return error;
    };
    const auto set_mode = [&](std::uint32_t to) -> Result<void> {
        if (to == mode) return {};
        if (auto done = files_.set_mode(path, to); !done) return failed(done, "mode");
        mode = to;
        effect = Effect::changed;
        return {};
    };
    if (gives) {
        // The new owner must not even briefly have permissions that only the old owner was to have.
        if (auto done = set_mode(info.mode & target.mode); !done) return done;
        if (auto done = files_.set_owner(path, target.uid, target.gid); !done)
            return failed(done, wanted_.owner || !wanted_.group ? "owner" : "group");
        effect = Effect::changed;
    }
    return set_mode(target.mode);
}

Result<void> DiskStore::publish() {
    auto parent = folder();
    if (!parent) return std::move(parent).error();
    auto fresh = inspect(paths_.fresh, *parent, Owner::mine_or_asked);
    if (!fresh) return std::move(fresh).error();
    auto contents = files_.read(paths_.fresh, max_secret_bytes);
    if (!contents) return blamed(std::move(contents).error());
    if (!*fresh || !*contents || !looks_like_access_key((*contents)->reveal()))
        return refusal("secret_file",
                       "the new secret " + shown(paths_.fresh) +
                           " is gone or damaged; something else than this program has changed it",
                       "new_secret_lost");
    // The file may have been replaced since look(), so it is checked once more.
    if (auto fine = check_file_is_removable(); !fine) return fine;
    auto existing = files_.look(paths_.file);
    if (!existing) return blamed(std::move(existing).error());
    if (auto done = apply(paths_.fresh, **fresh, target_of_new(*existing)); !done) {
        done.error().effect = Effect::none; // the secret file itself is unchanged
        return done;
    }
    if (auto done = files_.sync(paths_.fresh); !done) return blamed(std::move(done).error());
    if (auto done = files_.rename(paths_.fresh, paths_.file); !done)
        return blamed(std::move(done).error());
    if (auto done = files_.sync_folder(paths_.folder); !done)
        return changed(blamed(std::move(done).error()));
    return {};
}

Result<void> DiskStore::set_attributes() {
    auto info = inspect(paths_.file, Owner::mine_or_asked);
    if (!info) return std::move(info).error();
    if (!*info) return refusal("secret_file", shown(paths_.file) + " is gone; run again", "ENOENT");
    if (differences(**info).empty()) return {};
    if (auto done = apply(paths_.file, **info, target_of_existing(**info)); !done) return done;
    if (auto done = files_.sync(paths_.file); !done)
        return changed(blamed(std::move(done).error()));
    return {};
}

/// The record is deleted last, when the file is certainly gone. Until then it proves whose file it
/// is.
Result<void> DiskStore::remove_all() {
    if (auto fine = check_file_is_removable(); !fine) return fine;
    Effect effect = Effect::none;
    const auto failed = [&](Error error) {
        error.effect = effect;
        return error;
    };
    const auto remove = [&](const std::string& path) -> Result<void> {
        auto removed = files_.remove(path);
        if (!removed) return failed(blamed(std::move(removed).error()));
        if (*removed) effect = Effect::changed;
        return {};
    };
    const auto sync = [&]() -> Result<void> {
        auto done = files_.sync_folder(paths_.folder);
        if (!done) return failed(blamed(std::move(done).error()));
        return {};
    };
    auto parent = folder();
    if (!parent) return std::move(parent).error();
    auto intents = stored_intents(*parent);
    if (!intents) return std::move(intents).error();
    for (const std::string* path : {&paths_.fresh, &paths_.file})
        if (auto done = remove(*path); !done) return done;
    if (effect == Effect::changed)
        if (auto done = sync(); !done) return done;
    // A damaged list from which nothing can be read is useless. A list of a newer version may be
    // useful.
    if (intents->intents.empty() && !intents->newer)
        if (auto done = remove(paths_.intents); !done) return done;
    for (const std::string* path : {&paths_.record_temp, &paths_.intents_temp, &paths_.record})
        if (auto done = remove(*path); !done) return done;
    return effect == Effect::changed ? sync() : Result<void>();
}

} // namespace infrastate::store
