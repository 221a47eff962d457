# SPDX-License-Identifier: Apache-2.0
"""scripts/lib/parts.sh with parts made for these tests: lanes, needs, counts, limits, interrupts, output."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
START = f"""
set -euo pipefail
source {ROOT}/scripts/lib/common.sh
source {ROOT}/scripts/lib/parts.sh
STRICT=${{STRICT:-false}}
trap 'stop_parts; exit 130' INT TERM
# meets NAME OTHER: waits until OTHER runs too.
meets() {{
    touch "$SCRATCH/$1"
    for ((i = 0; i < 300; i++)); do
        [[ ! -e $SCRATCH/$2 ]] || return 0
        sleep 0.1
    done
    return 1
}}
# alone NAME: fails if another that calls it runs at the same time.
alone() {{
    mkdir "$SCRATCH/alone" || return 1
    sleep 0.7
    rmdir "$SCRATCH/alone"
}}
"""


class PartsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scratch = pathlib.Path(folder.name)
        self.environment = {**os.environ, "SCRATCH": folder.name, "PARTS_LOGS": f"{folder.name}/logs", "PROGRESS_EVERY": "1", "STOP_SECONDS": "3", "STRICT": "false"}

    def script(self, parts, run="run"):
        ends = f'\nmapfile -t run < <(with_needs {run if run != "run" else chr(34) + "${PART_NAMES[@]}" + chr(34)})\n'
        return ["bash", "-c", START + parts + ends + 'run_parts "${run[@]}"\nsummary "${run[@]}"']

    def run_parts(self, parts, run="run", **environment):
        done = subprocess.run(self.script(parts, run), capture_output=True, text=True, timeout=120, check=False,
                              env={**self.environment, **environment})
        self.assertEqual(done.stderr, "")
        self.last = done.stdout.rstrip("\n").splitlines()[-1]
        self.table = {row[0]: row[1:] for row in (line.split("\t") for line in (self.scratch / "logs" / "times.tsv").read_text().splitlines())}
        return done

    def results(self):
        return {name: row[0] for name, row in self.table.items() if name != "part"}

    def test_one_that_computes_and_one_that_waits_run_side_by_side(self):
        done = self.run_parts("""
part a runs=quick lane=compute limit=60 one; part_a() { meets a b; }
part b runs=quick lane=wait limit=60 two; part_b() { meets b a; }
part c runs=quick lane=timed limit=60 three; part_c() { meets c d; }
part d runs=quick lane=wait limit=60 four; part_d() { meets d c; }""")
        self.assertEqual((done.returncode, self.last), (0, "4 passed, 0 failed"), done.stdout)

    def test_those_that_compute_or_measure_run_one_at_a_time(self):
        done = self.run_parts("".join(f"\npart {name} runs=quick lane={lane} limit=60 x; part_{name}() {{ alone; }}"
                                      for name, lane in (("a", "compute"), ("b", "timed"), ("c", "compute"), ("d", "timed"))))
        self.assertEqual((done.returncode, self.last), (0, "4 passed, 0 failed"), done.stdout)

    def test_two_wait_at_a_time_once_nothing_is_left_to_compute_and_never_three(self):
        done = self.run_parts("""
part a runs=quick lane=compute limit=60 x; part_a() { alone; }
part b runs=quick lane=wait limit=60 x; part_b() { sleep 0.1; }
part c runs=quick lane=wait limit=60 x; part_c() { meets c d; }
part d runs=quick lane=wait limit=60 x; part_d() { meets d c; [[ ! -e $SCRATCH/e ]]; sleep 1; [[ ! -e $SCRATCH/e ]] || [[ ! -e $SCRATCH/late ]]; touch "$SCRATCH/late"; }
part e runs=quick lane=wait limit=60 x; part_e() { touch "$SCRATCH/e"; }""")
        self.assertEqual((done.returncode, self.last), (0, "5 passed, 0 failed"), done.stdout)

    def test_a_part_that_measures_is_not_nice_and_the_others_are(self):
        done = self.run_parts("""
part a runs=quick lane=compute limit=60 x; part_a() { nice >"$SCRATCH/a"; }
part b runs=quick lane=wait limit=60 x; part_b() { nice >"$SCRATCH/b"; }
part c runs=quick lane=timed limit=60 x; part_c() { nice >"$SCRATCH/c"; }""")
        self.assertEqual(done.returncode, 0, done.stdout)
        nice = {name: int((self.scratch / name).read_text()) for name in "abc"}
        own = os.nice(0)
        self.assertEqual(nice, {"a": min(own + 10, 19), "b": min(own + 10, 19), "c": own})

    def test_a_failure_stops_only_those_that_need_it(self):
        done = self.run_parts("""
