# SPDX-License-Identifier: Apache-2.0
"""What a comparison gets and gives: the context it runs in, the rows it keeps, and the part of the page it fills."""

import csv
import dataclasses
import pathlib
import shutil

import stats

COLUMNS = ("comparison", "case", "program", "round", "metric", "value")


@dataclasses.dataclass
class Table:
    head: list
    rows: list
    title: str = ""


@dataclasses.dataclass
class Chart:
    """Bars from zero. Each is (label, value, its quartiles or None); `bound` is a line, and the best side is the left one."""
    name: str
    title: str
    unit: str
    bars: list
    bound: float = None


@dataclasses.dataclass
class Part:
    """What a comparison adds to the page: sentences, tables and charts, in this order."""
    notes: list = dataclasses.field(default_factory=list)
    tables: list = dataclasses.field(default_factory=list)
    charts: list = dataclasses.field(default_factory=list)


class Missing(Exception):
    """Why a comparison, or one side of it, cannot be measured on this machine."""


class Context:
    """One run of the bench. `rows` are the values of one comparison; `skipped` names what was not measured, and why."""

    def __init__(self, server, folder, build, options, say=print):
        self.server, self.folder, self.build, self.options = server, pathlib.Path(folder), pathlib.Path(build), options
        self.quick, self.say = options.quick, say
        self.comparison, self.rows, self.skipped = "", [], []

    def amount(self, quick, full):
        return quick if self.quick else full

    def begin(self, name):
        self.comparison, self.rows, self.skipped = name, [], []

    def keep(self, case, program, number, metric, value):
        self.rows.append((self.comparison, case, program, number, metric, value))

    def values(self, case, program, metric):
        return [row[5] for row in self.rows if (row[1], row[2], row[4]) == (case, program, metric)]

    def summary(self, case, program, metric):
        return stats.summary(self.values(case, program, metric))

    def ratio(self, case, program, other, metric):
        return stats.summary(stats.ratios(self.values(case, program, metric), self.values(case, other, metric)))

    def skip(self, what, why):
        """Names what is left out, at once and on the page."""
        self.skipped.append((what, why))
        self.say(f"skip {self.comparison}: {what}: {why}")

    def program(self, target):
        """An executable of the build."""
        path = self.build / target
        if not path.is_file():
            raise Missing(f"{target} is not built")
        return path

    def portable(self):
        if self.options.dist is None:
            raise Missing("no release is given (--dist)")
        path = pathlib.Path(self.options.dist).resolve() / "linux-amd64" / "infra_access_key"
        if not path.is_file():
            raise Missing("--dist has no linux-amd64/infra_access_key")
        return path

    def needs(self, *programs):
        for name in programs:
            if shutil.which(name) is None:
                raise Missing(f"{name} is not installed")


def in_turns(rounds, sides, measure):
    """Measures each side once a round, A B A B: what else the machine does affects all alike. The order turns around in each
    second round, so that no side always follows the same one."""
    for number in range(rounds):
        for side in sides if number % 2 == 0 else list(reversed(sides)):
            measure(number, side)


def write_rows(rows, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
