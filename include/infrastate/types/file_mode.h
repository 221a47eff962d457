// SPDX-License-Identifier: Apache-2.0
// Reads the mode of a secret file, octal or symbolic, and allows only bits that suit a secret. A
// symbolic mode is applied to 0600, not to the file's present mode, so the same argument always
// gives the same mode.
#pragma once

#include "infrastate/types/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace infrastate {

/// The mode of a secret file if the caller asks for none.
inline constexpr std::uint32_t private_file_mode = 0600;

/// Reads "0640", "640", "u=rw,g=r" or "g+r". Refuses setuid, setgid, sticky and world-writable
/// modes, modes that the owner cannot read, and clauses without u, g, o or a. (For those chmod uses
/// the umask, which differs from process to process.) The error is a sentence without the
/// parameter's name.
Result<std::uint32_t> parse_file_mode(std::string_view text);

/// The mode that was probably meant by a number without quotes: 640 is a decimal number and was
/// meant as "0640". Empty if the number is a usual mode as it stands: 416 is 0640.
std::optional<std::string> mode_without_quotes(std::int64_t number);

/// Four octal digits: "0640".
std::string file_mode_text(std::uint32_t mode);

} // namespace infrastate
