# SPDX-License-Identifier: Apache-2.0
"""OpenSSL, c-ares and Poco as static libraries for one target, in a folder of the cache that follows
from the pins, from this file and from toolchain.py."""

import ast
import pathlib
import re
import shutil
import tarfile

from . import pins, toolchain
from .common import Problem, cache, epoch, jobs, key_of, made_once, run, say

NAMES = ("openssl", "c-ares", "poco")

# What a client of TLS 1.2 and 1.3 with PEM certificates has no use for. Everything that checks a
# certificate stays; so do 3DES and RC2-free PKCS 8 for old encrypted keys.
OPENSSL_WITHOUT = """
shared module engine dso legacy tests docs apps ssl3 ssl3-method tls1 tls1_1 dtls comp idea seed camellia aria bf cast rc2 rc4 rc5
md4 mdc2 whirlpool rmd160 blake2 sm2 sm3 sm4 gost srp srtp cms ts ct ocsp cmp rfc3779 scrypt siphash siv ocb
nextprotoneg ui-console autoload-config afalgeng padlockeng capieng argon2 quic uplink
ec2m http ssl-trace weak-ssl-ciphers multiblock
ml-kem ml-dsa slh-dsa async filenames""".split()

POCO_WITHOUT = """ENCODINGS XML DATA DATA_SQLITE DATA_MYSQL DATA_POSTGRESQL DATA_ODBC MONGODB REDIS JWT ZIP PAGECOMPILER
PAGECOMPILER_FILE2PAGE ACTIVERECORD ACTIVERECORD_COMPILER APACHECONNECTOR PROMETHEUS PDF SEVENZIP CPPPARSER POCODOC TESTS SAMPLES""".split()

# For the debug information that lies beside. Where CMake tries the linker it is left out: zig would compile its
# own libraries once more, with debug information.
DEBUG = "-g1"
POCO_PATCH = pathlib.Path(__file__).resolve().parents[1] / "poco-without-ocsp.patch"
# No exception crosses C code, so it needs no tables for one.
C_FLAGS = f"{toolchain.COMMON_FLAGS} -fno-unwind-tables -fno-asynchronous-unwind-tables"


def _unpack(archive, folder, into):
    """One folder of an archive, as the folder `into`."""
    with tarfile.open(archive) as tar:
        tar.extractall(into.parent, members=[member for member in tar if member.name.startswith(folder + "/")])
    (into.parent / folder).rename(into)


def _sources(pin_list, work):
    """Unpacks the three below `work`; what their authors call the versions."""
    openssl, = pins.named(pin_list, "openssl")
    cares, = pins.named(pin_list, "c-ares")
    original, debian = pins.named(pin_list, "poco")
    archives = {pin: pins.fetch(pin) for pin in (openssl, cares, original, debian)}  # all, before anything is built
    _unpack(archives[openssl], f"openssl-src-{openssl.version}/openssl", work / "openssl")
    _unpack(archives[cares], f"c-ares-sys-{cares.version}/c-ares", work / "c-ares")
    _unpack(archives[original], f"poco-{original.upstream()}-all", work / "poco")
    with tarfile.open(archives[debian]) as tar:
        tar.extractall(work / "poco")
    patches = work / "poco" / "debian" / "patches"
    for line in (patches / "series").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            run(["patch", "-p1", "-i", patches / line.split()[0]], work / "log", cwd=work / "poco", what=f"applying {line} to Poco")
    # OpenSSL is built without OCSP, which only a context of Poco's own making would ask for.
    run(["patch", "-p1", "-i", POCO_PATCH], work / "log", cwd=work / "poco", what=f"applying {POCO_PATCH.name} to Poco")
    header = (work / "c-ares" / "include" / "ares_version.h").read_text()
    numbers = [re.search(rf"#define ARES_VERSION_{part} +(\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH")]
    return {"openssl": openssl.upstream(), "c-ares": ".".join(numbers), "poco": original.version}


# OpenSSL asks the compiler for its version to learn whether it knows AVX-512. Without an answer it leaves out code for
# that and for AVX2: 0.8 MB to encrypt fast what is never large here. AES-NI stays.
SILENT_COMPILER = """#!/bin/sh
case "$*" in -v | -Wa,-v*) exit 0 ;; esac
exec "{folder}/cc" "$@"
"""


def _openssl(target, source, prefix, env, log):
    """Only what is linked: building its program and manual would take longer than the libraries."""
    silent = source.parent / "silent"
    silent.mkdir()
    (silent / "cc").write_text(SILENT_COMPILER.format(folder=env["PATH"].split(":")[0]))
    (silent / "cc").chmod(0o755)
    env = env | {"PATH": f"{silent}:{env['PATH']}"}
    configure = ["perl", "Configure", target.arch.openssl, "--prefix=/usr", "--libdir=lib", "--openssldir=/etc/ssl",
                 *(f"no-{word}" for word in OPENSSL_WITHOUT), *C_FLAGS.split(), DEBUG]
    run(configure, log, cwd=source, env=env, what="OpenSSL's Configure")
    run(["make", "-j", jobs(), "build_generated"], log, cwd=source, env=env, what="OpenSSL's make")
    run(["make", "-j", jobs(), "libssl.a", "libcrypto.a"], log, cwd=source, env=env, what="OpenSSL's make")
    shutil.copytree(source / "include", prefix / "include", ignore=shutil.ignore_patterns("*.in", "internal", "crypto"))
    for name in ("libssl.a", "libcrypto.a"):
        shutil.copy(source / name, prefix / "lib" / name)


