// SPDX-License-Identifier: Apache-2.0
// `--self-test`: reads the arguments of a run and prints, line by line, what stands between this
// machine and that run. For a person; its words may change.
#pragma once

#include "runner.h"

#include <functional>
#include <string_view>

namespace infrastate::module {

/// `invocation.text` as for a run; parameters about keys are not looked at, and an empty text is
/// an empty object. `print` gets whole lines, each as soon as it is known. True if all is well.
bool run_self_test(const Invocation& invocation,
                   const std::function<void(std::string_view)>& print);

} // namespace infrastate::module
