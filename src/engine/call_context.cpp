// SPDX-License-Identifier: Apache-2.0
#include "call_context.h"

#include "infrastate/types/duration.h"

#include <algorithm>
#include <exception>
#include <new>

namespace infrastate::engine {
namespace {

client::RunBudget budget(const Config& config, const CallOptions& call,
                         std::chrono::milliseconds limit) {
    client::RunBudget out;
    out.timeout = std::max(limit - call.used, std::chrono::milliseconds(1));
    out.cancel = call.cancel;
    out.retries = config.retries;
    return out;
}

} // namespace

std::chrono::milliseconds time_limit(const Config& config, const CallOptions& call,
                                     std::chrono::milliseconds waiting) {
    const auto most = config.timeout.value_or(default_timeout() + waiting);
    return std::min(most, call.timeout.value_or(most));
}

CallContext::CallContext(Config& config, const std::shared_ptr<const Masker>& known,
                         transport::HttpSender& http, const CallOptions& call,
                         std::chrono::milliseconds waiting, std::function<void()> renewed)
    : config_(config), call_(call), own_masker_(known),
      masker_(call.masker != nullptr ? *call.masker : own_masker_), log_(masked(call.log)),
      watch_(http), named_(watch_, config.default_host), logged_(named_, log_),
      sender_(logged_, config,
              [this, told = std::move(renewed)] {
                  masker_.add(config_.token.reveal());
                  if (told) told();
              }),
      waiting_(waiting), limit_(time_limit(config, call, waiting)),
      budget_(budget(config, call, limit_)), deadline_(transport::Deadline::after(budget_.timeout)),
      client_(sender_, config.token, budget_, key_parameter(config)) {
    if (!masker_.stands_on(*known)) add_secrets(config, masker_);
}

CallContext::~CallContext() {
    if (!logged_out_) log_out(unheard_warnings_);
}

Log CallContext::masked(const Log& log) {
    if (!log.write) return {};
    return {[this, &log](LogLevel level, std::string_view text) {
                try {
                    log(level, masker_.mask(text));
                } catch (const std::bad_alloc&) { // this line is lost
                }
            },
            log.most};
}

Error CallContext::too_short(std::string_view parameter) const {
    const auto text = [](std::chrono::milliseconds span) {
        return Duration::from_nanoseconds(std::chrono::nanoseconds(span).count()).text();
    };
    return argument_error(parameter, std::string(parameter) + ": the waiting needs a timeout of " +
                                         text(waiting_ + default_timeout()) +
                                         " at least, and it is " + text(limit_) +
                                         "; raise timeout, or leave it out");
}

std::optional<Error> CallContext::log_in() {
    if (!logs_in()) return std::nullopt;
    auto opened = client_.login(config_.username, config_.password);
    if (!opened) return std::move(opened).error();
    login_ = std::move(*opened);
    client_.use_token(login_->token);
    masker_.add(login_->token.reveal());
    return std::nullopt;
}

void CallContext::log_out(std::vector<std::string>& warnings) noexcept {
    try {
        if (login_)
            if (auto out = client_.logout(); !out)
                warnings.push_back("the session opened for username could not be logged out: " +
                                   out.error().message);
        for (std::string& text : warnings)
            text = masker_.mask(text);
    } catch (const std::exception&) {
        warnings.clear();
    }
    logged_out_ = true;
}

std::optional<Error> CallContext::begin_run() {
    client_.next_run();
    watch_.begin_run();
    Error out{Code::cancelled, "not begun, as the run was cancelled", {}, "cancelled", 0, true};
    if (call_.cancel != nullptr && call_.cancel->is_set()) return out;
    if (!deadline_.expired()) return std::nullopt;
    out.code = Code::deadline;
    out.message = "not begun, as the time is used up; raise timeout";
    out.field = "timeout";
    out.detail = "no_time_left";
    return out;
}

std::chrono::milliseconds CallContext::patience() const noexcept {
    return std::max(std::chrono::milliseconds(0), client_.time_left() - budget_.reserve());
}

} // namespace infrastate::engine
