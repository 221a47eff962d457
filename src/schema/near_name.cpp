// SPDX-License-Identifier: Apache-2.0
#include "infrastate/schema/near_name.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace infrastate::schema {
namespace {

/// The distance of Damerau and Levenshtein, in the variant that moves no letter twice.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min(
                {last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

} // namespace

std::string_view near_name(const Section& section, std::string_view name) {
    std::string_view nearest;
    std::size_t least = 0;
    const auto look_at = [&](std::string_view known) {
        const std::size_t apart = distance(name, known);
        if (apart * 3 > std::max(name.size(), known.size())) return;
        if (!nearest.empty() && apart >= least) return;
        nearest = known;
        least = apart;
    };
    for (const Param& param : section.params) {
        look_at(param.name);
        for (std::string_view alias : param.aliases)
            look_at(alias);
    }
    return nearest;
}

} // namespace infrastate::schema
