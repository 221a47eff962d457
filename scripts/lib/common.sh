# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions shared by the scripts: find the repository, print, stop. Sourced.

REPOSITORY=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
export REPOSITORY

# Number of processors for building; BUILD_JOBS overrides it.
build_jobs() { printf '%s\n' "${BUILD_JOBS:-$(nproc)}"; }

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
# Prints one sentence to standard error and exits.
die() {
    warn "${SCRIPT_NAME:-$(basename -- "$0")}: $*"
    exit 1
}

# duration_text SECONDS: "7 s" or "3 min 20 s".
duration_text() {
    if (($1 < 60)); then
        printf '%d s' "$1"
    else
        printf '%d min %d s' "$(($1 / 60))" "$(($1 % 60))"
    fi
}

# need_program NAME...: stops with a sentence that names the missing program.
need_program() {
    local program missing=()
    for program in "$@"; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    ((${#missing[@]} == 0)) || die "not installed: ${missing[*]} (scripts/setup test installs it)"
}

# json_field FILE KEY: prints a string or number from the one JSON object in FILE.
json_field() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"
}
