// SPDX-License-Identifier: Apache-2.0
// The environment of the executable: secrets are taken out of its block before anything else runs,
// so that they stay neither in this memory nor in /proc/PID/environ. For the executable only.
#pragma once

#include "infrastate/schema/check.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace infrastate::module {

/// Call it before there are threads: it overwrites the values of variables in place.
class Environment {
public:
    /// Takes what the schema calls a secret, and proxies' addresses with a password in them.
    Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() { forget(); }

    std::optional<std::string> value(const std::string& name) const;
    /// Borrows this object.
    schema::Getenv reader() const;
    /// Wipes what was taken; later questions for it find nothing.
    void forget() noexcept;

private:
    void take(const std::string& name, bool always);
    std::vector<std::pair<std::string, std::string>> taken_;
};

} // namespace infrastate::module
