// SPDX-License-Identifier: Apache-2.0
// The secret store on disk: a secret file and, beside it, record, intents, leftover and lock.
// All decisions about keys are elsewhere; here is only how bytes get to disk and survive.
#pragma once

#include "infrastate/ports/secret_store.h"
#include "infrastate/store/files.h"

#include <memory>
#include <optional>
#include <string>

namespace infrastate::store {

/// Where and how a secret is to be kept; the values of the parameters of the same names. Wiped when
/// it goes: a secret may have been pasted into any of them.
struct SecretFileSettings {
    ~SecretFileSettings();

    std::string path;                   ///< absolute
    std::optional<std::string> mode{};  ///< octal ("0640") or symbolic ("u=rw,g=r"); default 0600
    std::optional<std::string> owner{}; ///< name or number
    std::optional<std::string> group{}; ///< name or number
};

/// What can be said of a secret file's path without looking at the disk: it copies nothing.
/// Errors: code argument, `field` is secret_file.
Result<void> check_path(std::string_view path);

/// The one spelling of a secret file's path: its folder with every symlink resolved, the last part
/// as it is (a symlink there is refused later). The folder must exist.
/// Errors: code argument (not a path of a file), code file (the folder); `field` is secret_file.
Result<std::string> canonical_path(const std::string& path, Files& files);

/// Checks path, mode, owner and group, and resolves the path. `files` is borrowed and outlives the
/// store. Writes nothing.
/// Errors: code argument with `field` (secret_file, mode, owner, group); code file where the folder
/// is missing or cannot be entered.
Result<std::unique_ptr<ports::SecretStore>> open_secret_file(const SecretFileSettings& settings,
                                                             Files& files);

/// Only the record of what is kept in `secret_file`; nothing where there is none. The secret is not
/// read, nothing is locked or written.
/// Errors: those of canonical_path(); code file where the record cannot be read or is damaged.
Result<std::optional<Record>> record_beside(const std::string& secret_file, Files& files);

} // namespace infrastate::store
