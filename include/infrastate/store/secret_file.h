// SPDX-License-Identifier: Apache-2.0
// The secret store on disk: a secret file and, beside it, record, intents, leftover and lock. It
// makes no decision about keys; it only makes sure that the bytes reach the disk and survive a
// crash.
#pragma once

#include "infrastate/ports/secret_store.h"
#include "infrastate/store/files.h"

#include <memory>
#include <optional>
#include <string>

namespace infrastate::store {

/// Where and how to keep a secret: the values of the parameters of these names. Wiped on
/// destruction, because a secret may have been pasted into any of them.
struct SecretFileSettings {
    ~SecretFileSettings();

    std::string path;                   ///< must be absolute
    std::optional<std::string> mode{};  ///< octal ("0640") or symbolic ("u=rw,g=r"); default 0600
    std::optional<std::string> owner{}; ///< name or number
    std::optional<std::string> group{}; ///< name or number
};

/// Checks a secret file's path without looking at the disk; copies nothing. Errors: code argument,
/// `field` is secret_file.
Result<void> check_path(std::string_view path);

/// The one spelling of a secret file's path: symlinks in its folder are resolved, the last part
/// stays as it is. (A symlink there is refused later.) The folder must exist. Errors: code argument
/// (not a path of a file), code file (the folder); `field` is secret_file.
Result<std::string> canonical_path(const std::string& path, Files& files);

/// Checks path, mode, owner and group, and resolves the path. Writes nothing. `files` is borrowed
/// and must outlive the store. Errors: code argument with `field` (secret_file, mode, owner,
/// group); code file if the folder is missing or cannot be entered.
Result<std::unique_ptr<ports::SecretStore>> open_secret_file(const SecretFileSettings& settings,
                                                             Files& files);

/// Reads only the record of `secret_file`. Empty if there is no record. It does not read the secret
/// and does not lock or write anything. Errors: those of canonical_path(); code file if the record
/// cannot be read or is damaged.
Result<std::optional<Record>> record_beside(const std::string& secret_file, Files& files);

} // namespace infrastate::store
