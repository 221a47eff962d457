// SPDX-License-Identifier: Apache-2.0
// Reads small files that hold a credential or a certificate, up to a limit. Warns if others could
// read them too. Also checks the caller's access key before it is put into a header.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::engine {

/// Reads at most 1 MiB. `path` is not copied, because it may be the secret itself by mistake.
/// Errors: code file, field `parameter`. The message names the cause, and the path if the text is
/// one.
Result<Secret> read_small_file(std::string_view parameter, const std::string& path);

/// Adds a warning if group or others may read the file at `path`.
void warn_if_others_can_read(std::string_view parameter, const std::string& path,
                             std::vector<std::string>& warnings);

/// What stat() says of a file. A different stamp shows that the file was written or replaced.
struct FileStamp {
    std::uint64_t device = 0, inode = 0;
    /// seconds and nanoseconds: the time of its last change
    std::int64_t size = 0, seconds = 0, nanoseconds = 0;
    bool operator==(const FileStamp&) const = default;
};
/// Empty if there is no such file.
std::optional<FileStamp> stamp_of(const std::string& path) noexcept;

/// Reads the access key from a file. Errors as those of read_small_file() and checked_token().
Result<Secret> read_token_file(const std::string& path);

/// Removes white space at both ends. The rest must be fit for a header.
Result<Secret> checked_token(std::string_view parameter, std::string_view text);

} // namespace infrastate::engine
