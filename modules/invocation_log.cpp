// SPDX-License-Identifier: Apache-2.0
#include "invocation_log.h"

#include "no_log.h"
#include "python_text.h"

#include "infrastate/json/json.h"
#include "infrastate/types/text.h"

#include <syslog.h>

namespace infrastate::module {
namespace {

struct Facility {
    std::string_view name;
    int number;
};
constexpr Facility facilities[] = {
    {"LOG_AUTH", LOG_AUTH},     {"LOG_AUTHPRIV", LOG_AUTHPRIV}, {"LOG_CRON", LOG_CRON},
    {"LOG_DAEMON", LOG_DAEMON}, {"LOG_LOCAL0", LOG_LOCAL0},     {"LOG_LOCAL1", LOG_LOCAL1},
    {"LOG_LOCAL2", LOG_LOCAL2}, {"LOG_LOCAL3", LOG_LOCAL3},     {"LOG_LOCAL4", LOG_LOCAL4},
    {"LOG_LOCAL5", LOG_LOCAL5}, {"LOG_LOCAL6", LOG_LOCAL6},     {"LOG_LOCAL7", LOG_LOCAL7},
    {"LOG_MAIL", LOG_MAIL},     {"LOG_SYSLOG", LOG_SYSLOG},     {"LOG_USER", LOG_USER},
};

int facility_of(std::string_view name) {
    for (const Facility& facility : facilities)
        if (facility.name == name) return facility.number;
    return LOG_USER;
}

/// Prevents a caller's text from beginning a new line in the log, or reordering what is on this
/// one.
std::string one_line(std::string_view text) {
    return printable(text);
}

} // namespace

LogLine invocation_line(const schema::Section& section, const Value& module_args,
                        const Internals& internals, std::string_view module, const Masker& masker) {
    std::string text = internals.target_log_info;
    text += text.empty() ? "Invoked with" : " Invoked with";
    for (const auto& [name, value] : module_args.members()) {
        const schema::Param* param = section.find(name);
        text += " " + name + "=";
        if (param != nullptr && schema::is_secret(param->type))
            text += "NOT_LOGGING_PARAMETER";
        else if (param != nullptr && (value.is_object() || value.is_array()))
            text += json::write(no_log_argument(value, *param, masker));
        else
            text += no_log(python_str(value), masker);
    }
    return {"ansible-" + std::string(module), facility_of(internals.syslog_facility),
            one_line(text)};
}

void write_to_syslog(const LogLine& line) {
    ::openlog(line.identity.c_str(), 0, line.facility);
    ::syslog(LOG_INFO, "%s", line.text.c_str());
    ::closelog();
}

} // namespace infrastate::module
