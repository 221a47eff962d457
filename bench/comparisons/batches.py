# SPDX-License-Identifier: Apache-2.0
"""One call with many unchanged keys of one user: requests, time, memory, and whether the library's own time grows as a straight
line. The wall time has the simulator's work in it, which is another program's."""

import os
import shutil

import clock
import stats
from clock import Command
from frame import Chart, Part, Table

TITLE = "Batches of unchanged keys of one user"
SIMULATOR_ONLY = True
USED, WALL = "processor seconds", "wall seconds"
MOST_REQUESTS, MOST_MEMORY, LEAST_R2 = 11, 64, 0.99


def measure(context):
    program = context.program("bench/abi_benchmark")
    sizes = context.amount((250, 500, 1000, 2000), (1000, 2500, 5000, 7500, 10000))
    rounds = context.amount(3, 7)
    rows, points = [], []
    if shutil.which("time") is None:
        context.skip("memory", "GNU time is not installed")
    # Growing: the server holds exactly the keys of the batch, so that its listing grows alike.
    for size in sizes:
        _command(program, "keys", size).run()
        batch = _command(program, "batch", size)
        batch.run()
        for number in range(rounds):
            context.server.forget()
            used, wall = clock.cost(batch)
            context.keep(size, "infrastate", number, USED, used)
            context.keep(size, "infrastate", number, WALL, wall)
            context.keep(size, "infrastate", number, "requests", context.server.counted())
        memory = clock.most_memory(batch)
        if memory is not None:
            context.keep(size, "infrastate", 0, "most MiB", memory)
        requests, used = max(context.values(size, "infrastate", "requests")), context.summary(size, "infrastate", USED)
        points.append((size, used.median))
        rows.append([f"{size:,}", stats.number(requests), stats.shown(used), stats.shown(context.summary(size, "infrastate", WALL)),
                     "" if memory is None else stats.number(memory)])
    return _part(context, sizes, rows, points)


def _part(context, sizes, rows, points):
    fitted, most = stats.line(points), max(sizes)
    part = Part(notes=["The keys were made before, and the server holds no others. Each call finds all of them as described, from one listing of their user."])
    part.tables.append(Table(["keys", "requests", USED, WALL, "most MiB"], rows))
    asked = max(context.values(most, "infrastate", "requests"))
    verdicts = [["microseconds of processor time for each further key", stats.number(fitted.slope * 1e6), "", ""],
                ["a straight line: R2", f"{fitted.r2:.4f}", f"at least {LEAST_R2}", _straight(context, sizes, fitted)],
                [f"requests for {most:,} keys", stats.number(asked), f"at most {MOST_REQUESTS}", "kept" if asked <= MOST_REQUESTS else "not kept"]]
    if memory := context.values(most, "infrastate", "most MiB"):
        verdicts.append([f"most MiB for {most:,} keys", stats.number(memory[0]), f"at most {MOST_MEMORY}", "kept" if memory[0] <= MOST_MEMORY else "not kept"])
    part.tables.append(Table(["what", "value", "bound", ""], verdicts))
    bars = [(f"infrastate, {size:,} keys", found.median * 1e3, (found.low * 1e3, found.high * 1e3))
            for size in sizes if (found := context.summary(size, "infrastate", USED))]
    part.charts.append(Chart("bench-batches", "One call with many unchanged keys", "milliseconds of processor time, less is better", bars))
    return part


def _straight(context, sizes, fitted):
    """A line through medians that settle nothing settles nothing."""
    if any(context.summary(size, "infrastate", USED).wide for size in sizes):
        return "too wide to say"
    return "kept" if fitted.r2 >= LEAST_R2 else "not kept"


def _command(program, side, count):
    return Command([program, side, str(count)], "", dict(os.environ))
