# SPDX-License-Identifier: Apache-2.0
"""What one more item of a task costs in a playbook, controller and target together, beside ansible.builtin.ping and the module in Python."""

import dataclasses
import json
import os
import re
import shutil
import sys

import clock
import servers
import stats
from clock import Command
from comparisons import sides
from frame import Chart, Missing, Part, Table, in_turns

sys.path.insert(0, str(servers.ROOT / "packaging"))
from release import collection

TITLE = "A task in a playbook"
SIMULATOR_ONLY = False
PING, PYTHON = "ansible.builtin.ping", "Python module"
TRANSFER, INPUT, PACKAGE = "infrastate, by transfer", "infrastate, by standard input", "infrastate, by a package's executable"
BOUND = 0.15
METRIC = "processor ms an item"


@dataclasses.dataclass
class Side:
    module: str
    arguments: dict
    environment: dict = dataclasses.field(default_factory=dict)
    variables: dict = dataclasses.field(default_factory=dict)


def measure(context):
    context.needs("ansible-playbook")
    listed = _sides(context)
    sizes = context.amount((5,), (50, 500))
    for items in sizes:
        _loop(context, listed, items)
    rows, bars = [], []
    for items in sizes:
        for name in listed:
            one = context.summary(items, name, METRIC)
            beside = context.ratio(items, name, PING, METRIC)
            ours = name.startswith("infrastate") and name != TRANSFER
            rows.append([str(items), name, stats.shown(one), "" if name == PING else stats.shown(beside), f"at most {BOUND}" if ours else "",
                         stats.verdict(beside, BOUND) if ours else ""])
            if items == sizes[-1]:
                bars.append((name, one.median, (one.low, one.high)))
    part = Part(notes=["A loop over items that change nothing, on this machine, one after the other. What a play without a task costs is taken off each."])
    part.tables.append(Table(["items", "task", METRIC, f"beside {PING}", "bound", ""], rows))
    part.charts.append(Chart("bench-tasks", f"One item of {sizes[-1]} in a playbook", "milliseconds of processor time, less is better", bars))
    return part


def _sides(context):
    try:
        program = context.portable()
    except Missing as why:
        context.skip("the portable executable", f"{why}; the shared build stands in for it")
        program = context.program("modules/infra_access_key")
    installed, library, package = (context.folder / name for name in ("collections", "library", "package"))
    collection.assemble({"x86_64": program}, installed)
    for folder in (library, package):
        folder.mkdir()
        shutil.copy2(program, folder / "infra_access_key")
    shutil.copy2(sides.PYTHON_MODULE, library / sides.PYTHON_MODULE.name)
    # A name of its own: the others make their key without a file.
    key = context.server.parameters(name="bench-task", secret_file=str(context.folder / "task.key"))
    folders = {"ANSIBLE_COLLECTIONS_PATH": str(installed), "ANSIBLE_COLLECTIONS_PATHS": str(installed)}
    beside = {"ANSIBLE_LIBRARY": str(library)}
    return {
        PING: Side("ansible.builtin.ping", {}),
        PYTHON: Side(sides.PYTHON_MODULE.stem, context.server.parameters(name="bench-task-python"), beside),
        TRANSFER: Side("infra_access_key", key, beside),
        INPUT: Side("infrastate.infra.infra_access_key", key, folders),
        PACKAGE: Side("infrastate.infra.infra_access_key", key, folders, {"infrastate_executable": str(package / "infra_access_key")}),
    }


def _command(context, name, side, items):
    book = context.folder / f"{re.sub(r'[^a-z]+', '-', name.lower())}-{items}.yml"
    tasks = [{side.module: side.arguments, "loop": list(range(items))}] if side else []
    book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks, "vars": side.variables if side else {}}]))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INFRA", "ANSIBLE_")) and not name.lower().endswith("_proxy")}
    environment = {**kept, "HOME": str(context.folder), "ANSIBLE_NOCOLOR": "1", **(side.environment if side else {})}
    return Command(["ansible-playbook", "-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3", book], "", environment)


def _loop(context, listed, items):
    commands = {name: _command(context, name, side, items) for name, side in listed.items()}
    commands["nothing"] = _command(context, "nothing", None, items)
    for name, side in listed.items():
        if name != PING:
            _command(context, name, side, 1).run()  # makes the key, and puts the executable there
    used = {}

    def once(number, name):
        used[name] = clock.cost(commands[name])[0]
        if len(used) == len(commands):
            for each in listed:
                context.keep(items, each, number, METRIC, (used[each] - used["nothing"]) * 1e3 / items)
            used.clear()

    in_turns(context.amount(2, 7 if items < 100 else 3), list(commands), once)
