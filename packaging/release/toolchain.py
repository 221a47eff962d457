# SPDX-License-Identifier: Apache-2.0
"""zig as compiler and linker: unpacked from its wheel, with a folder of small programs for each target,
which is what CMake and OpenSSL's Makefile call."""

import dataclasses
import os
import pathlib
import shutil
import sys
import zipfile

from . import pins
from .common import Arch, cache, key_of, made_once

# As small as it gets.
COMMON_FLAGS = "-Os -fPIC -fstack-protector-strong -ffunction-sections -fdata-sections -fno-sanitize=undefined"


@dataclasses.dataclass(frozen=True)
class Target:
    """What a program is compiled for: the executable for musl, the library for glibc 2.17 and newer."""
    arch: Arch
    libc: str

    @property
    def zig(self):
        return f"{self.arch.cpu}-linux-{self.libc}"


def executable_target(arch):
    return Target(arch, "musl")


def library_target(arch):
    return Target(arch, "gnu.2.17")


def unpack(pin_list):
    """The folder with the program zig and its lib/."""
    pin, = pins.named(pin_list, "zig")
    with made_once(cache() / "zig" / pin.sha256[:16]) as work:
        if work is not None:
            with zipfile.ZipFile(pins.fetch(pin)) as wheel:
                wheel.extractall(work)
            (work / "ziglang" / "zig").chmod(0o755)
    return cache() / "zig" / pin.sha256[:16] / "ziglang"


def programs(target, zig, maps):
    """The folder with cc, c++, ar and ranlib for the target. `maps`: folders whose names must not get
    into what is built, and what stands for them there."""
    flags = " ".join(f"-ffile-prefix-map={folder}={name}" for folder, name in ((zig, "/zig"), *maps))
    bodies = {name: f'exec "{zig}/zig" {name} -target {target.zig} {flags} "$@"' for name in ("cc", "c++")}
    bodies |= {name: f'exec "{zig}/zig" {name} "$@"' for name in ("ar", "ranlib")}
    link = pathlib.Path(__file__).with_name("link.py").read_text()
    bodies["link"] = f'exec "{sys.executable}" "$(dirname "$0")/link.py" "{zig}/zig" {target.zig} "$@"'
    folder = cache() / "toolchain" / f"{key_of(*bodies.values(), link)}-{target.zig}"
    with made_once(folder) as work:
        if work is not None:
            for name, body in bodies.items():
                script = work / name
                script.write_text(f"#!/bin/sh\n{body}\n")
                script.chmod(0o755)
            (work / "link.py").write_text(link)
    return folder


def environment(folder, epoch):
    """For what calls these programs. Plain names: OpenSSL writes down how its compiler was called."""
    keep = {name: os.environ[name] for name in ("HOME", "TMPDIR", "CCACHE_DIR", "BUILD_JOBS") if name in os.environ}
    zig_cache = str(cache() / "zig-cache")
    return keep | {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": str(epoch),
                   "ZIG_GLOBAL_CACHE_DIR": zig_cache, "ZIG_LOCAL_CACHE_DIR": zig_cache, "ZERO_AR_DATE": "1",
                   "CC": "cc", "CXX": "c++", "AR": "ar", "RANLIB": "ranlib"}


def licences(zig):
    """Name -> text of what zig puts into each program."""
    lib = pathlib.Path(zig) / "lib"
    return {"musl": lib / "libc" / "musl" / "COPYRIGHT", "libc++": lib / "libcxx" / "LICENSE.TXT", "libc++abi": lib / "libcxxabi" / "LICENSE.TXT",
            "libunwind": lib / "libunwind" / "LICENSE.TXT", "zig": pathlib.Path(zig) / "LICENSE"}


def copy_licences(zig, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in licences(zig).items():
        shutil.copyfile(path, folder / f"{name}.txt")
