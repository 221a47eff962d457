// SPDX-License-Identifier: Apache-2.0
// The files beside a secret file. Whatever they contain is read, or reported as damage in half a
// line that quotes nothing. What was read is written so that it reads the same. The first byte
// chooses: 'i' the intents, anything else the record.
#include "fuzz.h"
#include "src/store/record_json.h"

namespace {

using namespace infrastate;
using fuzz::must;

/// A long text without a space that is also in the file is a quote of it; a secret is such a text.
void must_not_quote(std::string_view problem, std::string_view text) {
    must(fuzz::is_one_line(problem), "a problem is one line", problem);
    must(problem.size() < 1024, "and short", problem);
    constexpr std::size_t long_run = 30;
    for (std::size_t at = 0; at + long_run <= problem.size(); ++at) {
        const std::string_view run = problem.substr(at, long_run);
        if (run.find(' ') == std::string_view::npos)
            must(text.find(run) == std::string_view::npos, "a problem quotes nothing", problem);
    }
}

void check_record(std::string_view text) {
    const auto read = store::read_record(text);
    must(read.record || !read.problem.empty(), "a record or a problem", read.problem);
    if (!read.problem.empty()) must_not_quote(read.problem, text);
    if (!read.record) return;
    const std::string written = store::record_text(*read.record);
    const auto again = store::read_record(written);
    must(again.record && *again.record == *read.record, "a record reads the same", written);
    must(store::record_text(*again.record) == written, "and is written the same", written);
}

void check_intents(std::string_view text) {
    const auto read = store::read_intents(text);
    if (!read.problem.empty()) must_not_quote(read.problem, text);
    must(!read.newer || read.intents.empty(), "of a newer version nothing is taken");
    const std::string written = store::intents_text(read.intents);
    const auto again = store::read_intents(written);
    must(again.intents == read.intents, "intents read the same", written);
    must(again.problem.empty() || !read.problem.empty(), "and no worse", written);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    if (input.front() == 'i')
        check_intents(input.substr(1));
    else
        check_record(input.substr(1));
    return 0;
}
