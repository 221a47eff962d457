// SPDX-License-Identifier: Apache-2.0
// Durations, times and dates: what is read is written in one form, and that form reads as the same
// value.
#include "fuzz.h"

#include "infrastate/types/duration.h"
#include "infrastate/types/timestamp.h"

namespace {

using namespace infrastate;
using fuzz::must;

void check_duration(std::string_view text) {
    const auto span = Duration::parse(text);
    if (!span) return must(fuzz::is_one_line(span.error().message), "an error is one line", text);
    must(span->nanoseconds() > 0, "a duration is positive", text);
    const auto again = Duration::parse(span->text());
    must(again && *again == *span && again->text() == span->text(), "written and read again", text);
}

void check_time(const Result<Timestamp>& time, std::string_view text) {
    if (!time) return must(fuzz::is_one_line(time.error().message), "an error is one line", text);
    const std::string written = time->text();
    const auto again = Timestamp::parse(written);
    must(again && *again == *time && again->text() == written, "written and read again", text);
    must(written.ends_with('Z') && written.size() >= 20 && written.size() <= 30, "one form",
         written);
    must(time->seconds_since(*time) == 0, "no distance to itself", text);
    must(time->plus_seconds(1) >= *time, "time goes on", text);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_duration(text);
    check_time(Timestamp::parse(text), text);
    check_time(Timestamp::parse_http_date(text), text);
    return 0;
}
