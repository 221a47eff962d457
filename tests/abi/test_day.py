# SPDX-License-Identifier: Apache-2.0
"""A client that runs for a day, on a server that sometimes fails."""

import itertools
import os
import subprocess
import threading

from support import ServerTest, program, program_environment

LONG = os.environ.get("INFRASTATE_LONG") == "true"
CALLS = 100_000 if LONG else 4_000
FAULTS = [{"action": "reset"}, {"action": "status", "status": 503}, {"action": "cut_body", "bytes": 20},
          {"action": "act_then_reset"}, {"action": "garbage"}, {"action": "delay", "ms": 30}, {"action": "html"},
          {"action": "status", "status": 429, "retry_after": "0"}]


class DayTest(ServerTest):
    def control_later(self):
        """Sets one fault after the other, each for some requests, until it is told to stop. Clears the records."""
        for number, fault in enumerate(itertools.cycle(FAULTS)):
            self.control("PUT", "/faults", {"rules": [{"match": {"path": "/api/access-keys"}, "times": 4, **fault}]})
            if number % 50 == 0:
                self.control("DELETE", "/requests")
            if self.ended.wait(0.1):
                break
        self.control("DELETE", "/faults")

    def test_one_client_for_a_day_of_calls(self):
        self.ended = threading.Event()
        failing = threading.Thread(target=self.control_later)
        with subprocess.Popen([program("abi_day_check"), str(CALLS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env=program_environment()) as day:
            try:
                first = day.stdout.readline()
                if first == "steady\n":
                    failing.start()
                rest = day.communicate("go on\n", timeout=3600)[0]
            finally:
                self.ended.set()
                if failing.is_alive():
                    failing.join()
        self.assertEqual((day.returncode, first), (0, "steady\n"), first + rest)
        print(rest.strip())
