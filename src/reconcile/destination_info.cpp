// SPDX-License-Identifier: Apache-2.0
#include "infrastate/reconcile/destination_info.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace infrastate::reconcile {
namespace {

constexpr std::int64_t first_pause_ms = 1000, longest_pause_ms = 15'000;

class Waiting {
public:
    Waiting(plan::DestinationQuery query, ports::DestinationApi& destinations, ports::Host& host)
        : query_(std::move(query)), destinations_(destinations), host_(host),
          left_at_first_(host.seconds_left()) {}

    Result<plan::DestinationsInfo> wait_and_answer() {
        for (std::int64_t pause = first_pause_ms;; pause = next(pause)) {
            auto listing = destinations_.list_destinations({query_.name, query_.kind});
            if (!listing && !(query_.wait_for && listing.error().retryable && left_ms() > 0 &&
                              listing.error().code != Code::cancelled))
                return std::move(listing).error();
            if (listing) {
                if (auto wrong = settle_seen_after(listing->time)) return std::move(*wrong);
                const bool over = !query_.wait_for || plan::is_reached(query_, listing->rows);
                if (over || left_ms() <= 0) return finish(std::move(*listing), over);
            }
            if (auto waited = host_.pause(std::min(pause, std::max<std::int64_t>(left_ms(), 1)));
                !waited)
                return std::move(waited).error();
        }
    }

private:
    static std::int64_t next(std::int64_t pause) { return std::min(pause * 2, longest_pause_ms); }

    std::int64_t waited_seconds() { return left_at_first_ - host_.seconds_left(); }
    std::int64_t left_ms() {
        return (query_.wait_timeout.seconds_rounded_up() - waited_seconds()) * 1000;
    }

    std::optional<Error> settle_seen_after(const ServerTime& time) {
        if (std::exchange(query_.seen_after_now, false)) {
            query_.seen_after = time.now;
            time_is_known_ = time.exact;
        }
        return plan::check_seen_after(query_, time);
    }

    plan::DestinationsInfo finish(ports::DestinationListing&& listing, bool reached) {
        std::optional<Error> unmet;
        if (!reached) unmet = plan::waited_in_vain(query_, listing.rows);
        auto out = plan::inspect_destinations(query_, std::move(listing.rows), listing.time);
        if (query_.wait_for) out.waited_seconds = waited_seconds();
        if (unmet) out.unmet = std::move(unmet);
        if (!time_is_known_)
            out.warnings.emplace_back("seen_after: the server's answers carry no current Date "
                                      "header, so `now` was read from this machine's clock");
        return out;
    }

    plan::DestinationQuery query_;
    ports::DestinationApi& destinations_;
    ports::Host& host_;
    const std::int64_t left_at_first_;
    bool time_is_known_ = true;
};

} // namespace

Result<plan::DestinationsInfo> find_destinations(plan::DestinationQuery query,
                                                 ports::DestinationApi& destinations,
                                                 ports::Host& host) {
    return Waiting(std::move(query), destinations, host).wait_and_answer();
}

} // namespace infrastate::reconcile