part a runs=quick lane=compute limit=60 x; part_a() { echo why it failed; false; }
part b runs=quick lane=wait limit=60 needs=a x; part_b() { touch "$SCRATCH/b"; }
part c runs=quick lane=wait limit=60 needs=b x; part_c() { touch "$SCRATCH/c"; }
part d-2.x runs=quick lane=compute limit=60 x; part_d_2_x() { echo fine; }""")
        self.assertEqual(self.results(), {"a": "failed", "b": "failed", "c": "failed", "d-2.x": "passed"})
        self.assertEqual((done.returncode, self.last), (1, "1 passed, 3 failed"))
        self.assertFalse((self.scratch / "b").exists() or (self.scratch / "c").exists())
        self.assertIn("   a | why it failed\n", done.stdout)
        self.assertNotIn("fine", done.stdout)

    def test_a_part_runs_after_all_that_it_needs_whatever_the_lane(self):
        done = self.run_parts("""
part a runs=quick lane=compute limit=60 x; part_a() { sleep 0.8; touch "$SCRATCH/a"; }
part b runs=quick lane=wait limit=60 x; part_b() { sleep 0.4; touch "$SCRATCH/b"; }
part c runs=quick lane=wait limit=60 needs=a,b x; part_c() { [[ -e $SCRATCH/a && -e $SCRATCH/b ]]; }
part other runs=quick lane=wait limit=60 x; part_other() { touch "$SCRATCH/other"; }""", run="c")
        self.assertEqual((done.returncode, self.last), (0, "3 passed, 0 failed"), done.stdout)
        self.assertFalse((self.scratch / "other").exists())

    def test_the_counts_of_programs_are_added_and_a_bad_end_counts_once(self):
        self.run_parts("""
part a runs=quick lane=compute limit=60 x; part_a() { echo '12 passed, 0 failed'; echo '1: OK (30)'; }
part b runs=quick lane=compute limit=60 x; part_b() { echo '5 passed, 2 failed'; false; }
part c runs=quick lane=compute limit=60 x; part_c() { echo '7 passed, 0 failed'; exit 3; }
part d runs=quick lane=compute limit=60 x; part_d() { echo '1 passed, 1 failed'; }
part e runs=quick lane=compute limit=60 x; part_e() { echo 'Run:  9   Failures: 1   Errors: 1'; false; }
part f runs=quick lane=compute limit=60 x; part_f() { :; }""")
        self.assertEqual(self.last, f"{42 + 5 + 7 + 1 + 7 + 1} passed, {2 + 1 + 1 + 2} failed")
        self.assertEqual({name: row[2:4] for name, row in self.table.items()},
                         {"part": ["passed", "failed"], "a": ["42", "0"], "b": ["5", "2"], "c": ["7", "1"], "d": ["1", "1"], "e": ["7", "2"], "f": ["1", "0"]})

    def test_what_cannot_run_is_skipped_and_with_strict_a_failure(self):
        parts = "part a runs=quick lane=wait limit=60 x; part_a() { echo no such tool; return 77; }"
        done = self.run_parts(parts)
        self.assertEqual((done.returncode, self.last), (0, "0 passed, 0 failed, 1 skipped"))
        done = self.run_parts(parts, STRICT="true")
        self.assertEqual((done.returncode, self.last), (1, "0 passed, 1 failed"))
        self.assertIn("cannot run: no such tool", done.stdout)

    def test_the_limit_ends_a_part_with_all_that_it_started_and_no_other(self):
        done = self.run_parts("""
part a runs=quick lane=compute limit=5 x
part_a() { bash -c 'trap "" INT TERM; echo $$ >"$SCRATCH/deaf"; sleep 300 & wait; sleep 300'; }
part b runs=quick lane=wait limit=60 x; part_b() { sleep 7; }""")
        self.assertEqual(self.results(), {"a": "failed", "b": "passed"})
        self.assertIn("the limit of this part", done.stdout)
        self.gone("deaf")

    def gone(self, *names):
        for name in names:
            pid = int((self.scratch / name).read_text())
            self.assertFalse(pathlib.Path(f"/proc/{pid}/stat").exists() and pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z", name)

    def test_an_interrupt_ends_all_lanes_after_their_own_cleaning_up(self):
        parts = """
