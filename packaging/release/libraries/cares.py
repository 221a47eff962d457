# SPDX-License-Identifier: Apache-2.0
"""c-ares: names to addresses within a deadline."""

import re

from .work import C_FLAGS

NAME = "c-ares"
NEEDS = ()
FILES = ()


def build(work, pins):
    pin, = pins
    source = work.unpack(work.archives[0], f"c-ares-sys-{pin.version}/c-ares", "c-ares")
    work.cmake(source, C_FLAGS, "-DCARES_STATIC=ON", "-DCARES_SHARED=OFF", "-DCARES_STATIC_PIC=ON", "-DCARES_BUILD_TOOLS=OFF",
               "-DCARES_BUILD_TESTS=OFF", "-DCARES_THREADS=OFF")
    header = (source / "include" / "ares_version.h").read_text()
    numbers = [re.search(rf"#define ARES_VERSION_{part} +(\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH")]
    return ".".join(numbers), source / "LICENSE.md"
