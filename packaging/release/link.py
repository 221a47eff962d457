# SPDX-License-Identifier: Apache-2.0
"""Links as `zig c++` does, with flags for lld that zig does not let through: asks zig for its linker's
command, adds them, and has zig's lld carry it out. Debug information stays, and lies in mapped folders
only, since zig's own libraries are compiled without.
usage: link.py ZIG TARGET ARGUMENT..."""

import os
import shlex
import subprocess
import sys

# Functions with the same code become one where nobody compares their addresses. Addresses that are set when the
# program starts are packed (docs/adr/0141).
ADDED = ["--icf=safe", "--build-id=sha1"]
PACKED = ["--pack-dyn-relocs=relr"]


def main():
    zig, target, *arguments = sys.argv[1:]
    # With -g, or without -O, zig would compile its own libraries anew, with folders of this machine in them.
    arguments = ["-Os", *(word for word in arguments if not word.startswith("-g"))]
    asked = subprocess.run([zig, "c++", "-target", target, *arguments], env=os.environ | {"ZIG_VERBOSE_LINK": "1"}, capture_output=True, text=True,
                           check=False)
    lines = [line for line in asked.stderr.splitlines() if line.startswith("ld.lld ")]
    if asked.returncode != 0 or not lines:
        sys.stderr.write(asked.stderr)
        return asked.returncode or 1
    command = [word for word in shlex.split(lines[-1]) if word not in ("-s", "--build-id=none")]
    # The loader of glibc 2.17 cannot unpack them; musl's start code can.
    added = ADDED + (PACKED if "musl" in target else [])
    return subprocess.run([zig, *command, *added], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
