# SPDX-License-Identifier: Apache-2.0
"""Packages of what lies in dist/linux-ARCH: tar, deb, rpm, wheel, gem. None of them compiles anything."""

import io
import lzma
import os
import pathlib
import re
import shutil
import sys
import tarfile
import tempfile

from . import product
from .common import ROOT, VERSION, Problem, epoch, need_programs, run, say

CPACK = ROOT / "packaging" / "cpack"
PYTHON = ROOT / "abi" / "bindings" / "python"
RUBY = ROOT / "abi" / "bindings" / "ruby"
# Debug information is large, and few want it: it lies in dist/, and in no package.
NOT_PACKED = ("debug",)


def _environment():
    return os.environ | {"SOURCE_DATE_EPOCH": str(epoch()), "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def _log(name):
    log = ROOT / "build" / f"release-{name}.log"
    log.unlink(missing_ok=True)
    return log


def tar(arch, dist):
    folder = product.provided(arch, dist)
    top = f"infrastate-{VERSION}-linux-{arch.name}"
    files = [(path, path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.relative_to(folder).parts[0] not in NOT_PACKED]
    files += [(ROOT / "abi" / "infrastate.h", pathlib.Path("infrastate.h")), (ROOT / "LICENSE", pathlib.Path("LICENSE"))]
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, name in files:
            member = archive.gettarinfo(path, f"{top}/{name}")
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = epoch()
            member.mode = 0o755 if member.isdir() or os.access(path, os.X_OK) else 0o644
            with open(path, "rb") if member.isfile() else io.BytesIO() as content:
                archive.addfile(member, content)
    out = dist / f"{top}.tar.xz"
    out.write_bytes(lzma.compress(data.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    return [out]


def _cpack(arch, dist, generator, pattern):
    folder = product.provided(arch, dist)
    need_programs("cmake", "cpack")
    log = _log(f"{generator.lower()}-{arch.name}")
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        os.chmod(work, 0o755)
        env = _environment()
        run(["cmake", "-S", CPACK, "-B", work, f"-DFILES={folder}", f"-DARCH={arch.name}", f"-DCPU={arch.cpu}", f"-DKIND={generator}"], log,
            env=env, what="CMake for the packages")
        run(["cpack", "-G", generator, "--config", work / "CPackConfig.cmake", "-B", work / "out"], log, cwd=work, env=env, what="CPack")
        out = []
        for path in sorted((work / "out").glob(pattern)):
            shutil.move(path, dist / path.name)
            out.append(dist / path.name)
    if len(out) != 3:
        raise Problem(f"CPack made {len(out)} packages instead of 3; all that it said is in {log}")
    return out


def deb(arch, dist):
    need_programs("dpkg-deb", "fakeroot")
    made = _cpack(arch, dist, "DEB", "*.deb")
    log = _log(f"deb-size-{arch.name}")
    for path in made:
        _say_true_size(path, log)
    return made


def _say_true_size(path, log):
    """CPack counts a link as the file that it leads to. Counted as dpkg-gencontrol does: files in whole KiB, all else one each."""
    with tempfile.TemporaryDirectory() as work:
        tree = pathlib.Path(work) / "tree"
        run(["dpkg-deb", "--raw-extract", path, tree], log, what="dpkg-deb")
        for folder in (tree, tree / "DEBIAN"):
            folder.chmod(0o755)  # whatever the umask
        control = tree / "DEBIAN" / "control"
        packed = [each for each in tree.rglob("*") if each.relative_to(tree).parts[0] != "DEBIAN"]
        size = sum(-(-each.stat().st_size // 1024) if each.is_file() and not each.is_symlink() else 1 for each in packed)
        control.write_text(re.sub(r"(?m)^Installed-Size: \d+$", f"Installed-Size: {size}", control.read_text()))
        run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, path], log, env=_environment(), what="dpkg-deb")


def rpm(arch, dist):
    need_programs("rpmbuild")
    return _cpack(arch, dist, "RPM", "*.rpm")


def wheel(arch, dist):
    folder = product.provided(arch, dist)
    sys.path.insert(0, str(PYTHON))
    import build_wheel
    # The second name is the older one of the same promise, for a pip before 20.3.
    platforms = f"manylinux_2_17_{arch.cpu}.manylinux2014_{arch.cpu}"
    return [build_wheel.build(folder / product.LIBRARY, dist, platforms, folder / "licences")]


def gem(arch, dist):
    folder = product.provided(arch, dist)
    need_programs("gem")
    with tempfile.TemporaryDirectory() as work:
        source = pathlib.Path(work) / "gem"
        shutil.copytree(RUBY, source)
        shutil.copyfile(folder / product.LIBRARY, source / "lib" / "infrastate" / product.LIBRARY)
        shutil.copytree(folder / "licences", source / "licences")
        for path in source.rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.name == product.LIBRARY else 0o644)
        out = dist / f"infrastate-{VERSION}-{arch.gem}.gem"
        run(["gem", "build", "--silent", "--output", out, "infrastate.gemspec"], _log(f"gem-{arch.name}"), cwd=source,
            env=_environment() | {"INFRASTATE_GEM_PLATFORM": arch.gem}, what="gem build")
    return [out]


def announce(paths):
    for path in paths:
        say(f"   {path.name}: {path.stat().st_size:,} bytes")
