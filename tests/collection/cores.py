# SPDX-License-Identifier: Apache-2.0
"""Versions of ansible-core to test with: that of the machine, and others in folders of the cache."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

from release import common

# What is pinned -> the oldest Python that it runs on.
PINNED = {"2.14.18": (3, 9), "2.16.19": (3, 10), "2.19.14": (3, 11), "2.21.5": (3, 12)}


# The checkers of a collection, together in one folder.
TOOLS = ("ansible-core==2.19.14", "ansible-lint==26.10.1", "antsibull-docs==2.28.0", "antsibull-changelog==0.36.0")
TOOLS_PYTHON = (3, 11)


class Missing(Exception):
    """One sentence: why this version cannot be had here."""


def cache():
    return common.user_cache() / "ansible"


def _pythons():
    """Interpreters on this machine, the oldest first, by what they say of themselves."""
    found = {}
    places = [*os.environ["PATH"].split(":"), *map(str, pathlib.Path("~/.pyenv/versions").expanduser().glob("*/bin"))]
    for folder in places:
        for path in pathlib.Path(folder).glob("python3*"):
            if path.name.replace("python3", "").strip(".0123456789") or not os.access(path, os.X_OK):
                continue
            asked = subprocess.run([path, "-c", "import sys,venv;print(*sys.version_info[:2])"], capture_output=True, text=True, check=False)
            if asked.returncode == 0:
                found.setdefault(tuple(map(int, asked.stdout.split())), path)
    return sorted(found.items())


def _fitting(oldest):
    """Interpreters for a core. One that is much newer knows parts of it no more."""
    return [path for python, path in _pythons() if oldest <= python <= (3, oldest[1] + 2)]


def possible():
    """The pinned versions for which this machine has a Python. What is left out is named on standard error."""
    for version, oldest in PINNED.items():
        if _fitting(oldest):
            yield version
        else:
            print(f"left out: ansible-core {version}, since no Python {'.'.join(map(str, oldest))} or a little newer is here", file=sys.stderr)


def provide(version):
    """The folder with ansible-playbook of that version; of the PATH without one. Missing: it cannot be had."""
    if version is None:
        program = shutil.which("ansible-playbook")
        if program is None:
            raise SystemExit("ansible-playbook is not installed: scripts/setup test")
        return pathlib.Path(program).parent
    return _installed(version, PINNED[version], [f"ansible-core=={version}"])


def tools():
    """The folder with ansible-lint, antsibull-docs and antsibull-changelog. Missing: they cannot be had."""
    return _installed(f"tools-{hashlib.sha256(' '.join(TOOLS).encode()).hexdigest()[:12]}", TOOLS_PYTHON, TOOLS)


def _installed(name, oldest, packages):
    folder = cache() / name
    if (folder / "whole").is_file():
        return folder / "bin"
    fitting = _fitting(oldest)
    if not fitting:
        raise Missing(f"{packages[0]} needs Python {'.'.join(map(str, oldest))} or a little newer, which is not on this machine")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for command in ([fitting[0], "-m", "venv", folder], [folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", *packages]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(f"{' '.join(packages)} cannot be installed: {(done.stderr.strip() or done.stdout.strip())[-300:]}")
    (folder / "whole").touch()
    return folder / "bin"


def version(folder):
    said = subprocess.run([folder / "ansible", "--version"], capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C.UTF-8"}).stdout
    return said.split("core ")[1].split("]")[0]
