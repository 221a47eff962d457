# SPDX-License-Identifier: Apache-2.0
"""usage: compile_command.py BUILD_DIR [SOURCE]
Without SOURCE: prints the sources that BUILD_DIR compiles, relative to the repository, one per line.
With SOURCE: prints its text after preprocessing and the flags that it is compiled with, for hashing."""

import json
import pathlib
import shlex
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
build = pathlib.Path(sys.argv[1])
commands = json.loads((build / "compile_commands.json").read_text())


def relative(entry):
    path = pathlib.Path(entry["directory"], entry["file"]).resolve()
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


if len(sys.argv) == 2:
    print("\n".join(sorted({relative(entry) for entry in commands})))
else:
    entry = next(entry for entry in commands if relative(entry) == sys.argv[2])
    words = shlex.split(entry["command"])
    if pathlib.Path(words[0]).name == "ccache":
        words = words[1:]
    cut = words.index("-o")
    words[cut:cut + 2] = []
    words.remove("-c")
    print(*words[1:])
    sys.stdout.flush()
    # -C keeps comments, because a NOLINT in them changes the findings.
    sys.exit(subprocess.run([words[0], "-E", "-P", "-C", *words[1:]], cwd=entry["directory"], check=False).returncode)