def _cmake(target, source, build, prefix, env, log, flags, *options):
    run(["cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_SYSTEM_NAME=Linux",
         f"-DCMAKE_SYSTEM_PROCESSOR={target.arch.cpu}", f"-DCMAKE_INSTALL_PREFIX={prefix}", "-DCMAKE_INSTALL_LIBDIR=lib",
         f"-DCMAKE_FIND_ROOT_PATH={prefix}", "-DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY", "-DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY",
         f"-DCMAKE_C_FLAGS={C_FLAGS}", f"-DCMAKE_CXX_FLAGS={flags}", "-DCMAKE_C_FLAGS_DEBUG=", "-DCMAKE_CXX_FLAGS_DEBUG=",
         f"-DCMAKE_C_FLAGS_RELEASE={DEBUG} -DNDEBUG", f"-DCMAKE_CXX_FLAGS_RELEASE={DEBUG} -DNDEBUG", "-DCMAKE_POLICY_VERSION_MINIMUM=3.5",
         # To tell the compiler, CMake need not link.
         "-DCMAKE_C_COMPILER_ID_TEST_FLAGS_FIRST=-c", "-DCMAKE_CXX_COMPILER_ID_TEST_FLAGS_FIRST=-c", *options], log, env=env, what=f"CMake for {source.name}")
    run(["cmake", "--build", build, "--target", "install", "-j", jobs()], log, env=env, what=f"building {source.name}")


def provide(target, pin_list, zig):
    """The prefix with the three, and licences/ and versions in it."""
    here = pathlib.Path(__file__).resolve()
    # What these two modules do, whatever their comments say.
    done_by = (ast.dump(ast.parse(path.read_text())) for path in (here, here.with_name("toolchain.py")))
    recipe = key_of(*done_by, POCO_PATCH.read_bytes(), *pin_list)
    prefix = cache() / "prefix" / f"{recipe}-{target.zig}"
    with made_once(prefix) as work:
        if work is None:
            return prefix
        say(f"   OpenSSL, c-ares and Poco for {target.zig}, once: some minutes")
        log = cache() / "log" / f"{prefix.name}.log"
        log.unlink(missing_ok=True)
        sources = work / "sources"
        sources.mkdir()
        (work / "lib").mkdir()
        versions = _sources(pin_list, sources)
        # The prefix is in its place only when it is whole, so all that is compiled knows it as "/deps".
        folder = toolchain.programs(target, zig, ((work, "/deps"),))
        env = toolchain.environment(folder, epoch())
        _openssl(target, sources / "openssl", work, env, log)
        _cmake(target, sources / "c-ares", sources / "build-cares", work, env, log, C_FLAGS, "-DCARES_STATIC=ON", "-DCARES_SHARED=OFF",
               "-DCARES_STATIC_PIC=ON", "-DCARES_BUILD_TOOLS=OFF", "-DCARES_BUILD_TESTS=OFF", "-DCARES_THREADS=OFF")
        _cmake(target, sources / "poco", sources / "build-poco", work, env, log, toolchain.COMMON_FLAGS + " -DPOCO_UTIL_NO_XMLCONFIGURATION",
               "-DBUILD_SHARED_LIBS=OFF", "-DPOCO_UNBUNDLED=OFF", "-DCMAKE_POSITION_INDEPENDENT_CODE=ON", "-DCMAKE_CXX_VISIBILITY_PRESET=hidden",
               *(f"-DENABLE_{part}=OFF" for part in POCO_WITHOUT), f"-DOPENSSL_ROOT_DIR={work}", "-DOPENSSL_USE_STATIC_LIBS=ON")
        # PocoUtilConfig.cmake of 1.11 asks for XML, which nothing here uses.
        (work / "lib" / "cmake" / "Poco" / "PocoXMLConfig.cmake").write_text("# Poco's XML is not built here.\n")
        licences = work / "licences"
        licences.mkdir()
        for name, path in (("openssl", "openssl/LICENSE.txt"), ("c-ares", "c-ares/LICENSE.md"), ("poco", "poco/LICENSE")):
            shutil.copyfile(sources / path, licences / f"{name}.txt")
        (work / "versions").write_text("".join(f"{name} {version}\n" for name, version in versions.items()))
        _make_movable(work, prefix)
        shutil.rmtree(sources)
        shutil.rmtree(work / "bin", ignore_errors=True)
    return prefix


def _make_movable(work, prefix):
    """The folder gets its name when it is whole; CMake's and pkg-config's files say where it is."""
    for path in [*work.rglob("*.cmake"), *work.rglob("*.pc")]:
        if "sources" not in path.relative_to(work).parts:
            text = path.read_text()
            if str(work) in text:
                path.write_text(text.replace(str(work), str(prefix)))


def versions(folder):
    """What the file `versions` in a prefix, or its copy in dist/linux-ARCH, says."""
    found = dict(line.split() for line in (folder / "versions").read_text().splitlines())
    if set(found) != set(NAMES):
        raise Problem(f"{folder}/versions is not what this script wrote; remove {folder}")
    return found
