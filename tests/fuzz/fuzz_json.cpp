// SPDX-License-Identifier: Apache-2.0
// JSON: what is read, written and read again is the same, and what is written is plain ASCII.
#include "fuzz.h"

#include "infrastate/json/json.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace infrastate;
    using fuzz::must;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = json::read(text);
    if (!value) {
        must(fuzz::is_one_line(value.error().message), "an error is one line");
        must(value.error().detail.starts_with("json_"), "an error has its word");
        return 0;
    }
    const std::string written = json::write(*value);
    must(fuzz::is_one_line(written), "one line of ASCII", written);
    for (const std::string& form : {written, json::write_pretty(*value)}) {
        const auto again = json::read(form);
        must(again.ok(), "what is written can be read", form);
        must(json::write(*again) == written, "and means the same", form);
    }
    return 0;
}
