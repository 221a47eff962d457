# SPDX-License-Identifier: Apache-2.0
"""The executable and the library for one architecture, in dist/linux-ARCH, with their debug information
beside. Each is built by the preset "portable" of this project."""

import os
import pathlib
import shutil
import subprocess

from . import dependencies, promises, toolchain
from .common import ROOT, Problem, epoch, jobs, need_programs, run, say

EXECUTABLE = "infra_access_key"
LIBRARY = "libinfrastate.so.1"


def objcopy(arch):
    """Each binutils knows the architecture that it was made for."""
    native = os.uname().machine == arch.cpu
    program = "objcopy" if native else f"{arch.cpu}-linux-gnu-objcopy"
    need_programs(program)
    return program


def _compile(target, pins, zig, goal, linker_flags):
    """The folder in which one goal of the project was built for the target."""
    prefix = dependencies.provide(target, pins, zig)
    build = ROOT / "build" / f"portable-{target.zig}"
    log = ROOT / "build" / f"portable-{target.zig}.log"
    log.unlink(missing_ok=True)
    folder = toolchain.programs(target, zig, ((prefix, "/deps"), (ROOT, "/infrastate")))
    env = toolchain.environment(folder, epoch()) | {
        "INFRASTATE_TOOLCHAIN": str(folder), "INFRASTATE_PREFIX": str(prefix), "INFRASTATE_CPU": target.arch.cpu,
        "INFRASTATE_EXE_LINKER_FLAGS": linker_flags, "CCACHE_COMPILERCHECK": "content", "CCACHE_BASEDIR": str(ROOT)}
    cache = build / "CMakeCache.txt"
    # CMake keeps the compiler and the places of libraries that it found first.
    if cache.exists() and f"{folder}/" not in cache.read_text():
        shutil.rmtree(build)
    run(["cmake", "--preset", "portable", "-B", build], log, cwd=ROOT, env=env, what="CMake")
    run(["ninja", "-C", build, "-j", jobs(), goal], log, cwd=ROOT, env=env, what=f"building {goal} for {target.zig}")
    return build


def _split(arch, built, to, debug):
    """Copies without what only a debugger reads, which goes to `debug`."""
    program = objcopy(arch)
    for command in ([program, "--only-keep-debug", built, debug],
                    [program, "--strip-all", "--remove-section=.comment", f"--add-gnu-debuglink={debug}", built, to]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Problem(f"{program} cannot work on {built}: {done.stderr.strip()[:200]}")
    to.chmod(0o755)
    debug.chmod(0o644)


def make(arch, pins, dist):
    """Fills dist/linux-ARCH; what was there before stays until all is built and found good."""
    if os.uname().machine != "x86_64":
        raise Problem(f"a release is made on an amd64 machine, for which zig is pinned; this one is {os.uname().machine}")
    say(f"== linux-{arch.name}")
    zig = toolchain.unpack(pins)
    work = dist / f".linux-{arch.name}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "debug").mkdir(parents=True)
    target = toolchain.executable_target(arch)
    build = _compile(target, pins, zig, EXECUTABLE, "-static -fPIE -Wl,--gc-sections")
    _split(arch, build / "modules" / EXECUTABLE, work / EXECUTABLE, work / "debug" / f"{EXECUTABLE}.debug")
    for link in sorted((build / "modules").iterdir()):
        if link.is_symlink() and os.readlink(link) == EXECUTABLE:
            (work / link.name).symlink_to(EXECUTABLE)
    target = toolchain.library_target(arch)
    build = _compile(target, pins, zig, "infrastate", "")
    _split(arch, (build / "abi" / LIBRARY).resolve(), work / LIBRARY, work / "debug" / f"{LIBRARY}.debug")
    prefix = dependencies.provide(target, pins, zig)
    shutil.copytree(prefix / "licences", work / "licences")
    toolchain.copy_licences(zig, work / "licences")
    shutil.copyfile(ROOT / "LICENSE", work / "licences" / "infrastate.txt")
    shutil.copyfile(prefix / "versions", work / "versions")
    problems = promises.executable(work / EXECUTABLE, arch) + promises.library(work / LIBRARY, arch) + promises.sizes(work, arch)
    if problems:
        raise Problem(f"what was built for {arch.name} is not what is promised: " + "; ".join(problems))
    final = dist / f"linux-{arch.name}"
    shutil.rmtree(final, ignore_errors=True)
    work.rename(final)
    for name in (EXECUTABLE, LIBRARY):
        say(f"   {final.name}/{name}: {(final / name).stat().st_size:,} bytes")


def provided(arch, dist):
    """The folder that a package is made from. Problem: it holds files of another architecture."""
    folder = pathlib.Path(dist) / f"linux-{arch.name}"
    for name in (EXECUTABLE, LIBRARY):
        wrong = promises.architecture(folder / name, arch)
        if wrong:
            raise Problem(f"{wrong}; build it anew with scripts/release --only linux-{arch.name}")
    return folder
