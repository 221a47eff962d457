# SPDX-License-Identifier: Apache-2.0
"""The process itself: signals, core dumps, memory, descriptors."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

import support

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def heed_signals(but=None):
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN if number == but else signal.SIG_DFL)


class Process(support.ModuleTest):
    def waiting(self, ignored=None):
        """The executable in the middle of a run that only a cancel can end."""
        seen = self.folder / "seen.json"
        seen.unlink(missing_ok=True)
        script = self.folder / "script.json"
        script.write_text(json.dumps({"wait": True, "seen": str(seen)}))
        arguments = self.folder / "a.json"
        arguments.write_text(json.dumps({"name": "my-cluster", "access_key": support.access_key()}))
        # The program that started this test may ignore signals (nohup, a background job), and children
        # inherit that.
        process = subprocess.Popen([str(support.scripted()), str(arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=support.clean_environment({"INFRASTATE_TEST_SCRIPT": str(script)}),
                                   preexec_fn=lambda: heed_signals(ignored))
        self.addCleanup(process.kill)
        for _ in range(600):
            if seen.exists() and seen.stat().st_size > 0:
                return process
            time.sleep(0.05)
        self.fail("the run did not begin")

    def test_a_signal_cancels_and_the_result_says_so(self):
        for number in SIGNALS:
            with self.subTest(signal=number):
                process = self.waiting()
                process.send_signal(number)
                out, err = process.communicate(timeout=60)
                result = self.checked(support.Outcome(process.returncode, out, err.decode()))
                self.assertEqual(result["error"]["code"], "CANCELLED")

    def test_a_signal_that_was_ignored_from_the_start_stays_ignored(self):
        process = self.waiting(ignored=signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        self.assertTrue(int(re.search(r"^SigIgn:\s*(\w+)", status, re.MULTILINE)[1], 16) >> (signal.SIGHUP - 1) & 1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual(self.checked(support.Outcome(process.returncode, out, err.decode()))["error"]["code"], "CANCELLED")

    def test_no_core_dump_is_possible(self):
        if support.sanitized():
            self.skipTest("the leak checker needs a process that can be looked into")
        process = self.waiting()
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        self.assertEqual(core.split()[4:6], ["0", "0"])
        if os.geteuid() != 0:
            # In /proc, the files of a process that may not be dumped belong to root.
            self.assertEqual(os.stat(f"/proc/{process.pid}/mem").st_uid, 0)

    def test_standard_output_that_nobody_reads_does_not_kill_it_silently(self):
        process = self.waiting()
        process.stdout.close()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 1)

    def test_freed_memory_is_wiped(self):
        if support.sanitized():
            self.skipTest("sanitizers bring their own operator delete")
        done = subprocess.run([str(support.BUILD / "tests" / "module" / "module_wiped_memory")], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_the_wiping_delete_serves_the_shared_libraries_too(self):
        if support.sanitized():
            self.skipTest("sanitizers bring their own operator delete")
        for program in (support.scripted(), support.real()):
            if not program.exists():
                continue
            needed = subprocess.run(["readelf", "-d", str(program)], capture_output=True, text=True, check=True).stdout
            if "(NEEDED)" not in needed:
                continue  # the portable one: no libraries are in its process
            names = subprocess.run(["nm", "-D", "--defined-only", str(program)], capture_output=True, text=True, check=True).stdout
            # operator delete(void*) is exported, so that libraries in the process use this one.
            self.assertRegex(names, r" T _ZdlPv(@|\n)")

    def test_closed_standard_streams_do_no_harm(self):
        arguments = self.folder / "a.json"
        arguments.write_text(json.dumps({"name": "my-cluster", "access_key": support.access_key()}))
        done = subprocess.run(["sh", "-c", '"$1" "$2" <&- 2>&-', "sh", str(support.scripted()), str(arguments)], stdout=subprocess.PIPE,
                              env=support.clean_environment(), timeout=60, check=False)
        self.assertEqual(json.loads(done.stdout)["msg"], "no server here")
