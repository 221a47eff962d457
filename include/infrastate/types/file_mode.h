// SPDX-License-Identifier: Apache-2.0
// A file's mode as a person writes it, octal or symbolic, made into bits that a secret may have.
// A symbolic mode changes 0600, not what the file happens to have: equal arguments, equal result.
#pragma once

#include "infrastate/types/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace infrastate {

/// What a secret file gets where nothing else is asked for.
inline constexpr std::uint32_t private_file_mode = 0600;

/// "0640", "640", "u=rw,g=r", "g+r". Refused: setuid, setgid, sticky, world-writable, unreadable
/// for the owner, and a clause without u, g, o or a (chmod would ask the umask, which differs from
/// process to process). The error is a sentence without the parameter's name.
Result<std::uint32_t> parse_file_mode(std::string_view text);

/// What was meant by a mode that lost its quotes: 640 is read as a decimal number, and was meant as
/// "0640". Nothing where the number is a mode as it stands: 416 is 0640.
std::optional<std::string> mode_without_quotes(std::int64_t number);

/// "0640".
std::string file_mode_text(std::uint32_t mode);

} // namespace infrastate
