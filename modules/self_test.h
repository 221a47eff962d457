// SPDX-License-Identifier: Apache-2.0
// `--self-test`: reads the arguments of a run and prints, line by line, what prevents that run from
// reaching the server. For a person; its words may change.
#pragma once

#include "runner.h"

#include <functional>
#include <string_view>

namespace infrastate::module {

/// `invocation.text` is as for a run. Parameters about keys are ignored, and an empty text is an
/// empty object. `print` gets whole lines, each as soon as it is known. True if everything is good.
bool run_self_test(const Invocation& invocation,
                   const std::function<void(std::string_view)>& print);

} // namespace infrastate::module
