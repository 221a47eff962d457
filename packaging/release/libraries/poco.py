# SPDX-License-Identifier: Apache-2.0
"""Poco: Debian's sources with Debian's patches, and of its libraries only Foundation and Net."""

import pathlib
import tarfile

from ..toolchain import COMMON_FLAGS

NAME = "poco"
NEEDS = ()
UNITY = pathlib.Path(__file__).with_name("poco.cmake")
FILES = (UNITY, UNITY.with_name("poco-needed.txt"))

WITHOUT = """ENCODINGS XML JSON UTIL CRYPTO NETSSL DATA DATA_SQLITE DATA_MYSQL DATA_POSTGRESQL DATA_ODBC MONGODB REDIS JWT ZIP PAGECOMPILER
PAGECOMPILER_FILE2PAGE ACTIVERECORD ACTIVERECORD_COMPILER APACHECONNECTOR PROMETHEUS PDF SEVENZIP CPPPARSER POCODOC TESTS SAMPLES""".split()


def _patched(work, pins):
    original, debian = work.archives
    source = work.unpack(original, f"poco-{pins[0].upstream()}-all", "poco")
    with tarfile.open(debian) as tar:
        tar.extractall(source)
    patches = source / "debian" / "patches"
    series = [line.split()[0] for line in (patches / "series").read_text().splitlines() if line.strip() and not line.startswith("#")]
    for patch in (patches / name for name in series):
        work.run(["patch", "-p1", "-i", patch], source, f"applying {patch.name} to Poco")
    return source


def build(work, pins):
    source = _patched(work, pins)
    work.cmake(source, COMMON_FLAGS, "-DBUILD_SHARED_LIBS=OFF", "-DPOCO_UNBUNDLED=OFF",
               "-DCMAKE_POSITION_INDEPENDENT_CODE=ON", "-DCMAKE_CXX_VISIBILITY_PRESET=hidden", *(f"-DENABLE_{part}=OFF" for part in WITHOUT),
               f"-DCMAKE_PROJECT_Poco_INCLUDE={UNITY}")
    return pins[0].version, source / "LICENSE"