part a runs=quick lane=compute limit=60 x
part_a() { trap 'echo cleaned >"$SCRATCH/cleaned"; exit 1' INT; echo $BASHPID >"$SCRATCH/a"; while :; do sleep 0.1; done; }
part b runs=quick lane=wait limit=60 x
part_b() { python3 -c '
import os, pathlib, time
scratch = pathlib.Path(os.environ["SCRATCH"])
try:
    (scratch / "b").write_text(str(os.getpid()))
    time.sleep(300)
finally:
    (scratch / "python").write_text("cleaned")'; }
part c runs=quick lane=wait limit=60 x; part_c() { touch "$SCRATCH/c"; }"""
        for number in (signal.SIGINT, signal.SIGTERM):
            for left in ("a", "b", "c", "cleaned", "python"):
                (self.scratch / left).unlink(missing_ok=True)
            # A shell cannot trap what was ignored when it began, as SIGINT is for a job in the background.
            with self.subTest(number), subprocess.Popen(
                    self.script(parts), stdout=subprocess.PIPE, text=True, env=self.environment,
                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
                end = time.monotonic() + 60
                while not all((self.scratch / name).exists() and (self.scratch / name).read_text().strip() for name in "ab"):
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.05)
                process.send_signal(number)
                out, _ = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 130, out)
                self.assertNotIn("passed,", out)
                self.gone("a", "b")
                self.assertTrue((self.scratch / "cleaned").exists() and (self.scratch / "python").exists())
                self.assertFalse((self.scratch / "c").exists())
                for name in ("a", "b", "cleaned", "python"):
                    (self.scratch / name).unlink()

    def test_each_line_names_its_part_and_a_log_is_never_mixed_with_another(self):
        done = self.run_parts("""
part one runs=quick lane=compute limit=60 x; part_one() { for i in {1..12}; do echo "first $i"; sleep 0.1; done; false; }
part two runs=quick lane=wait limit=60 x; part_two() { for i in {1..12}; do echo "second $i"; sleep 0.1; done; false; }""")
        for name, word in (("one", "first"), ("two", "second")):
            block = "".join(f"   {name} | {word} {i}\n" for i in range(1, 13))
            self.assertIn(block, done.stdout)
            self.assertRegex(done.stdout, rf"(?m)^   {name}, 1 s: {word} \d+$")
        table = done.stdout[done.stdout.index("\npart "):]
        for line in done.stdout[:done.stdout.index("\npart ")].splitlines():
            if line:
                self.assertRegex(line, r"^(== |   )(one|two)\b")
        self.assertRegex(table, r"one +failed +\d+ s")

    def test_times_are_kept_for_every_part(self):
        self.run_parts("""
part a runs=quick lane=compute limit=60 x; part_a() { sleep 1.2; }
part b runs=quick lane=wait limit=60 x; part_b() { :; }""")
        self.assertEqual(self.table["part"], ["result", "seconds", "passed", "failed", "lane"])
        self.assertIn(self.table["a"][1], ("1", "2", "3"))
        self.assertEqual([self.table[name][4] for name in "ab"], ["compute", "wait"])


class TableTest(unittest.TestCase):
    """What scripts/test and scripts/setup do with the real table of parts. Nothing is run."""

    def bash(self, command, **environment):
        sources = "".join(f"source {ROOT}/scripts/lib/{name}.sh\n" for name in ("common", "formatter", "packages", "parts", "tests"))
        done = subprocess.run(["bash", "-c", "set -euo pipefail\n" + sources + command], capture_output=True, text=True, check=False,
                              env={**os.environ, **environment})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_each_part_has_a_function_and_needs_what_exists(self):
        names = self.bash('printf "%s\\n" "${PART_NAMES[@]}"')
        functions = {line.split()[-1] for line in self.bash("declare -F")}
        self.assertEqual([name for name in names if "part_" + re.sub("[-.]", "_", name) not in functions], [])
        self.assertGreater(len(self.bash('with_needs "${PART_NAMES[@]}"')), 20)
        groups = {line.split()[0] for line in self.bash("package_table")} | {"demo"}
        asked = set(" ".join(self.bash('printf "%s\\n" "${PART_PACKAGES[@]}"')).split())
        self.assertEqual(groups - asked, set(), "groups of packages that no part asks for")
        self.assertEqual(asked - groups, set(), "groups of packages that do not exist")

    def test_a_longer_run_has_all_of_a_shorter_one(self):
        quick, full, long = (self.bash(f"parts_of_run {run}") for run in ("quick", "full", "long"))
        self.assertTrue(set(quick) < set(full) < set(long))
        self.assertEqual(long, self.bash('printf "%s\\n" "${PART_NAMES[@]}"'))
        for run in (quick, full, long):
            self.assertEqual(self.bash(f"with_needs {' '.join(run)}"), run, "a run without something that it needs")

    def test_few_packages_are_asked_for_where_few_are_needed(self):
        """As on a machine where nothing is installed."""
        def asked(*parts):
            return set(self.bash(f"""is_present() {{ false; }}
                groups=() && for part in $(with_needs {' '.join(parts)}); do groups+=(${{PART_PACKAGES[$part]}}); done
                missing_packages "${{groups[@]}}" | awk '{{print $2}}'"""))
        unit = asked("unit")
        self.assertEqual(unit, {"g++", "cmake", "ninja-build", "pkgconf", "ccache", "libpoco-dev", "libc-ares-dev", "libssl-dev",
                                "libcppunit-dev", "python3"})
        self.assertEqual(asked("format"), {"clang-format-14"})
        self.assertEqual(asked("lint"), {"shellcheck", "codespell", "python3"})
        quick = asked(*self.bash("parts_of_run quick"))
        self.assertTrue(unit < quick)
        self.assertEqual(quick & {"postgresql", "golang-go", "nodejs", "npm", "clang", "clang-tidy-14", "valgrind"}, set())


if __name__ == "__main__":
    unittest.main()
