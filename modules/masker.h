// SPDX-License-Identifier: Apache-2.0
// Takes secrets out of everything that is printed or logged, with the words Ansible uses for it.
// The freshly made secret in `secret` is the one exception; it is put in afterwards.
#pragma once

#include "infrastate/types/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace infrastate::module {

class Masker {
public:
    Masker() = default;
    Masker(const Masker&) = delete;
    Masker& operator=(const Masker&) = delete;
    ~Masker();

    /// Empty texts are ignored.
    void add(std::string_view secret);
    /// Every text inside the value, and numbers as Ansible prints them; booleans hold no secret.
    void add_all(const Value& value);

    /// A text that is a secret becomes VALUE_SPECIFIED_IN_NO_LOG_PARAMETER; inside a longer one,
    /// the longest secret first, ********. What was put in is not looked at again.
    std::string mask(std::string_view text) const;
    /// The same at any depth; a number that shows a secret becomes a text. Names, booleans and
    /// nulls stay.
    Value mask_all(const Value& value) const;

private:
    std::vector<std::string> secrets_; ///< longest first
};

} // namespace infrastate::module
