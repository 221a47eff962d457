# SPDX-License-Identifier: Apache-2.0
"""packaging/pins: which archives a release is made from, and how they are fetched and checked. Each is
fetched by its registry's own client; what decides is the digest here."""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from .common import ROOT, Problem, cache, need_programs, say, sha256

FILE = ROOT / "packaging" / "pins"
# OpenSSL's long-term series as the crate numbers it: 300.5.x holds 3.5.x.
OPENSSL_SERIES = "~300.5"


@dataclasses.dataclass(frozen=True)
class Pin:
    name: str
    version: str
    kind: str
    package: str
    file: str
    sha256: str

    def upstream(self):
        """The version that its authors gave it: "3.5.4" of "300.5.4+3.5.4", "1.11.0" of "1.11.0-3+deb12u1"."""
        return self.version.split("+")[-1] if self.kind == "cargo" else self.version.split("-")[0]


def read(path=FILE):
    pins = []
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 6 or words[2] not in CLIENTS or not re.fullmatch("[0-9a-f]{64}", words[5]):
            raise Problem(f"{path}, line {number}: expected NAME VERSION {'|'.join(CLIENTS)} PACKAGE FILE SHA256")
        pins.append(Pin(*words))
    return pins


def named(pins, name):
    found = [pin for pin in pins if pin.name == name]
    if not found:
        raise Problem(f"packaging/pins has no line for {name}")
    return found


def _ask(command, pin, cwd):
    """Runs a registry's client. Problem: it does not have what is pinned."""
    need_programs(command[0])
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        return
    said = [line.strip() for line in (done.stderr + "\n" + done.stdout).splitlines() if line.strip()]
    why = next((line for line in said if re.match(r"(error|E:|ERROR)", line)), said[-1] if said else "nothing was said")
    raise Problem(f"{pin.name} {pin.version} ({pin.file}) cannot be had any more, or the registry is out of reach: {command[0]} says "
                  f"\"{why[:200]}\"; scripts/release --update-pins looks for what there is")


def _by_pip(pin, folder):
    _ask([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:",
          "--platform", "manylinux_2_12_x86_64", "-d", str(folder), f"{pin.package}=={pin.version}"], pin, folder)


def _cargo_home():
    return pathlib.Path(os.environ.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo"))


def _cargo_fetch(pin, version, folder):
    """Cargo fetches a project's dependencies, so there is a project; without a lock it also wants to know
    of the crate's own, which are small."""
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "lib.rs").write_text("")
    (folder / "Cargo.toml").write_text('[package]\nname = "pins"\nversion = "0.0.0"\nedition = "2018"\n'
                                       f'[dependencies]\n{pin.package} = "{version}"\n')
    _ask(["cargo", "fetch", "--quiet"], pin, folder)


def _by_cargo(pin, folder):
    _cargo_fetch(pin, f"={pin.version.split('+')[0]}", folder)
    for archive in _cargo_home().glob(f"registry/cache/*/{pin.file}"):
        shutil.copy(archive, folder)


def _by_apt(pin, folder):
    _ask([str(ROOT / "scripts" / "poco-source"), "--archives", str(folder), pin.upstream().rsplit(".", 1)[0]], pin, folder)


CLIENTS = {"pip": _by_pip, "cargo": _by_cargo, "apt": _by_apt}


def fetch(pin):
    """The archive, out of the cache or fetched, its digest checked. Problem: there is none, or another."""
    kept = cache() / "downloads" / f"{pin.sha256[:16]}-{pin.file}"
    if kept.is_file() and sha256(kept) == pin.sha256:
        return kept
    say(f"   fetching {pin.file}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        folder = pathlib.Path(folder)
        CLIENTS[pin.kind](pin, folder)
        got = folder / pin.file
        if not got.is_file():
            others = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file() and path.suffix not in (".toml", ".lock")))
            raise Problem(f"{pin.name} {pin.version} cannot be had any more: packaging/pins names {pin.file}, and there is "
                          f"{others or 'nothing'}; scripts/release --update-pins writes new lines")
        found = sha256(got)
        if found != pin.sha256:
            raise Problem(f"{pin.file} has the SHA-256 {found}, and packaging/pins says {pin.sha256}: nothing was built from it; find out why "
                          "before you change the pin")
        got.rename(kept)
    return kept


def _in_columns(lines):
    """The lines of pins below each other, word by word; comments as they are."""
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    widths = [max(map(len, column)) for column in zip(*rows)]
    out = [line if not line or line.startswith("#") else " ".join(f"{word:{width}}" for word, width in zip(line.split(), widths)) for line in lines]
    return "\n".join(out) + "\n"


def update(path=FILE):
    """Writes the lines of OpenSSL and Poco anew, for the newest of the series. What changed is printed."""
    need_programs("cargo")
    text = path.read_text()
    for name, look in (("openssl", _newest_openssl), ("poco", _newest_poco)):
        old = named(read(path), name)
        with tempfile.TemporaryDirectory() as folder:
            new = look(pathlib.Path(folder), old)
        if new == old:
            say(f"{name} {old[0].version} is the newest")
            continue
        lines = text.splitlines()
        first = next(i for i, line in enumerate(lines) if line.split()[:1] == [name])
        lines = [line for line in lines if line.split()[:1] != [name]]
        lines[first:first] = [" ".join(dataclasses.astuple(pin)) for pin in new]
        text = _in_columns(lines)
        path.write_text(text)
        say(f"{name} {old[0].version} -> {new[0].version}")


def _newest_openssl(folder, old):
    _cargo_fetch(old[0], OPENSSL_SERIES, folder)
    lock = (folder / "Cargo.lock").read_text()
    match = re.search(rf'name = "{old[0].package}"\nversion = "([^"]+)"\n.*\nchecksum = "([0-9a-f]+)"', lock)
    version, digest = match.groups()
    return [Pin("openssl", version, "cargo", old[0].package, f"{old[0].package}-{version}.crate", digest)]


def _newest_poco(folder, old):
    _by_apt(old[0], folder)
    new = []
    version = next(folder.glob("poco_*.dsc")).name[len("poco_"):-len(".dsc")]
    for path in sorted(folder.glob("poco_*.tar.*"), key=lambda path: ".debian." in path.name):
        new.append(Pin("poco", version, "apt", "poco", path.name, sha256(path)))
    return new
