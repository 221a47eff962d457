// SPDX-License-Identifier: Apache-2.0
// JSON: what is read, written and read again is the same. What is written is plain ASCII. Poco's
// parser, which is independent of ours, reads the same.
#include "fuzz.h"
#include "tests/support/poco_json.h"

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
    try {
        must(test::poco_reads_the_same(text, *value), "Poco reads the same");
    } catch (const Poco::Exception&) {
        must(false, "Poco reads it, too");
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
