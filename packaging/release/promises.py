# SPDX-License-Identifier: Apache-2.0
"""What is promised of the executable and the library, looked up in the files themselves by readelf: each
function gives a list of sentences, one for each promise that is not kept."""

import pathlib
import re
import struct
import subprocess

from .common import ROOT, cache, need_programs

SIZES = ROOT / "packaging" / "sizes"
GROWTH = 1.05
# Of glibc's own libraries any may be needed; all else is inside.
GLIBC = re.compile(r"(libc\.so\.6|libm\.so\.6|libdl\.so\.2|libpthread\.so\.0|librt\.so\.1|ld-linux-[\w-]+\.so\.[12])$")
OLDEST_GLIBC = (2, 17)


def architecture(path, arch):
    """A sentence where the file is none for that architecture."""
    try:
        with open(path, "rb") as file:
            head = file.read(20)
    except FileNotFoundError:
        return f"{path} is missing"
    if head[:4] != b"\x7fELF" or len(head) < 20:
        return f"{path} is no ELF file"
    machine, = struct.unpack_from("<H", head, 18)
    return f"{path} is for the machine number {machine}, and {arch.name} is {arch.machine}" if machine != arch.machine else None


def readelf(option, path):
    need_programs("readelf")
    return subprocess.run(["readelf", "-W", option, str(path)], capture_output=True, text=True, check=True, errors="replace").stdout


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.+)\]", readelf("--dynamic", path))


def _common(path, arch):
    wrong = architecture(path, arch)
    if wrong:
        return [wrong]
    found = []
    segments, dynamic = readelf("--segments", path), readelf("--dynamic", path)
    stack = re.search(r"GNU_STACK(?:\s+0x[0-9a-f]+){5}\s+([RWE]+)", segments)
    if stack is None or "E" in stack[1]:
        found.append(f"{path.name} has an executable stack")
    if "GNU_RELRO" not in segments:
        found.append(f"{path.name} has no RELRO segment")
    if not re.search(r"BIND_NOW|\bNOW\b", dynamic):
        found.append(f"{path.name} is not bound at once (-z now)")
    if "TEXTREL" in dynamic:
        found.append(f"{path.name} has relocations in its code")
    if re.search(r"^\s*LOAD.*RWE", segments, re.MULTILINE):
        found.append(f"{path.name} has a segment that can be written and executed")
    data = path.read_bytes()
    for folder in (ROOT, cache(), pathlib.Path.home()):
        if len(folder.parts) > 1 and str(folder).encode() + b"/" in data:
            found.append(f"{path.name} holds the name of a folder of the machine that built it: {folder}")
    if b"__stack_chk_fail" not in data and not _guarded(path):
        found.append(f"{path.name} is not compiled with a stack protector")
    return found


def _guarded(path):
    """Stripped of its names, a static program still tells in its debug information whether it has the guard."""
    debug = path.with_name("debug") / f"{path.name}.debug"
    return debug.is_file() and "__stack_chk_fail" in readelf("--symbols", debug)


def executable(path, arch):
    found = _common(path, arch)
    if architecture(path, arch):
        return found
    if needed(path):
        found.append(f"{path.name} needs {', '.join(needed(path))}, and should need nothing")
    if "INTERP" in readelf("--segments", path):
        found.append(f"{path.name} asks for a loader, and should need none")
    if not re.search(r"Type:\s+DYN", readelf("--file-header", path)):
        found.append(f"{path.name} is not position independent")
    return found


def library(path, arch):
    found = _common(path, arch)
    if architecture(path, arch):
        return found
    for name in needed(path):
        if not GLIBC.match(name):
            found.append(f"{path.name} needs {name}, and should need glibc alone")
    for version in sorted(set(re.findall(r"GLIBC_([\d.]+)", readelf("--version-info", path)))):
        if tuple(map(int, version.split("."))) > OLDEST_GLIBC:
            found.append(f"{path.name} needs GLIBC_{version}, and at most 2.17 is promised")
    promised = set(re.findall(r"\b(infrastate_\w+);", (ROOT / "abi" / "infrastate.map").read_text()))
    exported = exports(path)
    for name in sorted(exported - promised):
        found.append(f"{path.name} exports {name}, which abi/infrastate.map does not name")
    for name in sorted(promised - exported):
        found.append(f"{path.name} does not export {name}")
    if "NODELETE" not in readelf("--dynamic", path):
        found.append(f"{path.name} can be unloaded (-z nodelete is missing)")
    return found


def exports(path):
    """The names that it defines for others; that of the version itself is none."""
    names = set()
    for line in readelf("--dyn-syms", path).splitlines():
        words = line.split()
        if len(words) >= 8 and words[6] not in ("UND", "ABS") and words[4] in ("GLOBAL", "WEAK"):
            names.add(words[7].split("@")[0])
    return names


def recorded_sizes():
    lines = [line.split() for line in SIZES.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return {name: int(size) for name, size in lines}


def sizes(folder, arch):
    """Files that are more than a twentieth larger than packaging/sizes says."""
    found = []
    for name, size in recorded_sizes().items():
        place, file = name.split("/")
        path = folder / file
        if place != f"linux-{arch.name}" or not path.is_file():
            continue
        now = path.stat().st_size
        if now > size * GROWTH:
            found.append(f"{file} for {arch.name} has {now:,} bytes, and packaging/sizes says {size:,}: it grew by more than 5 %; find out by "
                         "what, or write down the new size")
    return found
