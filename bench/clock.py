# SPDX-License-Identifier: Apache-2.0
"""What a command costs: processor time, wall time, memory, system calls. One module for all comparisons."""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time


@dataclasses.dataclass
class Command:
    """A command line with what it reads and the whole environment it sees."""
    words: list
    text: str = ""
    environment: dict = dataclasses.field(default_factory=dict)

    def run(self, before=(), **more):
        """Runs it; ends the bench with what it said if it fails."""
        done = subprocess.run([*map(str, before), *map(str, self.words)], input=self.text, text=True, capture_output=True, env=self.environment,
                              check=False, **more)
        if done.returncode != 0:
            raise SystemExit(f"{pathlib.Path(self.words[0]).name} failed: {done.stdout[-800:]}{done.stderr[-800:]}".rstrip())
        return done


def cost(command, repeats=1, **more):
    """(processor seconds, wall seconds) of one run, over some runs. The kernel gives a child's times when it is waited for;
    in sum they are exact, unlike their parts in user and system."""
    with tempfile.TemporaryFile("w+") as given:
        given.write(command.text)
        used = 0.0
        start = time.perf_counter()
        for _ in range(repeats):
            given.seek(0)
            process = subprocess.Popen([*map(str, command.words)], stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=command.environment, **more)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise SystemExit(f"{pathlib.Path(command.words[0]).name} ended with {process.returncode}")
            used += usage.ru_utime + usage.ru_stime
        return used / repeats, (time.perf_counter() - start) / repeats


def most_memory(command):
    """The most MiB of one run; nothing without GNU time. `time` starts it: a child of Python would be charged with Python's memory."""
    program = shutil.which("time")
    if program is None:
        return None
    with tempfile.NamedTemporaryFile() as out:
        command.run(before=(program, "-o", out.name, "-f", "%M"))
        return int(pathlib.Path(out.name).read_text().split()[-1]) / 1024


def system_calls(command):
    """How many system calls one run makes, with its children's; nothing without strace."""
    program = shutil.which("strace")
    if program is None:
        return None
    with tempfile.NamedTemporaryFile() as out:
        command.run(before=(program, "-f", "-c", "-o", out.name))
        return calls_of(pathlib.Path(out.name).read_text())


def calls_of(text):
    """The sum in the table of `strace -c`. The column of errors is empty if there were none."""
    last = re.search(r"^\s*[\d.]+\s+[\d.]+\s+(?:\d+\s+)?(\d+)(?:\s+\d+)?\s+total$", text, re.MULTILINE)
    if last is None:
        raise SystemExit("strace printed no sum")
    return int(last.group(1))
