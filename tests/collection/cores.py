# SPDX-License-Identifier: Apache-2.0
"""Versions of ansible-core to test with: that of the machine, and others in folders of the cache."""

import os
import pathlib
import shutil
import subprocess

# What is pinned -> the oldest Python that it runs on.
PINNED = {"2.14.18": (3, 9), "2.16.19": (3, 10), "2.19.14": (3, 11), "2.21.5": (3, 12)}


class Missing(Exception):
    """One sentence: why this version cannot be had here."""


def cache():
    named = os.environ.get("INFRASTATE_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "infrastate")
    return pathlib.Path(named).absolute() / "ansible"


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


def provide(version):
    """The folder with ansible-playbook of that version; of the PATH without one. Missing: it cannot be had."""
    if version is None:
        program = shutil.which("ansible-playbook")
        if program is None:
            raise SystemExit("ansible-playbook is not installed: scripts/setup test")
        return pathlib.Path(program).parent
    folder = cache() / version
    if (folder / "whole").is_file():
        return folder / "bin"
    # The newest that is old enough to be tried with this core: one minor version above its oldest.
    fitting = [path for python, path in _pythons() if PINNED[version] <= python <= (3, PINNED[version][1] + 2)]
    if not fitting:
        raise Missing(f"ansible-core {version} needs Python {'.'.join(map(str, PINNED[version]))} or newer, which is not on this machine")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([fitting[0], "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", f"ansible-core=={version}"], check=True)
    (folder / "whole").touch()
    return folder / "bin"


def version(folder):
    said = subprocess.run([folder / "ansible", "--version"], capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C.UTF-8"}).stdout
    return said.split("core ")[1].split("]")[0]
