// SPDX-License-Identifier: Apache-2.0
// Names of the files beside a secret file, and the text in them.
#pragma once

#include <string>

namespace infrastate::explore {

inline std::string record_of(const std::string& path) {
    const auto cut = path.rfind('/') + 1;
    return path.substr(0, cut) + "." + path.substr(cut) + ".infrastate";
}

inline std::string without_newline(std::string text) {
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

} // namespace infrastate::explore
