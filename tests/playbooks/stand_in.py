# SPDX-License-Identifier: Apache-2.0
"""Programs that a test machine does not have (vault, kubectl, terraform): shell scripts that note how they were called."""

import os
import pathlib

# What HashiCorp's vault answers: 2 and a sentence if there is nothing. It keeps one value, in $notes/kept.
VAULT = """
case "$1 $2" in
'kv get')
    if [ -e "$notes/down" ]; then echo 'Error making API request: connection refused' >&2; exit 2; fi
    if [ ! -e "$notes/kept" ]; then echo "No value found at $4" >&2; exit 2; fi
    cat "$notes/kept"
    ;;
'kv put')
    if [ -e "$notes/full" ]; then echo 'Error writing data: permission denied' >&2; exit 2; fi
    cp "$here/input" "$notes/kept"
    ;;
*) exit 9 ;;
esac
"""


class Programs:
    """A folder of stand-ins to be put first on the PATH, and the notes of their calls."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "bin"
        self.notes = pathlib.Path(folder) / "notes"
        self.folder.mkdir()
        self.notes.mkdir()

    def add(self, name, answers):
        """`answers`: a shell script's end, with the call's arguments in $@, its own folder in $here and that of all in $notes. Standard
        input is in the file $here/input."""
        path = self.folder / name
        path.write_text(f"""#!/bin/sh
set -eu
notes='{self.notes}'
number=$(ls "$notes" | grep -c '^call' || true)
here=$notes/call$(printf %03d "$number")
mkdir "$here"
echo {name} >"$here/program"
for word in "$@"; do printf '%s\\0' "$word"; done >"$here/argv"
env -0 >"$here/environment"
cat >"$here/input"
{answers}
""")
        path.chmod(0o755)

    @property
    def path(self):
        return f"{self.folder}:{os.environ['PATH']}"

    def folders(self):
        """A folder for each call, in order, with what it noted."""
        return sorted(self.notes.glob("call*"))

    def calls(self):
        """Program, arguments and standard input of each call, in order."""
        found = []
        for call in self.folders():
            argv = (call / "argv").read_text().split("\0")[:-1]
            found.append(((call / "program").read_text().strip(), argv, (call / "input").read_text()))
        return found

    def seen_by_others(self):
        """Arguments and environments of all calls: what other users or programs of the machine may see."""
        return "".join((call / name).read_text() for call in self.folders() for name in ("argv", "environment"))
