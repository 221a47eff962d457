# SPDX-License-Identifier: Apache-2.0
"""A result that cannot be delivered leaves no live key whose secret nobody has. Standard output is closed, full,
limited, or read by nobody, for each way in which a secret is made."""

import fcntl
import json
import os
import resource
import subprocess
import time

import whole_run
from whole_run import KEYS, MODULE

ID = "[A-Za-z0-9]{6,14}"
DELETED = rf"the new access key {ID} was deleted again"


def fill(descriptor):
    """Fills a pipe so that it takes nothing more; whether it blocks stays as it was."""
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    try:
        while True:
            os.write(descriptor, b" " * 4096)
    except BlockingIOError:
        pass
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


class DeliveryTest(whole_run.WholeRunTest):
    def keys_of_run(self):
        return [key for key in self.keys() if key["name"].startswith(self.name)]

    def flows(self):
        """(name, arguments, live keys that are left if the result is lost)"""
        yield "create", self.arguments(timeout="4s"), 0
        self.control("POST", "/reset")
        self.run_module(self.arguments())
        yield "replace", self.arguments(timeout="4s", expires_in="1h", adopt="replace"), 0
        self.control("POST", "/reset")
        secret = self.run_module(self.arguments()).result["secret"]
        rotate = self.arguments(timeout="4s", current_secret=secret, expires_in="1h", overlap="10m")
        self.assertEqual(self.run_module({**rotate, "_ansible_check_mode": True}).result.get("actions"), ["create"], self.run_module({**rotate, "_ansible_check_mode": True}).out)
        yield "rotate", rotate, 1
        self.control("POST", "/reset")

    def begin(self, arguments, stdout, **options):
        path = self.write("arguments.json", json.dumps(arguments))
        return subprocess.Popen([str(MODULE), path], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                env=self.environment(), **options)

    def end(self, process, seconds=60):
        said = process.communicate(timeout=seconds)[1].decode()
        self.assertEqual(process.returncode, 1, said)
        self.assertEqual(said.count("\n"), 1, said)
        return said

    def lost(self, said, left):
        self.assertRegex(said, DELETED)
        self.assertEqual(len(self.keys_of_run()), left, said)

    def test_an_output_that_takes_nothing_is_refused_before_anything_is_done(self):
        for name, arguments, _ in self.flows():
            for more in ({}, {"secret_file": str(self.folder / "kept")}):
                if name == "rotate" and more:
                    continue
                before = self.keys_of_run()
                self.control("DELETE", "/requests")
                reader, writer = os.pipe()
                os.close(reader)
                full = os.open("/dev/full", os.O_WRONLY)
                limited = os.open(self.folder / "limited", os.O_WRONLY | os.O_CREAT)
                limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
                for stdout, options in ((writer, {}), (full, {}), (limited, {"preexec_fn": limit}),
                                        (None, {"preexec_fn": lambda: os.close(1)}), (os.open("/dev/null", os.O_RDONLY), {})):
                    with self.subTest(flow=name, more=more, stdout=stdout):
                        said = self.end(self.begin({**arguments, **more}, stdout, **options))
                        self.assertIn("nothing was done", said)
                        self.assertEqual(self.calls(), [])
                        self.assertEqual(self.keys_of_run(), before)
                        self.assertFalse((self.folder / "kept").exists())
                os.close(writer)

    def test_no_file_takes_the_place_of_a_closed_stream(self):
        path = self.folder / "kept"
        arguments = self.arguments(secret_file=str(path))
        process = self.begin(arguments, subprocess.PIPE, preexec_fn=lambda: (os.close(0), os.close(2)))
        result = json.loads(process.communicate(timeout=60)[0])
        self.assertEqual(path.read_text(), result["secret"] + "\n" if path.read_text().endswith("\n") else result["secret"])

    def test_a_reader_that_goes_away_meanwhile(self):
        for name, arguments, left in self.flows():
            with self.subTest(flow=name):
                self.control("DELETE", "/requests")
                self.faults({"action": "delay_answer", "ms": 300, "match": {"method": "GET", "path": KEYS}})
                reader, writer = os.pipe()
                process = self.begin(arguments, writer)
                os.close(writer)
                while not self.requests() and process.poll() is None:
                    time.sleep(0.01)
                os.close(reader)
                said = self.end(process)
                self.lost(said, left)
                self.assertEqual("no live key is left" in said, name == "replace", said)

    def test_a_file_that_may_not_grow(self):
        for name, arguments, left in self.flows():
            with self.subTest(flow=name), open(self.folder / "limited", "wb") as stdout:
                said = self.end(self.begin(arguments, stdout, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))))
                self.lost(said, left)

    def test_a_pipe_that_nobody_reads_is_waited_for_until_the_reserve(self):
        for blocking in (True, False):
            for name, arguments, left in self.flows():
                with self.subTest(flow=name, blocking=blocking):
                    reader, writer = os.pipe()
                    os.set_blocking(writer, blocking)
                    fill(writer)
                    said = self.end(self.begin(arguments, writer))
                    self.lost(said, left)
                    os.close(reader)
                    os.close(writer)

    def test_a_slow_reader_gets_all_of_it(self):
        for blocking in (True, False):
            with self.subTest(blocking=blocking):
                self.control("POST", "/reset")
                reader, writer = os.pipe()
                os.set_blocking(writer, blocking)
                fill(writer)
                process = self.begin(self.arguments(timeout="20s"), writer)
                os.close(writer)
                while not self.keys_of_run() and process.poll() is None:
                    time.sleep(0.01)
                with open(reader, "rb") as output:
                    text = output.read()
                self.assertEqual(process.communicate(timeout=60)[1], b"")
                self.assertEqual(process.returncode, 0)
                self.assertEqual(json.loads(text)["id"], self.keys_of_run()[0]["id"])

    def test_a_key_that_cannot_be_deleted_again_is_named(self):
        self.faults({"action": "status", "status": 500, "times": 0, "match": {"method": "DELETE"}})
        with open(self.folder / "limited", "wb") as stdout:
            said = self.end(self.begin(self.arguments(timeout="4s", retries=0), stdout,
                                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))))
        self.assertIn(f"the secret of the live access key with the id {self.keys_of_run()[0]['id']} is lost", said)

    def test_a_kept_secret_is_not_taken_back(self):
        path = self.folder / "kept"
        with open(self.folder / "limited", "wb") as stdout:
            stdout.truncate(100_000)
            stdout.seek(100_000)
            said = self.end(self.begin(self.arguments(secret_file=str(path)), stdout,
                                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_100, 100_100))))
        self.assertIn("the result could not be written to standard output", said)
        self.assertEqual(len(self.keys_of_run()), 1)
        self.assertTrue(path.read_text())

    def test_the_session_ends_after_the_delivery(self):
        reader, writer = os.pipe()
        fill(writer)
        process = self.begin(self.as_user(timeout="20s"), writer)
        os.close(writer)
        while not self.keys_of_run() and process.poll() is None:
            time.sleep(0.01)
        self.assertNotIn(("POST", "/api/logout"), self.calls())
        with open(reader, "rb") as output:
            output.read()
        process.communicate(timeout=60)
        self.assertEqual(self.calls()[-1], ("POST", "/api/logout"))
