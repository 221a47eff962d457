// SPDX-License-Identifier: Apache-2.0
// The bare loop as a program of its own, for counting instructions: bare_poco COUNT.
#include "bare_loop.h"

int main(int count, char** arguments) {
    if (count != 2) return 2;
    infrastate::bench::BareLoop bare;
    for (int i = std::atoi(arguments[1]); i > 0; --i)
        bare.once();
}
