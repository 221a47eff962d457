// SPDX-License-Identifier: Apache-2.0
// Values as Python would name and print them: Ansible's messages and coercions show through to
// people, so ours must read the same.
#pragma once

#include "infrastate/types/value.h"

#include <string>
#include <string_view>

namespace infrastate::module {

/// "<class 'str'>", ...
std::string python_class(const Value& value);

/// str(value) for texts, numbers, booleans and null: "True", "None", "3.7", "1e+16". Lists and
/// objects, which nothing here prints, give their class.
std::string python_str(const Value& value);

/// A path with a leading ~ or ~user and with $NAME or ${NAME} replaced; what is unknown stays.
std::string expand_path(std::string_view path);

} // namespace infrastate::module
