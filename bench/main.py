# SPDX-License-Identifier: Apache-2.0
"""The command line of scripts/bench."""

import argparse
import os
import pathlib
import subprocess
import tempfile

import comparisons
import page
import servers
from frame import Context, Missing, write_rows

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGETS = ("abi_benchmark", "bare_poco", "infra-simulator", "infra_access_key", "infrastate")
BUSY = 0.5


def parsed(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures infrastate beside other programs that do the same work, side by side "
                                     "in one run, and writes docs/performance.md with tables and charts. All values are kept in build/bench/NAME.csv.")
    parser.add_argument("--list", action="store_true", help="names the comparisons and stops")
    parser.add_argument("--only", metavar="NAME[,NAME]", help="only these comparisons; the others keep their place on the page")
    parser.add_argument("--quick", action="store_true", help="few rounds, about a minute: the page says so")
    parser.add_argument("--real", action="store_true", help="on a real Infra server (tests/realserver) instead of the simulator")
    parser.add_argument("--dist", type=pathlib.Path, metavar="FOLDER", help="a release, for its portable executable")
    parser.add_argument("--tofu", type=pathlib.Path, metavar="PATH", help="an executable of OpenTofu; TF_CLI_CONFIG_FILE says where its provider is")
    parser.add_argument("--out", type=pathlib.Path, metavar="FOLDER", default=ROOT / "docs", help="where performance.md and images/ are written (docs)")
    parser.add_argument("--build-dir", type=pathlib.Path, metavar="FOLDER", default=ROOT / "build" / "bench",
                        help="a build to measure; the default is made as the preset release")
    return parser.parse_args(arguments)


def command_line(options, names):
    """The command as another person would type it: without paths of this machine."""
    words = ["scripts/bench"]
    words += [word for word, on in (("--quick", options.quick), ("--real", options.real)) if on]
    words += [f"--only {','.join(names)}"] if list(names) != list(comparisons.NAMES) else []
    words += [f"--{name} {name.upper()}" for name in ("dist", "tofu") if getattr(options, name)]
    return " ".join(words)


def build(folder):
    if folder == ROOT / "build" / "bench":
        subprocess.run(["cmake", "-S", str(ROOT), "--preset", "release", "-B", str(folder), "-DINFRASTATE_SIMULATOR=ON"], check=True,
                       stdout=subprocess.DEVNULL, cwd=ROOT)
    if not (folder / "build.ninja").is_file():
        raise SystemExit("--build-dir: there is no build in that folder (cmake --preset release)")
    subprocess.run(["ninja", "-C", str(folder), *TARGETS], check=True, stdout=subprocess.DEVNULL)


def measured(context, name):
    """The part of one comparison; nothing if it cannot be measured here, which is said by name."""
    module = comparisons.module(name)
    context.begin(name)
    if module.SIMULATOR_ONLY and not context.server.has_record:
        context.skip("all of it", "it reads the simulator's record, and a real server keeps none")
        return None
    print(f"== {name}: {module.TITLE}", flush=True)
    if context.server.has_record:
        context.server.reset()  # a run with a file lists all keys of its user, also those of another comparison
    try:
        part = module.measure(context)
    except Missing as why:
        context.skip("all of it", why)
        return None
    print(page.console(part, context.skipped), flush=True)
    return part


def main(arguments=None):
    options = parsed(arguments)
    if options.list:
        for name in comparisons.NAMES:
            print(f"{name:10} {comparisons.module(name).TITLE}")
        return 0
    names = comparisons.chosen(options.only)
    if options.real and (lacks := servers.real_lacks()):
        raise SystemExit(f"scripts/bench: --real needs what a real Infra server needs, and this machine lacks {lacks} (scripts/setup real)")
    folder = options.build_dir.resolve()
    build(folder)
    kind, cores = ("real" if options.real else "simulator"), len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    if load > BUSY * cores:
        print(f"this machine is busy (load {load:.1f} on {cores} cores): look at the spread", flush=True)
    command, parts = command_line(options, names), []
    with tempfile.TemporaryDirectory(prefix="bench.") as scratch, servers.running(kind, folder / "simulator" / "infra-simulator") as server:
        context = Context(server, scratch, folder, options)
        for name in names:
            part = measured(context, name)
            if part is not None:
                write_rows(context.rows, ROOT / "build" / "bench" / f"{name}.csv")
                parts.append((name, part, list(context.skipped), page.origin(command, kind, options.quick, cores, options.tofu)))
    if parts:
        print(f"written: {page.write(options.out.resolve(), parts).name} in {options.out.name}/, and build/bench/*.csv")
    return 0 if parts else 1
