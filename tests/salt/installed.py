# SPDX-License-Identifier: Apache-2.0
"""Salt as users install it: for each pin a virtual environment, kept outside of the clone, with Salt, the Python
package with the library inside, and the extension, all by pip."""

import contextlib
import fcntl
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "packaging"))
from release import common, salt as salt_release


def pins():
    return [line for line in (HERE / "pins").read_text().split("\n") if line and not line.startswith("#")]


def cache():
    return common.user_cache() / "salt"


def _must_run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(str(word) for word in command)}\n{done.stdout}")
    return done.stdout


class Salt:
    """One version of Salt. Tests of two processes take turns."""

    def __init__(self, pin):
        self.pin = pin
        self.folder = cache() / pin
        self.python = self.folder / "bin" / "python"
        self.call = self.folder / "bin" / "salt-call"
        self.ssh = self.folder / "bin" / "salt-ssh"

    def pip(self, *words):
        return _must_run(self.python, "-m", "pip", "--quiet", "--disable-pip-version-check", *words)

    def make(self):
        """Installs Salt, if that was not done before. It takes two minutes."""
        if (self.folder / "installed").is_file() or self._found() == self.pin:
            return
        print(f"installing Salt {self.pin} into {self.folder}", flush=True)
        _must_run(sys.executable, "-m", "venv", "--clear", self.folder)
        self.pip("install", f"salt=={self.pin}")
        (self.folder / "installed").write_text("")

    def _found(self):
        if not self.call.is_file():
            return None
        found = re.search(r"salt-call ([\d.]+)", subprocess.run([self.call, "--version"], capture_output=True, text=True, check=False).stdout)
        return found and found[1]

    def install(self, wheels):
        """As a user does. What they depend on is there already, or this fails."""
        self.pip("uninstall", "-y", "infrastate", "saltext.infrastate")
        self.pip("install", "--no-index", *wheels)


def wheels(build, folder):
    """The package with the library of this build inside, and the extension."""
    done = _must_run(sys.executable, ROOT / "abi" / "bindings" / "python" / "build_wheel.py", "--library", build / "abi" / "libinfrastate.so.1",
                     "--out", folder)
    extension = [path for path in salt_release.make(folder) if path.suffix == ".whl"]
    return [pathlib.Path(done.strip().splitlines()[-1]), *extension]


@contextlib.contextmanager
def provided(pin, build):
    """Salt of this version with both packages."""
    cache().mkdir(parents=True, exist_ok=True)
    with open(cache() / f"{pin}.lock", "w", encoding="utf-8") as lock, tempfile.TemporaryDirectory() as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        salt = Salt(pin)
        salt.make()
        salt.wheels = wheels(build, pathlib.Path(folder))
        salt.install(salt.wheels)
        yield salt
