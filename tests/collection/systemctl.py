#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stands in for systemctl on a machine without systemd: starts and ends the process that a unit describes.

usage: systemctl.py FOLDER COMMAND [UNIT] [...]
FOLDER/units has the unit files, FOLDER/manager.json the manager's own environment. FOLDER/calls lists the commands. As with
systemd, a changed unit file counts only after daemon-reload."""

import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(sys.argv[1])
UNITS, LOADED = HERE / "units", HERE / "loaded"


def entries(unit):
    """Name -> values of the section [Service], with %% made %."""
    found, section = {}, None
    for line in (LOADED / unit).read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value.replace("%%", "%"))
    return found


def pid(unit):
    """The number of the unit's process; None if it does not run."""
    note = HERE / f"{unit}.pid"
    number = int(note.read_text()) if note.exists() else None
    if number is None:
        return None
    try:
        state = pathlib.Path("/proc", str(number), "stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return None
    return None if state == "Z" else number


def start(unit):
    if pid(unit) is not None:
        return
    service = entries(unit)
    environment = json.loads((HERE / "manager.json").read_text())
    for name in shlex.split(" ".join(service.get("UnsetEnvironment", ()))):
        environment.pop(name, None)
    environment.update(word.partition("=")[::2] for word in shlex.split(" ".join(service.get("Environment", ()))))
    time.sleep(2.1)  # A service needs a moment. Infra takes no note of a use in a key's first two seconds, and the next is long after.
    with open(HERE / f"{unit}.log", "ab") as log:
        process = subprocess.Popen(shlex.split(service["ExecStart"][-1]), cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True)
    (HERE / f"{unit}.pid").write_text(str(process.pid))


def stop(unit):
    for number in (signal.SIGTERM, signal.SIGKILL):
        for attempt in range(100):
            running = pid(unit)
            if running is None:
                (HERE / f"{unit}.pid").unlink(missing_ok=True)
                return
            if attempt == 0:
                os.kill(running, number)
            time.sleep(0.1)


def load(unit):
    if (UNITS / unit).exists():
        shutil.copyfile(UNITS / unit, LOADED / unit)


def main():
    command, words = sys.argv[2], [word for word in sys.argv[3:] if not word.startswith("-")]
    with open(HERE / "calls", "a", encoding="utf-8") as calls:
        calls.write(" ".join([command, *words]) + "\n")
    LOADED.mkdir(exist_ok=True)
    if command == "daemon-reload":
        for unit in LOADED.iterdir():
            unit.unlink()
            load(unit.name)
        return 0
    unit = re.sub(r"(\.service)?$", ".service", words[0], count=1)
    there = (LOADED / unit).exists() or (UNITS / unit).exists()
    if command == "show":
        print(f"LoadState={'loaded' if there else 'not-found'}\nActiveState={'inactive' if pid(unit) is None else 'active'}")
        return 0
    if not there:
        print(f"Unit {unit} could not be found.", file=sys.stderr)
        return 5
    if not (LOADED / unit).exists():
        load(unit)
    mark = HERE / f"{unit}.enabled"
    if command == "is-enabled":
        print("enabled" if mark.exists() else "disabled")
        return 0 if mark.exists() else 1
    if command == "enable":
        mark.touch()
    elif command == "disable":
        mark.unlink(missing_ok=True)
    elif command in ("start", "stop"):
        globals()[command](unit)
    elif command == "restart":
        stop(unit)
        start(unit)
    else:
        print(f"unknown command {command}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
