// SPDX-License-Identifier: Apache-2.0
// The environment of the executable. Secrets are removed from it before anything else runs, so that
// they stay neither in this memory nor in /proc/PID/environ. For the executable only.
#pragma once

#include "infrastate/schema/check.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace infrastate::module {

/// Make it before any thread starts: it overwrites the values of variables in place.
class Environment {
public:
    /// Takes what the schema calls a secret, and addresses of proxies that contain a password.
    Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() { forget(); }

    std::optional<std::string> value(const std::string& name) const;
    /// The function borrows this object.
    schema::Getenv reader() const;
    /// Overwrites what was taken. The reader does not find it afterwards.
    void forget() noexcept;

private:
    void take(const std::string& name, bool always);
    std::vector<std::pair<std::string, std::string>> taken_;
};

} // namespace infrastate::module
