// SPDX-License-Identifier: Apache-2.0
#include "disk_store.h"
#include "errors.h"

#include "infrastate/store/secret_file.h"
#include "infrastate/types/ascii.h"
#include "infrastate/types/file_mode.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <charconv>
#include <climits>

namespace infrastate::store {
namespace {

constexpr std::size_t longest_name = NAME_MAX;

Error wrong_path(std::string_view path, std::string_view why) {
    // A text that is not even absolute may be a secret in the wrong place.
    const std::string shown_path =
        path.starts_with('/') ? printable(path, 512) : refused_text(path);
    return argument_error("secret_file", "secret_file: " + shown_path + " " + std::string(why) +
                                             "; give the absolute path of a file");
}

/// Whether the name is one that this program uses beside another secret file.
bool is_name_of_ours(std::string_view name) {
    constexpr std::string_view mark = ".infrastate";
    if (!name.starts_with('.')) return false;
    for (const std::string_view tail : {"", ".tmp", ".intents", ".intents.tmp", ".new", ".lock"})
        if (name.size() > mark.size() + tail.size() + 1 && name.ends_with(tail) &&
            name.substr(0, name.size() - tail.size()).ends_with(mark))
            return true;
    return false;
}

std::optional<Error> error_of_path(std::string_view path) {
    if (path.empty()) return wrong_path(path, "is empty");
    if (path.find('\0') != std::string_view::npos) return wrong_path(path, "holds a NUL character");
    if (path.front() != '/') return wrong_path(path, "is not an absolute path");
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (name.empty() || name == "." || name == "..") return wrong_path(path, "names a folder");
    if (is_name_of_ours(name))
        return wrong_path(path, "is a name that is kept for the record of another secret file");
    if (name.size() + longest_addition > longest_name)
        return wrong_path(path, "has a name of " + std::to_string(name.size()) +
                                    " bytes; at most " +
                                    std::to_string(longest_name - longest_addition) +
                                    " leave room for the files beside it");
    if (path.size() + longest_addition >= PATH_MAX) return wrong_path(path, "is too long");
    return {};
}

Error folder_error(const std::string& folder, Error error) {
    std::string why = error.message;
    std::string detail = error.detail;
    if (detail == "ENOENT") {
        why = "the folder " + shown(folder) + " does not exist; make it first";
        detail = "folder_missing";
    } else if (detail == "ENOTDIR") {
        why = shown(folder) + " is no folder; name a file in an existing folder";
    }
    return Error{Code::file, "secret_file: " + why, "secret_file", detail};
}

/// Digits are read as a number, even if there is a user whose name consists of digits. Otherwise
/// nobody could tell from the argument which of the two is meant.
template <class Find>
Result<std::optional<Account>> account(std::string_view field,
                                       const std::optional<std::string>& text,
                                       std::string_view kind, Find find) {
    if (!text) return std::optional<Account>();
    const auto refuse = [&](const std::string& why) {
        return argument_error(field, std::string(field) + ": " + why +
                                         "; give the name or the "
                                         "number of a " +
                                         std::string(kind) + " of this machine");
    };
    if (text->empty()) return refuse("is empty");
    if (text->find('\0') != std::string::npos) return refuse("holds a NUL character");
    if (std::all_of(text->begin(), text->end(), is_digit)) {
        std::uint32_t id = 0;
        const auto read = std::from_chars(text->data(), text->data() + text->size(), id);
        // The largest number means "leave unchanged" to the system.
        if (read.ec != std::errc() || id == UINT32_MAX)
            return refuse(refused_text(*text) + " is too large for a number of a " +
                          std::string(kind));
        return std::optional<Account>(Account{id, *text});
    }
    const auto unknown = [&] {
        // The C library of a static executable reads files, and no other source of names.
        const bool all_sources = names_from_all_sources();
        const std::string where = all_sources        ? "on this machine"
                                  : field == "owner" ? "in /etc/passwd"
                                                     : "in /etc/group";
        return refuse("there is no " + std::string(kind) + " " + where + " whose name is " +
                      refused_text(*text) +
                      (all_sources
                           ? ""
                           : ", and this static executable cannot ask LDAP or sss (give the number "
                             "of a " +
                                 std::string(kind) + " that only they know)"));
    };
    // The C library may keep a copy of a name that it is asked for, so an access key is not passed
    // to it.
    if (looks_like_access_key(*text)) return unknown();
    Result<std::optional<std::uint32_t>> found = find(*text);
    if (!found) {
        Error error = std::move(found).error();
        error.message = std::string(field) + ": " + error.message;
        error.field = std::string(field);
        return error;
    }
    if (!*found) return unknown();
    return std::optional<Account>(Account{**found, *text});
}

} // namespace

SecretFileSettings::~SecretFileSettings() {
    wipe(path);
    for (std::optional<std::string>* text : {&mode, &owner, &group})
        if (*text) wipe(**text);
}

Result<void> check_path(std::string_view path) {
    if (auto wrong = error_of_path(path)) return std::move(*wrong);
    return {};
}

Result<std::string> canonical_path(const std::string& path, Files& files) {
    if (auto wrong = error_of_path(path)) return std::move(*wrong);
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == 0 ? "/" : path.substr(0, slash);
    auto real = files.real_folder(folder);
    if (!real) return folder_error(folder, std::move(real).error());
    auto info = files.look(*real);
    if (!info) return folder_error(folder, std::move(info).error());
    if (!*info || (*info)->kind != FileInfo::Kind::folder)
        return folder_error(
            folder, named_file_error("use the folder", folder, *info ? "ENOTDIR" : "ENOENT"));
    std::string out = (*real == "/" ? "" : *real) + path.substr(slash);
    if (auto wrong = error_of_path(out)) return std::move(*wrong);
    return out;
}

Result<std::unique_ptr<ports::SecretStore>> open_secret_file(const SecretFileSettings& settings,
                                                             Files& files) {
    Wanted wanted;
    if (auto wrong = error_of_path(settings.path)) return std::move(*wrong);
    if (settings.mode) {
        auto mode = parse_file_mode(*settings.mode);
        if (!mode) return argument_error("mode", "mode: " + mode.error().message);
        wanted.mode = *mode;
    }
    auto owner = account("owner", settings.owner, "user",
                         [&](const std::string& name) { return files.user_id(name); });
    if (!owner) return std::move(owner).error();
    auto group = account("group", settings.group, "group",
                         [&](const std::string& name) { return files.group_id(name); });
    if (!group) return std::move(group).error();
    wanted.owner = std::move(*owner);
    wanted.group = std::move(*group);
    auto path = canonical_path(settings.path, files);
    if (!path) return std::move(path).error();
    return std::unique_ptr<ports::SecretStore>(
        std::make_unique<DiskStore>(*path, std::move(wanted), files));
}

} // namespace infrastate::store
