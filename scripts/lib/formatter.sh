# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Finds the one version of clang-format that counts: a program of the machine, or the wheel in a virtual
# environment below build/ (docs/adr/0054). Sourced after common.sh.

CLANG_VERSION=14
FORMATTER_FOLDER=$REPOSITORY/build/tools/clang-format

# clang_tool NAME: prints the path of that program in our version; false if there is none.
clang_tool() {
    local tool
    for tool in "$1-$CLANG_VERSION" "$1" "$FORMATTER_FOLDER/bin/$1"; do
        if command -v "$tool" >/dev/null && "$tool" --version 2>/dev/null | grep -q "version $CLANG_VERSION\."; then
            command -v "$tool"
            return
        fi
    done
    return 1
}

# provide_formatter: installs the wheel if the machine has no clang-format of our version and python3 can
# make a virtual environment. It does not fail: the part "format" says what is missing, and why.
provide_formatter() {
    local log=$FORMATTER_FOLDER.log
    clang_tool clang-format >/dev/null && return
    python3 -c 'import ensurepip, venv' 2>/dev/null || return 0
    say "Installing clang-format $CLANG_VERSION below build/, as this release has no package of it"
    mkdir -p "${FORMATTER_FOLDER%/*}"
    if ! {
        rm -rf -- "$FORMATTER_FOLDER" &&
            python3 -m venv "$FORMATTER_FOLDER" &&
            "$FORMATTER_FOLDER/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
                --only-binary :all: --require-hashes -r "$REPOSITORY/scripts/lib/clang-format.txt"
    } >"$log" 2>&1 </dev/null; then
        rm -rf -- "$FORMATTER_FOLDER"
        warn "clang-format $CLANG_VERSION could not be installed by pip: $(grep . "$log" | tail -n 1)"
    fi
}
