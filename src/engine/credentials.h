// SPDX-License-Identifier: Apache-2.0
// Small files that hold a credential or a certificate: read whole, bounded, and with a warning
// where others could read them too. The caller's access key is checked here before it goes into a
// header.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::engine {

/// At most 1 MiB. `path` is not copied: the secret itself may stand there by mistake.
/// Errors: code file, field `parameter`; the message names the cause, and the path where it is one.
Result<Secret> read_small_file(std::string_view parameter, const std::string& path);

/// A text warning where group or others may read the file at `path`; nothing where it is private.
void warn_if_others_can_read(std::string_view parameter, const std::string& path,
                             std::vector<std::string>& warnings);

/// What a file looks like from outside: another one tells that it was written or replaced.
struct FileStamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, seconds = 0, nanoseconds = 0; ///< the time: of its last change
    bool operator==(const FileStamp&) const = default;
};
/// Nothing where there is no such file.
std::optional<FileStamp> stamp_of(const std::string& path) noexcept;

/// The access key in the file that access_key_file names. Errors as the two functions here.
Result<Secret> read_token_file(const std::string& path);

/// Surrounding white space is dropped; what is left must be able to stand in a header.
Result<Secret> checked_token(std::string_view parameter, std::string_view text);

} // namespace infrastate::engine
