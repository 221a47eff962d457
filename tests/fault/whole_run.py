# SPDX-License-Identifier: Apache-2.0
"""Whole runs of the installed executable, on the simulator."""

import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import black_box
from simulator import SimulatorTest

BUILD = pathlib.Path(os.environ["INFRASTATE_BUILD"])
MODULE = BUILD / "modules" / "infra_access_key"
KEYS = "/api/access-keys"


def sanitized():
    return black_box.sanitized(BUILD)


class Run:
    """What one run did: exit code, raw streams, the result if there is one, and the time it took."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds
        self.result = json.loads(out) if out.lstrip().startswith(b"{") else None


class WholeRunTest(SimulatorTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.name = "run-" + secrets.token_hex(4)
        self.url, self.ca_file = os.environ["INFRA_TEST_URL"], os.environ["INFRA_TEST_CA_FILE"]
        self.user, self.password = os.environ["INFRA_TEST_DEV_USER"], os.environ["INFRA_TEST_DEV_PASSWORD"]

    def arguments(self, **more):
        """As the administrator; a value of None leaves a parameter out."""
        given = {"host": self.url, "access_key": self.admin, "server_certificate_file": self.ca_file, "name": self.name, **more}
        return {name: value for name, value in given.items() if value is not None}

    def as_user(self, **more):
        """As a user who logs in, for a key of that user."""
        return self.arguments(access_key=None, username=self.user, password=self.password, user=self.user, **more)

    def environment(self, **more):
        keep = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR") or name.endswith("SAN_OPTIONS")}
        return {**keep, "HOME": str(self.folder), **more}

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def run_module(self, arguments, *options, environment=None, wrapper=(), seconds=120):
        path = self.write("arguments.json", arguments if isinstance(arguments, str) else json.dumps(arguments))
        begin = time.monotonic()
        done = subprocess.run([*wrapper, str(MODULE), *options, path], stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.environment(**(environment or {})), timeout=seconds, check=False)
        return Run(done.returncode, done.stdout, done.stderr, time.monotonic() - begin)

    def start_up(self):
        """How long this machine now takes to start the executable."""
        begin = time.monotonic()
        subprocess.run([str(MODULE), "--version"], stdout=subprocess.DEVNULL, env=self.environment(), check=True)
        return time.monotonic() - begin

    def calls(self):
        return [(request["method"], request["path"].partition("?")[0]) for request in self.requests()]
