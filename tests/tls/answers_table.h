// SPDX-License-Identifier: Apache-2.0
// Answers of servers, good, odd and hostile, each with the expected result of this client. Data for
// the tests of the reader, of the whole client and of the comparison with curl.
#pragma once

#include <string>
#include <vector>

namespace infrastate::test {

enum class Ending { notify, cut, open };

struct AnswerRow {
    std::string name;
    std::string bytes;
    std::string expected; ///< the status, or the error's detail
    Ending ending = Ending::open;
    std::string body{}; ///< the body of an accepted answer
};

std::vector<AnswerRow> answer_rows();

} // namespace infrastate::test
