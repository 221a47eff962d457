# SPDX-License-Identifier: Apache-2.0
"""A whole run that finds the key as described: start, one request, end."""

import clock
import kept
import stats
from comparisons import sides
from comparisons.sides import CURL, HASHED, LIBRARY, MAKERS, ONE, PORTABLE, PYTHON, SHARED, TOFU, WHOLE
from frame import Chart, Missing, Part, Table, in_turns
from proxy import Proxy

TITLE = "A run that changes nothing"
SIMULATOR_ONLY = False
# (case, side, other side): the most that the ratio of the processor times may be.
BOUNDS = {
    (ONE, PORTABLE, CURL): 0.55, (ONE, SHARED, CURL): 1.2, (HASHED, PORTABLE, CURL): 0.15, (WHOLE, PORTABLE, CURL): 0.20,
    (ONE, PORTABLE, PYTHON): 0.05, (ONE, PORTABLE, TOFU): 0.03,
}
CPU, WALL, MEMORY, CALLS = "processor ms", "wall ms", "most MiB", "system calls"
NETWORK = ("requests", "handshakes", "connections", "bytes sent", "bytes received", "packets")


def measure(context):
    _, _, count = sides.authorities(context)
    missing = {}
    for case in (ONE, HASHED, WHOLE):
        _case(context, case, missing)
    for name, why in missing.items():
        context.skip(name, why)
    try:
        _library(context)
    except Missing as why:
        context.skip(LIBRARY, why)
    return _part(context, count)


def _case(context, case, missing):
    commands = {}
    for name, make in MAKERS.items():
        try:
            commands[name] = make(context, case)
            commands[name].run()  # the first makes the key, the others find it
        except Missing as why:
            missing.setdefault(name, why)
    repeats = context.amount(2, 10)

    def once(number, name):
        used, wall = clock.cost(commands[name], 1 if name in (PYTHON, TOFU) else repeats)
        context.keep(case, name, number, CPU, used * 1e3)
        context.keep(case, name, number, WALL, wall * 1e3)

    in_turns(context.amount(7, 30), list(commands), once)
    for name, command in commands.items():
        for number in range(3):
            memory = clock.most_memory(command)
            if memory is None:
                missing["memory"] = "GNU time is not installed"
                break
            context.keep(case, name, number, MEMORY, memory)
        calls = clock.system_calls(command)
        if calls is None:
            missing["system calls"] = "strace is not installed"
        else:
            context.keep(case, name, 0, CALLS, calls)
    if case == ONE:
        _network(context, case, commands)


def _network(context, case, commands):
    """What is on the wire, once for each, through a proxy. The ends of a connection need a packet more or less from run to run."""
    with Proxy(context.server.url) as proxy:
        for name in commands:
            command = MAKERS[name](context, case, proxy.url)
            for number in range(3):
                if context.server.has_record:
                    context.server.forget()
                command.run()
                traffic = proxy.take()
                found = {"handshakes": traffic.handshakes, "connections": traffic.connections, "bytes sent": traffic.sent,
                         "bytes received": traffic.received, "packets": traffic.packets}
                if context.server.has_record:
                    found["requests"] = context.server.counted()
                for metric, value in found.items():
                    context.keep(case, name, number, metric, value)


def _library(context):
    """The library in one process of Python: the later of its applies, on its kept connection."""
    library = context.program("abi/libinfrastate.so.1")
    for number in range(context.amount(5, 15)):
        found = kept.run(library, {"parameters": context.server.parameters(), "name": sides.KEY, "count": 200, "sides": ["library"]})
        context.keep(ONE, LIBRARY, number, CPU, found["library"]["processor"] * 1e3)
        context.keep(ONE, LIBRARY, number, WALL, found["library"]["wall"] * 1e3)


def _part(context, count):
    names = [name for name in (PORTABLE, SHARED, CURL, PYTHON, LIBRARY, TOFU) if context.values(ONE, name, CPU)]
    part = Part(notes=[f"Each program looks up the same key. The system has {count - 1} authorities; the server's own is beside them."])
    for case in (ONE, HASHED, WHOLE):
        rows = []
        for name in names:
            if not context.values(case, name, CPU):
                continue
            row = [name]
            for metric in (CPU, WALL, MEMORY, CALLS):
                values = context.values(case, name, metric)
                row.append("" if not values else stats.number(values[0]) if metric == CALLS else stats.number(stats.quantile(values, 0.5))
                           if metric == MEMORY else stats.shown(stats.summary(values)))
            rows.append(row)
        part.tables.append(Table(["program", CPU, WALL, MEMORY, CALLS], rows, case[0].upper() + case[1:]))
    part.tables.append(Table(["authorities", "program", "beside", "processor time", "bound", ""], list(_ratios(context)), "Ratios, from the pairs of each round"))
    wire = [[name, *(stats.number(stats.quantile(values, 0.5)) if (values := context.values(ONE, name, metric)) else "" for metric in NETWORK)]
            for name in names if context.values(ONE, name, "packets")]
    part.tables.append(Table(["program", *NETWORK], wire, "On the wire, one run"))
    bars = [(name, found.median, (found.low, found.high)) for name in names if (found := context.summary(ONE, name, CPU))]
    part.charts.append(Chart("bench-nochange", "A run that changes nothing, one authority", "milliseconds of processor time, less is better", bars))
    return part


def _ratios(context):
    for case in (ONE, HASHED, WHOLE):
        for ours in (PORTABLE, SHARED):
            for theirs in (CURL, PYTHON, TOFU):
                if not context.values(case, ours, CPU) or not context.values(case, theirs, CPU):
                    continue
                found = context.ratio(case, ours, theirs, CPU)
                bound = BOUNDS.get((case, ours, theirs))
                yield [case, ours, theirs, stats.shown(found), "" if bound is None else f"at most {bound}",
                       "" if bound is None else stats.verdict(found, bound)]
