# SPDX-License-Identifier: Apache-2.0
"""Words shared by the modules of scripts/release: where things are, how a command is run, how it stops."""

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = (ROOT / "VERSION").read_text().strip()
# What the clients of registries, the compilers and two builds need at most.
FREE_BYTES = 3 << 30


class Problem(Exception):
    """One sentence for the user, after which nothing more is done."""


@dataclasses.dataclass(frozen=True)
class Arch:
    """One architecture under the names that each kind of package has for it."""
    name: str  # Debian's, and the folder's in dist/
    cpu: str  # zig's, rpm's and Python's
    openssl: str
    gem: str
    machine: int  # e_machine of an ELF file


ARCHITECTURES = {arch.name: arch for arch in (
    Arch("amd64", "x86_64", "linux-x86_64", "x86_64-linux", 62),
    Arch("arm64", "aarch64", "linux-aarch64", "aarch64-linux", 183),
)}


def say(text):
    print(text, flush=True)


def user_cache():
    """The folder outside the clone for what a second run need not do again."""
    named = os.environ.get("INFRASTATE_CACHE")
    if not named:
        named = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache"), "infrastate")
    return pathlib.Path(named).absolute()


def cache():
    return user_cache() / "release"


def jobs():
    return os.environ.get("BUILD_JOBS") or str(len(os.sched_getaffinity(0)))


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def key_of(*parts):
    """A name for what follows from these texts and bytes."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()[:16]


def epoch():
    """The time that stands in what is built: that of the commit, so that it can be built again."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(ROOT), "log", "-1", "--format=%ct"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem("the time of the release is unknown: this is no git clone; set SOURCE_DATE_EPOCH")
    return int(done.stdout)


def _existing(path):
    """The path, or the nearest folder above it that is there."""
    while not path.exists():
        path = path.parent
    return path


def full_disk(path):
    """The sentence for a disk without room; None where there is some."""
    path = _existing(path)
    free = shutil.disk_usage(path).free
    return f"the disk of {path} is full: {free >> 20} MB are free; make room and start again" if free < 16 << 20 else None


def need_room(*folders):
    for folder in folders:
        at = _existing(folder)
        free = shutil.disk_usage(at).free
        if free < FREE_BYTES:
            raise Problem(f"the disk of {at} has {free >> 20} MB free, and a release needs {FREE_BYTES >> 20} MB; "
                          "make room there, or name another folder by INFRASTATE_CACHE")


def need_programs(*names):
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        raise Problem(f"not installed: {' '.join(missing)} (scripts/setup packages installs it)")


def run(command, log, cwd=None, env=None, what=None):
    """Runs a command; all it says goes to the file `log`. Problem: it failed, with its last lines."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as file:
        file.write(f"$ {' '.join(map(str, command))}\n".encode())
        file.flush()
        done = subprocess.run([str(word) for word in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                              check=False)
    if done.returncode == 0:
        return
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    for folder in (pathlib.Path(cwd or "."), log.parent, cache()):
        sentence = full_disk(folder.absolute())
        if sentence:
            raise Problem(sentence)
    if any("No space left on device" in line for line in lines[-50:]):
        raise Problem(f"a disk is full: {os.strerror(errno.ENOSPC)} while {what or command[0]} ran; make room and start again")
    for line in lines[-15:]:
        print(f"   | {line[:300]}", file=sys.stderr)
    raise Problem(f"{what or command[0]} failed with exit code {done.returncode}; all that it said is in {log}")


@contextlib.contextmanager
def made_once(folder):
    """A folder of the cache that is filled by one process at a time, and is there whole or not at all:
    gives the folder to fill, or None where it has been filled."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            yield None
            return
        work = folder.with_name(folder.name + ".work")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            yield work
            work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
