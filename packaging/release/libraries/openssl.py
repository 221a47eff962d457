# SPDX-License-Identifier: Apache-2.0
"""OpenSSL: TLS 1.2 and 1.3, and what checks a certificate."""

import shutil

from ..common import jobs
from .work import C_FLAGS, DEBUG

NAME = "openssl"
NEEDS = ()
FILES = ()

# What a client of TLS 1.2 and 1.3 with PEM certificates has no use for. Everything that checks a
# certificate stays; so do 3DES and RC2-free PKCS 8 for old encrypted keys.
WITHOUT = """
shared module engine dso legacy tests docs apps ssl3 ssl3-method tls1 tls1_1 dtls comp idea seed camellia aria bf cast rc2 rc4 rc5
md4 mdc2 whirlpool rmd160 blake2 sm2 sm3 sm4 gost srp srtp cms ts ct ocsp cmp rfc3779 scrypt siphash siv ocb
nextprotoneg ui-console autoload-config afalgeng padlockeng capieng argon2 quic uplink
ec2m http ssl-trace weak-ssl-ciphers multiblock
ml-kem ml-dsa slh-dsa async filenames""".split()

# OpenSSL asks the compiler for its version to learn whether it knows AVX-512. Without an answer it leaves out code for
# that and for AVX2: 0.8 MB to encrypt fast what is never large here. AES-NI stays.
SILENT_COMPILER = """#!/bin/sh
case "$*" in -v | -Wa,-v*) exit 0 ;; esac
exec "{folder}/cc" "$@"
"""


def build(work, pins):
    """Only what is linked: building its program and manual would take longer than the libraries."""
    pin, = pins
    source = work.unpack(work.archives[0], f"openssl-src-{pin.version}/openssl", "openssl")
    silent = work.sources / "silent"
    silent.mkdir()
    (silent / "cc").write_text(SILENT_COMPILER.format(folder=work.env["PATH"].split(":")[0]))
    (silent / "cc").chmod(0o755)
    env = work.env | {"PATH": f"{silent}:{work.env['PATH']}"}
    configure = ["perl", "Configure", work.target.arch.openssl, "--prefix=/usr", "--libdir=lib", "--openssldir=/etc/ssl",
                 *(f"no-{word}" for word in WITHOUT), *C_FLAGS.split(), DEBUG]
    work.run(configure, source, "OpenSSL's Configure", env)
    work.run(["make", "-j", jobs(), "build_generated"], source, "OpenSSL's make", env)
    work.run(["make", "-j", jobs(), "libssl.a", "libcrypto.a"], source, "OpenSSL's make", env)
    shutil.copytree(source / "include", work.folder / "include", ignore=shutil.ignore_patterns("*.in", "internal", "crypto"))
    for name in ("libssl.a", "libcrypto.a"):
        shutil.copy(source / name, work.folder / "lib" / name)
    return pin.upstream(), source / "LICENSE.txt"
