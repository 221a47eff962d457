// SPDX-License-Identifier: Apache-2.0
// The command line of infra-simulator: its options and their meaning. A wrong option is a Refusal
// of one sentence, before anything is opened.
#pragma once

#include "api.h"

#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionSet.h>

#include <cstdint>
#include <string>
#include <vector>

namespace infrastate::simulator {

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string dir{}; ///< "": make a temporary one
    std::string certificate_file{}, key_file{}, ca_file{};
    ApiSettings api{};
    /// The first user with the role admin, and the first without a role.
    std::string admin_name{}, admin_key{}, admin_password{}, plain_name{}, plain_password{};
    bool die_with_parent = false;
    bool help = false;
};

void define_options(Poco::Util::OptionSet& options);
std::string help_text(const Poco::Util::OptionSet& options);

/// Takes the options one by one, then fills in those that were not given.
class OptionReader {
public:
    OptionReader();

    /// `name` is one that define_options() defined.
    void take(const std::string& name, const std::string& value);
    /// `words` are the words that Poco did not take as options.
    Options finish(const std::vector<std::string>& words);
    bool wants_help() const { return options_.help; }

private:
    Options options_{};
    std::string admin_key_;
};

/// Poco's error about an option, in our words.
std::string explain(const Poco::Util::OptionException& problem);

} // namespace infrastate::simulator
