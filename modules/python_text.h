// SPDX-License-Identifier: Apache-2.0
// Names and prints values as Python does. Users see Ansible's messages and coercions, so ours must
// read the same.
#pragma once

#include "infrastate/types/value.h"

#include <string>
#include <string_view>

namespace infrastate::module {

/// "str", "int", "NoneType", ...
std::string_view python_type(const Value& value) noexcept;

/// "<class 'str'>", ...
std::string python_class(const Value& value);

/// str(value) for texts, numbers, booleans and null: "True", "None", "3.7", "1e+16". For lists and
/// objects, which nothing here prints, it is their class.
std::string python_str(const Value& value);

/// Replaces a leading ~ or ~user, and $NAME or ${NAME}, in a path. Unknown names stay as they are.
std::string expand_path(std::string_view path);

} // namespace infrastate::module
