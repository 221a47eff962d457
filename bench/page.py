# SPDX-License-Identifier: Apache-2.0
"""Writes docs/performance.md: each comparison has a place between two marks, and a run replaces only what it measured."""

import datetime
import pathlib
import platform
import re
import shutil
import subprocess

import charts
import stats

ROOT = pathlib.Path(__file__).resolve().parent.parent


def marks(name):
    return f"<!-- bench {name} -->", f"<!-- end of {name} -->"


def replaced(page, name, text):
    """The page with this text in the place of that name."""
    first, last = marks(name)
    if page.count(first) != 1 or page.count(last) != 1 or page.index(first) > page.index(last):
        raise SystemExit(f"the page has no place for {name}: it wants one line {first} and, below it, one line {last}")
    return page[:page.index(first) + len(first)] + "\n" + text.strip("\n") + "\n" + page[page.index(last):]


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head, rows):
    lines = ["| " + " | ".join(map(cell, head)) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(cell, row)) + " |" for row in rows])


def section(part, skipped, origin):
    """The Markdown of one comparison."""
    blocks = [*part.notes]
    for each in part.tables:
        blocks.append((f"**{each.title}**\n\n" if each.title else "") + table(each.head, each.rows))
    blocks += [f"![{each.title}](images/{each.name}.svg)" for each in part.charts]
    if any(stats.MARK in str(value) for each in part.tables for row in each.rows for value in row):
        blocks.append(f"{stats.MARK}: the quartiles lie more than {stats.WIDEST * 100:.0f} % of the median apart, or there was one value. It settles a bound only if both quartiles lie on one side of it.")
    if skipped:
        blocks.append("Not measured here:\n" + "\n".join(f"- {what}: {why}" for what, why in skipped))
    return "\n\n".join([*blocks, f"<sub>{origin}</sub>"])


def console(part, skipped):
    """The same for a terminal, in columns."""
    lines = []
    for each in part.tables:
        rows = [[str(value) for value in row] for row in (each.head, *each.rows)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(each.head))]
        lines += [each.title] if each.title else []
        lines += ["  " + "  ".join(value.ljust(width) for value, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join(lines + [f"  skipped: {what}: {why}" for what, why in skipped])


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def version_of(*words):
    """The first version in what a program says; nothing if there is no such program."""
    try:
        said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30).stdout
    except OSError:
        return None
    found = re.search(r"\d+(?:\.\d+)+", said)
    return found[0] if found else None


def machine(cores, tofu=None):
    """What the machine is, without any name of it, and the versions of the programs that were measured."""
    programs = {"curl": ("curl", "--version"), "OpenSSL": ("openssl", "version"), "Python": ("python3", "--version"),
                "ansible-core": ("ansible-playbook", "--version"), **({"OpenTofu": (tofu, "version")} if tofu else {})}
    versions = [f"{name} {found}" for name, words in programs.items() if (found := version_of(*words))]
    return f"{processor()}, {cores} cores, {platform.freedesktop_os_release()['PRETTY_NAME']}; {', '.join(versions)}"


def origin(command, server, quick, cores, tofu=None):
    """One line about where figures come from."""
    version = (ROOT / "VERSION").read_text().strip()
    kind = "the simulator" if server == "simulator" else "a real Infra server"
    hint = " A quick run, with few rounds: only its requests, handshakes and instructions count." if quick else ""
    return f"{datetime.date.today().isoformat()}, `{command}`, infrastate {version}, {kind}. {machine(cores, tofu)}.{hint}"


def write(folder, parts):
    """Puts each (name, part, skipped, origin) into the page of that folder. A new folder begins with the repository's page."""
    page, ours = folder / "performance.md", ROOT / "docs"
    new = not page.is_file()
    text = (ours / "performance.md" if new else page).read_text(encoding="utf-8")
    for name, part, skipped, source in parts:
        text = replaced(text, name, section(part, skipped, source))
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for image in (ours / "images").glob("bench-*.svg") if new else ():
        shutil.copy(image, folder / "images")
    for _, part, _, _ in parts:
        for each in part.charts:
            (folder / "images" / f"{each.name}.svg").write_text(charts.svg(each), encoding="utf-8")
    page.write_text(text, encoding="utf-8")
    return page
