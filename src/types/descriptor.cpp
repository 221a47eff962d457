// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/descriptor.h"

#include <cerrno>
#include <unistd.h>

namespace infrastate {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        close();
        value_ = other.release();
    }
    return *this;
}

bool Descriptor::close() noexcept {
    if (value_ < 0) return true;
    const int value = release();
    // After EINTR Linux has closed the descriptor already, so it must not be closed again.
    return ::close(value) == 0 || errno == EINTR;
}

} // namespace infrastate
