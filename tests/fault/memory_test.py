# SPDX-License-Identifier: Apache-2.0
"""When a run only has to print its result, the process's memory holds none of the secrets that it was given.
An output that nobody reads keeps the run there while its memory is searched."""

import fcntl
import json
import os
import pathlib
import secrets
import subprocess
import time
import unittest

import whole_run

# poll and ppoll on x86-64, ppoll on aarch64: the calls in which a run waits for the reader of its
# result.
WAITING = ("7 ", "271 ", "73 ")


@unittest.skipIf(whole_run.sanitized(), "sanitizers bring their own operator delete")
class MemoryTest(whole_run.WholeRunTest):
    def held_before_its_output(self, arguments, environment=None):
        """The process while it prints."""
        path = self.write("arguments.json", json.dumps(arguments))
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        os.write(writing, b" " * 4096)
        process = subprocess.Popen([str(whole_run.MODULE), path], stdin=subprocess.DEVNULL, stdout=writing, env=self.environment(**(environment or {})))
        os.close(writing)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        waits = 0
        for _ in range(1200):
            try:
                # Waits not for the server (no connection is open any more), and not just for a moment.
                waits = waits + 1 if self.waits_without_a_connection(process) else 0
                if waits == 5:
                    return process, reading
            except PermissionError:
                if os.environ.get("CI") == "true":
                    self.fail("only root may look into the executable's memory")
                self.skipTest("only root may look into the executable's memory")
            time.sleep(0.05)
        self.fail("the run does not come to its output")

    @staticmethod
    def waits_without_a_connection(process):
        if not pathlib.Path(f"/proc/{process.pid}/syscall").read_text().startswith(WAITING):
            return False
        return not any(os.readlink(link).startswith("socket:") for link in pathlib.Path(f"/proc/{process.pid}/fd").iterdir())

    @staticmethod
    def memory(process):
        """All memory that the process can write to: heap, stack, data."""
        found = []
        with open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
            for line in pathlib.Path(f"/proc/{process.pid}/maps").read_text().splitlines():
                span, rights = line.split()[:2]
                if not rights.startswith("rw"):
                    continue
                begin, end = (int(number, 16) for number in span.split("-"))
                memory.seek(begin)
                try:
                    found.append(memory.read(end - begin))
                except OSError: # a region that belongs to the kernel
                    continue
        return b"\0".join(found)

    unused = "not-needed-" + secrets.token_hex(8)

    def test_no_secret_outlives_the_run(self):
        for way, arguments, environment, known in (
                ("an access key", self.arguments(state="absent"), {}, {"the key": self.admin}),
                ("variables", self.arguments(access_key=None, state="absent"),
                 {"INFRA_ACCESS_KEY": self.admin, "INFRA_PASSWORD": self.unused, "HTTPS_PROXY": f"http://me:{self.unused}@127.0.0.1:1", "NO_PROXY": "*"},
                 {"the key": self.admin, "what is not needed": self.unused}),
                ("a key from a file", self.arguments(access_key=None, access_key_file=self.write("admin.key", self.admin), state="absent"), {}, {"the key": self.admin}),
                ("a user's password", self.as_user(state="absent"), {}, {"the password": self.password})):
            with self.subTest(way=way):
                process, _ = self.held_before_its_output(arguments, environment)
                memory = self.memory(process)
                self.assertIn(self.name.encode(), memory, "the search finds what is there")
                for what, secret in known.items():
                    found = memory.count(secret.encode())
                    at = memory.find(secret.encode())
                    self.assertEqual(found, 0, f"{what} lies there {found} times: {memory[max(0, at - 100):at + 50]!r}")


if __name__ == "__main__":
    unittest.main()
