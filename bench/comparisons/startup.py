# SPDX-License-Identifier: Apache-2.0
"""Instructions from the start of the executable to its end, by stage."""

import shutil
import subprocess

import instructions
from comparisons import sides
from frame import Chart, Missing, Part, Table

TITLE = "Start-up: instructions of --version and of a run that changes nothing"
SIMULATOR_ONLY = False
VERSION = "--version"


def measure(context):
    context.needs("valgrind")
    programs = {sides.SHARED: context.program("modules/infra_access_key")}
    try:
        programs[sides.PORTABLE] = context.portable()
    except Missing as why:
        context.skip(sides.PORTABLE, why)
    part = Part(notes=["Instructions, counted by callgrind without the kernel's. They hardly differ from run to run, so each is one value."])
    sums, split = [], []
    for name, program in programs.items():
        command = sides.executable(context, program, sides.ONE)
        command.run()  # makes the key, or finds it
        out = context.folder / "callgrind.out"
        for case, words, text in ((VERSION, [program, VERSION], ""), ("a run that changes nothing", command.words, command.text)):
            total = instructions.collected(words, text, out)
            context.keep(case, name, 0, "instructions", total)
            sums.append([name, case, f"{total:,}"])
            if name == sides.SHARED:
                split += [(case, stage, count, total) for stage, count in _stages(context, out, total, case != VERSION)]
    for case, stage, count, _ in split:
        context.keep(case, f"{sides.SHARED}: {stage}", 0, "instructions", count)
    part.tables.append(Table(["program", "run", "instructions"], sums))
    if split:
        part.tables.append(Table(["run", "stage", "instructions", "share"], [[case, stage, f"{count:,}", f"{count / total:.0%}"] for case, stage, count, total in split],
                                 "The shared build by stage"))
        bars = [(stage, count / 1e6, None) for case, stage, count, _ in split if case != VERSION]
        part.charts.append(Chart("bench-startup", "A run that changes nothing, shared build, by stage", "million instructions", bars))
    return part


def _stages(context, out, total, connects):
    if shutil.which("callgrind_annotate") is None:
        context.skip("stages", "callgrind_annotate is not installed (valgrind)")
        return []
    said = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(out)], capture_output=True, text=True, check=False)
    if said.returncode != 0:
        context.skip("stages", "callgrind_annotate failed")
        return []
    return instructions.stages(said.stdout, total, connects)
