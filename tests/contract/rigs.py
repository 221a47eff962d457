# SPDX-License-Identifier: Apache-2.0
"""Starts and stops the two servers that tests run on, and prints the test run. Both set the INFRA_TEST_*
variables in the environment. Nothing is left running."""

import contextlib
import json
import os
import pathlib
import secrets
import shlex
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


# The end of the password of the user dev: characters that a JSON writer must get right.
PASSWORD_TAIL = '"\\\u00e4\u6f22\U0001f7e0<&>'


def users_file(folder):
    """The users of a real server, with a password that ends so."""
    path = pathlib.Path(folder, "users.json")
    path.write_text(json.dumps([{"name": "admin@example.com", "password": secrets.token_hex(10), "role": "admin"},
                                {"name": "dev@example.com", "password": secrets.token_hex(10) + PASSWORD_TAIL}]))
    return path


@contextlib.contextmanager
def simulator(program, *options):
    if not program.is_file():
        raise SystemExit(f"{program} is missing: build the target infra-simulator first")
    with subprocess.Popen([program, "--die-with-parent", *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline() or "{}")
            if not ready:
                raise SystemExit("the simulator did not start")
            for name, member in (("URL", "url"), ("CA_FILE", "ca_file"), ("ADMIN_KEY", "admin_key"), ("ADMIN_USER", "admin_user"),
                                 ("ADMIN_PASSWORD", "admin_password"), ("DEV_USER", "dev_user"),
                                 ("DEV_PASSWORD", "dev_password"), ("CONTROL_TOKEN", "control_token")):
                os.environ[f"INFRA_TEST_{name}"] = ready[member]
            yield
        finally:
            process.terminate()


def end_by_signals():
    """Makes an exception of a signal that ends, so that what was started is stopped. A shell's background process would
    ignore SIGINT. Only the first signal counts: nothing may interrupt the stopping."""
    def end(number, frame):
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)


@contextlib.contextmanager
def real(password_tail=""):
    end_by_signals()
    rig = str(ROOT / "tests" / "realserver" / "infra-server")
    with tempfile.TemporaryDirectory(prefix="contract.") as folder:
        try:
            subprocess.run([rig, "start", "--dir", folder], check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "INFRA_RIG_PASSWORD_TAIL": password_tail})
            text = subprocess.run([rig, "env", "--dir", folder], check=True, capture_output=True, text=True).stdout
            os.environ["INFRA_TEST_RIG_DIR"] = folder
            for word in shlex.split(text):
                name, _, value = word.partition("=")
                os.environ[name] = value
            yield
        finally:
            # In another process group: whoever ends this group must not end the stopping.
            subprocess.run([rig, "stop", "--dir", folder], check=True, stdout=subprocess.DEVNULL, start_new_session=True)


def sql(statement):
    """Runs a statement in the real server's database; returns its output."""
    rig = ROOT / "tests" / "realserver" / "infra-server"
    run = subprocess.run([rig, "sql", "--dir", os.environ["INFRA_TEST_RIG_DIR"], statement], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise AssertionError(f"{statement}: {run.stderr}")
    return run.stdout.strip()


def make_older(prefix, seconds):
    """Moves creation, last use and end of the real server's keys whose names begin so."""
    moved = ", ".join(f"{column} = {column} - interval '{seconds} seconds'"
                      for column in ("created_at", "updated_at", "expires_at", "inactivity_timeout"))
    sql(f"UPDATE access_keys SET {moved} WHERE name LIKE '{prefix}%'")


class Result(unittest.TestResult):
    """Prints one line for each test at once, so that a person sees where it is and how long it takes."""

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.bad = 0

    def say(self, test, word, text=""):
        self.bad += bool(text)
        print(f"{word} {test.id()} ({time.monotonic() - self.started:.1f} s)", flush=True)
        if text:
            print("    " + text.rstrip().replace("\n", "\n    "), flush=True)

    def addSuccess(self, test):
        self.say(test, "ok  ")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say(test, "FAIL", self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        if not hasattr(self, "started"):
            self.started = time.monotonic()
        self.say(test, "FAIL", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.say(subtest, "FAIL", (self.failures + self.errors)[-1][1])


def summary(result):
    """Prints the last line and returns the exit code. A test with several failed parts counts once."""
    failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors})
    print(f"{max(0, result.testsRun - failed)} passed, {failed} failed")
    return 1 if failed or result.testsRun == 0 else 0
