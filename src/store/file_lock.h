// SPDX-License-Identifier: Apache-2.0
// A lock on a file that excludes both processes and threads (flock on a descriptor of its own). A
// forked child neither holds nor releases it.
#pragma once

#include "infrastate/store/files.h"

namespace infrastate::store {

/// See Files::try_lock(). Thread-safe.
Result<std::unique_ptr<Files::Lock>> try_file_lock(const std::string& path);

/// See Files::may_lock().
Result<void> may_lock_file(const std::string& path);

} // namespace infrastate::store
