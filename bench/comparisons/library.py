# SPDX-License-Identifier: Apache-2.0
"""The library by itself: the plan, its interface, and applies on a kept connection beside a bare Poco loop and Python's requests."""

import subprocess
import sys

import kept
import stats
from comparisons import sides
from frame import Chart, Part, Table

TITLE = "The library: plans, and applies on a kept connection"
SIMULATOR_ONLY = False
PLANS_BOUND, INTERFACE_BOUND, KEPT_BOUND = 1_000_000, 0.5, 1.15
PYTHONS = {"requests": "Python requests", "library": sides.LIBRARY}


def measure(context):
    _benchmark(context)
    rows = [["plans a second, C++", stats.shown(found := context.summary("alone", "infrastate", "plans")), f"at least {PLANS_BOUND:,}",
             stats.verdict(found, PLANS_BOUND, at_most=False)]]
    found = stats.summary(stats.ratios(context.values("alone", "infrastate", "parse and print"), context.values("alone", "infrastate", "interface plan")))
    rows.append(["plans through the interface / parsing and printing the same JSON", stats.shown(found), f"at least {INTERFACE_BOUND}",
                 stats.verdict(found, INTERFACE_BOUND, at_most=False)])
    found = stats.summary(stats.ratios(context.values("kept connection", "infrastate", "apply"), context.values("kept connection", "infrastate", "bare loop")))
    rows.append(["time of an apply on a kept connection / a bare Poco loop", stats.shown(found), f"at most {KEPT_BOUND}", stats.verdict(found, KEPT_BOUND)])
    bars = [(label, (each := stats.summary(value * 1e6 for value in context.values("kept connection", "infrastate", metric))).median, (each.low, each.high))
            for label, metric in (("infrastate, C interface", "apply"), ("bare Poco loop", "bare loop"))]
    if _python(context):
        ours, theirs = PYTHONS["library"], PYTHONS["requests"]
        found = context.ratio("kept connection", ours, theirs, "processor us")
        rows.append(["processor time of an apply in Python / Python's requests", stats.shown(found), "", ""])
        for name in (ours, theirs):
            each = context.summary("kept connection", name, "wall us")
            bars.append((name, each.median, (each.low, each.high)))
    part = Part(notes=["Each pair took turns in one process. The bare loops send the same request, parse the answer, and decide nothing."])
    part.tables.append(Table(["what", "value", "bound", ""], rows))
    part.charts.append(Chart("bench-kept", "One look at a key on a kept connection", "microseconds of wall time, less is better", bars))
    return part


def _benchmark(context):
    program = context.program("bench/abi_benchmark")
    done = subprocess.run([program, "--quick"] if context.quick else [program], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"abi_benchmark failed: {done.stdout[-400:]}{done.stderr[-400:]}")
    for number, line in enumerate(done.stdout.splitlines()):
        metric, value = line.split("\t")
        context.keep("kept connection" if metric in ("apply", "bare loop") else "alone", "infrastate", number, metric, float(value))


def _python(context):
    if subprocess.run([sys.executable, "-c", "import requests"], capture_output=True, check=False).returncode != 0:
        context.skip(PYTHONS["requests"], "it is not installed (python3-requests)")
        return False
    library = context.program("abi/libinfrastate.so.1")
    for number in range(context.amount(5, 20)):
        found = kept.run(library, {"parameters": context.server.parameters(), "name": "my-cluster", "count": context.amount(100, 500),
                                   "sides": ["library", "requests"]})
        for side, used in found.items():
            for metric, seconds in used.items():
                context.keep("kept connection", PYTHONS[side], number, f"{metric} us", seconds * 1e6)
    return True
