# SPDX-License-Identifier: Apache-2.0
"""Poco: Debian's sources with Debian's patches, and without OCSP."""

import pathlib
import tarfile

from ..toolchain import COMMON_FLAGS

NAME = "poco"
NEEDS = ("openssl",)
# OpenSSL is built without OCSP, which only a context of Poco's own making would ask for.
PATCH = pathlib.Path(__file__).resolve().parents[2] / "poco-without-ocsp.patch"
UNITY = pathlib.Path(__file__).with_name("poco.cmake")
FILES = (PATCH, UNITY, UNITY.with_name("poco-needed.txt"))

WITHOUT = """ENCODINGS XML DATA DATA_SQLITE DATA_MYSQL DATA_POSTGRESQL DATA_ODBC MONGODB REDIS JWT ZIP PAGECOMPILER
PAGECOMPILER_FILE2PAGE ACTIVERECORD ACTIVERECORD_COMPILER APACHECONNECTOR PROMETHEUS PDF SEVENZIP CPPPARSER POCODOC TESTS SAMPLES""".split()


def _patched(work, pins):
    original, debian = work.archives
    source = work.unpack(original, f"poco-{pins[0].upstream()}-all", "poco")
    with tarfile.open(debian) as tar:
        tar.extractall(source)
    patches = source / "debian" / "patches"
    series = [line.split()[0] for line in (patches / "series").read_text().splitlines() if line.strip() and not line.startswith("#")]
    for patch in (*(patches / name for name in series), PATCH):
        work.run(["patch", "-p1", "-i", patch], source, f"applying {patch.name} to Poco")
    return source


def build(work, pins):
    source = _patched(work, pins)
    work.cmake(source, COMMON_FLAGS + " -DPOCO_UTIL_NO_XMLCONFIGURATION", "-DBUILD_SHARED_LIBS=OFF", "-DPOCO_UNBUNDLED=OFF",
               "-DCMAKE_POSITION_INDEPENDENT_CODE=ON", "-DCMAKE_CXX_VISIBILITY_PRESET=hidden", *(f"-DENABLE_{part}=OFF" for part in WITHOUT),
               f"-DCMAKE_PROJECT_Poco_INCLUDE={UNITY}", f"-DOPENSSL_ROOT_DIR={work.needs['openssl']}", "-DOPENSSL_USE_STATIC_LIBS=ON")
    # PocoUtilConfig.cmake of 1.11 asks for XML, which nothing here uses.
    (work.folder / "lib" / "cmake" / "Poco" / "PocoXMLConfig.cmake").write_text("# Poco's XML is not built here.\n")
    return pins[0].version, source / "LICENSE"
