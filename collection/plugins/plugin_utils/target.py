# SPDX-License-Identifier: Apache-2.0
"""The executable on the target: the shell commands that put it there and run it, and what they answer.

Each command prints BEGIN first. Where that is missing, nothing was run. It reads the first line of standard
input; where that is not INPUT, the connection carries no standard input, and nothing was run either.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import shlex

BEGIN = "infrastate: begin"
INPUT = "infrastate: input"
EXECUTABLE = "infra_access_key"
# What `uname -sm` says -> the folder in files/.
SYSTEMS = {"Linux x86_64": "x86_64", "Linux amd64": "x86_64", "Linux aarch64": "aarch64", "Linux arm64": "aarch64"}
# In this order. The last two are for a home that cannot be written or where nothing can be executed.
PLACES = ('"$HOME/.ansible/infrastate"', '"/var/tmp/.infrastate-$(id -u)"', '"/tmp/.infrastate-$(id -u)"')
FILES = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "files")

# A folder counts only if nobody else can put a file there: it is this user's, no link, with mode 0700, and nobody
# else can rename it. `up` is the folder above: this user's own, or one with the sticky bit.
FUNCTIONS = r"""
umask 077
echo 'BEGIN'
say() { echo "infrastate: $*"; cat >/dev/null; exit 0; }
IFS= read -r line
[ "$line" = 'INPUT' ] || say no-input
own() { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; }
safe() { up=${1%/*}; case $up in "$HOME/.ansible") [ -n "$HOME" ] && own "$HOME" && own "$up" ;; *) [ -k "$up" ] ;; esac }
digest() { { sha256sum || busybox sha256sum || openssl dgst -sha256 -r || shasum -a 256; } <"$1" 2>/dev/null; }
state() { stat -c '%i %s %y %z' "$1" 2>/dev/null; }
good() { case $(digest "$1") in "$2 "*) ;; *) false ;; esac }
""".strip().replace("BEGIN", BEGIN).replace("INPUT", INPUT)

# Reads NAME=VALUE lines up to an empty one, then starts the program, which reads the rest.
START = r"""
while IFS= read -r line && [ -n "$line" ]; do
value=$(printf '%b.' "${line#*=}")
export "${line%%=*}=${value%.}"
done
echo 'infrastate: run'
exec "$file" --module MODULE
""".strip()


class Reply:
    """What a command answered. `word` is None where it was not run."""

    def __init__(self, done):
        self.rc, self.stdout, self.stderr = done["rc"], done["stdout"], done["stderr"]
        after = self.stdout.partition(BEGIN)[2]
        found = re.search(r"^infrastate: (\S+) ?(.*)$", after, re.MULTILINE)
        self.word, self.detail = (found.group(1), found.group(2).strip()) if found else (None, "")
        self.output = after[found.end():].strip() if found else ""


def input_line():
    return INPUT.encode() + b"\n"


def environment_lines(environment):
    """The variables as START reads them. Values are not in the command, where others could see them."""
    lines = []
    for name, value in environment.items():
        if not re.match("[A-Za-z_][A-Za-z0-9_]*$", name):
            raise ValueError("environment: \"%s\" is no name of a variable; use letters, digits and _" % name)
        lines.append("%s=%s\n" % (name, value.replace("\\", "\\0134").replace("\n", "\\0012")))
    return "".join(lines).encode("utf-8", "surrogateescape") + b"\n"


def start_of(module, path):
    """Runs an executable that is on the target."""
    return "\n".join((FUNCTIONS, "file=%s" % shlex.quote(path), '[ -x "$file" ] && [ ! -d "$file" ] || say missing', START.replace("MODULE", module)))


# The digest was computed for the file as it is: `verified` has its inode, size and times. Else it is computed now.
LOOK = r"""
look() {
base=$1 folder=$1/$digest file=$1/$digest/PROGRAM seen=
[ -f "$file" ] && [ ! -L "$file" ] && safe "$base" && own "$base" && own "$folder" || return 1
modes=$(ls -ld "$base" "$folder") || return 1
case $modes in drwx------*"
"drwx------*) ;; *) return 1 ;; esac
[ ! -f "$folder/verified" ] || [ -L "$folder/verified" ] || IFS= read -r seen <"$folder/verified"
[ -n "$seen" ] && [ "$seen" = "$(state "$file")" ] && return 0
good "$file" "$digest" && { state "$file" >"$folder/verified" || :; }
}
""".strip().replace("PROGRAM", EXECUTABLE)


def start_kept(module, digests):
    """Runs the executable that put() has put there. Answers: run, absent CPU, or unknown SYSTEM."""
    cases = " ".join("'%s') cpu=%s digest=%s ;;" % (system, cpu, digests[cpu]) for system, cpu in SYSTEMS.items() if cpu in digests)
    return "\n".join((
        FUNCTIONS,
        LOOK,
        'system=$(uname -sm)',
        'case $system in %s *) say unknown "$system" ;; esac' % cases,
        'if %s; then' % " || ".join("look %s" % place for place in PLACES),
        START.replace("MODULE", module),
        'fi',
        'say absent "$cpu"'))


def put(place, digest):
    """Takes the executable from standard input. Answers: stored, or refused FOLDER (WHY)."""
    return "\n".join((
        FUNCTIONS,
        'base=%s' % place,
        'refuse() { [ -z "$new" ] || rm -f "$new"; say refused "$base ($*)"; }',
        'new=',
        'case $base in */.ansible/infrastate) [ -n "$HOME" ] && own "$HOME" || refuse "the home is not the own one of this user" ;; esac',
        'mkdir -p "${base%/*}" 2>/dev/null',
        'mkdir "$base" 2>/dev/null',
        'safe "$base" && own "$base" || refuse "no folder of this user can be made there"',
        'chmod 0700 "$base"',
        'folder=$base/%s file=$base/%s/%s' % (digest, digest, EXECUTABLE),
        'new=$base/.new.$$',
        '{ cat >"$new"; } 2>/dev/null || refuse "cannot be written, or is full"',
        '[ -n "$(digest "$new")" ] || refuse "no program computes a SHA-256 digest there: sha256sum, busybox, openssl or shasum"',
        'good "$new" %s || refuse "the file did not arrive whole"' % digest,
        'chmod 0700 "$new"',
        '"$new" --version >/dev/null 2>&1 || refuse "mounted noexec, or executing is forbidden there"',
        # Another version that is put at the same time may remove the folder before the file is in it.
        'for attempt in 1 2 3; do',
        'mkdir "$folder" 2>/dev/null || own "$folder" || { rm -rf "$folder"; mkdir "$folder" 2>/dev/null; }',
        'chmod 0700 "$folder" 2>/dev/null',
        '[ ! -d "$file" ] || rm -rf "$file"',
        'mv -f "$new" "$file" 2>/dev/null && break',
        'done',
        '[ ! -e "$new" ] || refuse "cannot be written"',
        '{ rm -rf "$folder/verified" && state "$file" >"$folder/verified"; } 2>/dev/null',
        # Other versions stay for a day, since another controller may use one now; what an aborted run left behind, too.
        'for old in "$base"/* "$base"/.new.*; do',
        '[ "$old" = "$folder" ] || [ -z "$(find "$old" -prune -mtime +0 2>/dev/null)" ] || rm -rf "$old"',
        'done',
        'say stored "$file"'))


def executable(cpu):
    return os.path.join(FILES, cpu, EXECUTABLE)


def digests():
    """Folder in files/ -> the SHA-256 of its executable, as it was when the collection was packed. Empty in a
    collection without executables."""
    out = {}
    try:
        with open(os.path.join(FILES, "SHA256SUMS")) as file:
            for line in file:
                digest, path = line.split()
                out[path.partition("/")[0]] = digest
    except FileNotFoundError:
        pass
    return out
