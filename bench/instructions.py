# SPDX-License-Identifier: Apache-2.0
"""Counts instructions with callgrind, the same on every run and almost the same on every machine."""

import json
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORD = pathlib.Path(__file__).resolve().parent / "ratios"
GROWTH = 1.03
KEPT, WHOLE = "kept-apply", "whole-run"
FEW, MANY = 20, 520
# OpenSSL and the C library choose code by the processor. One choice for all: SSE 4.2 with AES and PCLMUL, no AVX, no SHA. With
# "rep movsb" and "rep stosb" callgrind would count one instruction for each byte.
FIXED = {"OPENSSL_ia32cap": "0x0298020307800010:0x0",
         "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-ERMS,-FSRM,-AVX2,-AVX2_Usable,-AVX512F,-AVX512F_Usable,-AVX512VL"}
# A stage, the function whose whole cost it is, and an earlier stage which that function calls.
STAGES = (("the loader", "_dl_start", None), ("OpenSSL begins", "SSL_CTX_new", None),
          ("authorities and the other TLS rules", "infrastate::transport::TlsContext::create", "OpenSSL begins"),
          ("TLS handshake", "SSL_do_handshake", None), ("the end of the process", "exit", None))
# What a run without a connection has.
WITHOUT_TLS = ("the loader", "the end of the process")


def collected(words, text="", out="/dev/null"):
    """Instructions of a program, without the kernel's."""
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *map(str, words)], input=text, env={**os.environ, **FIXED},
                          capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or found is None:
        raise SystemExit(f"{pathlib.Path(words[0]).name} failed under valgrind: {done.stdout[-400:]}{done.stderr[-800:]}".rstrip())
    return int(found.group(1))


def each(words):
    """Instructions of one more round of a program that takes a number of rounds."""
    return (collected([*words, MANY]) - collected([*words, FEW])) / (MANY - FEW)


def whole_run(build, server, folder):
    """The command line and the input of a run that changes nothing."""
    text = json.dumps(server.parameters(name="bench-run", secret_file=str(pathlib.Path(folder) / "key")))
    return [build / "modules" / "infra_access_key", "--module", "infra_access_key"], text


def measure(build, server, folder):
    """(instructions of ours, of the bare loop) for each ratio, in one go on one server."""
    ours, bare = build / "bench" / "abi_benchmark", build / "bench" / "bare_poco"
    kept = (each([ours, "apply"]), each([bare]))
    words, text = whole_run(build, server, folder)
    subprocess.run(list(map(str, words)), input=text, text=True, check=True, stdout=subprocess.DEVNULL)  # makes the key
    return {KEPT: kept, WHOLE: (collected(words, text), collected([bare, 1]))}


def system():
    """Which row of the record counts here: the ratio depends on the compiler and on OpenSSL and Poco, so on the release."""
    release = platform.freedesktop_os_release()
    return f"{release['ID']}-{release.get('VERSION_ID', 'rolling')}-{platform.machine()}"


def read_record(text):
    """{(system, name): ratio}"""
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            where, name, ratio = line.split()
            found[where, name] = float(ratio)
    return found


def recorded(text, where, ratios):
    """The text of the record with these ratios for that system."""
    lines = [line for line in text.splitlines() if not line.startswith(f"{where} ")]
    return "\n".join(lines + [f"{where} {name} {ratio:.4f}" for name, ratio in ratios.items()]) + "\n"


def findings(record, where, ratios):
    """A sentence for each ratio that grew too much or that the record lacks."""
    found = []
    for name, ratio in ratios.items():
        known = record.get((where, name))
        if known is None:
            found.append(f"{name}: the record has no ratio for {where} (bench/bound --record writes it)")
        elif ratio > known * GROWTH:
            found.append(f"{name}: {ratio:.4f} of the bare loop's instructions, and {known:.4f} is recorded: {ratio / known - 1:+.1%}, where {GROWTH - 1:.0%} is "
                         "allowed. Make it cheaper, or record it with the reason in the commit")
    return found


def stages(annotated, total, connects):
    """[(stage, instructions)] out of what `callgrind_annotate --inclusive=yes` prints; what is in no stage comes last.
    `connects`: whether the run had a connection, and so all stages. A stage that is not found ends the program."""
    found = {}
    for title, name, calls in STAGES:
        if not connects and title not in WITHOUT_TLS:
            continue
        match = re.search(rf"^\s*([\d,]+) .*?:{re.escape(name)}(?:\(.*\))?(?:@@?\S+)? \[", annotated, re.MULTILINE)
        if match is None:
            raise SystemExit(f"callgrind saw no function {name}, which bench/instructions.py names for the stage '{title}'")
        found[title] = int(match.group(1).replace(",", "")) - found.get(calls, 0)
    return [*found.items(), ("all else", total - sum(found.values()))]
