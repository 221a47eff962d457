# SPDX-License-Identifier: Apache-2.0
"""The server under test: where it is, what it received, and which core it has."""

import contextlib
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "contract"), str(ROOT / "packaging")]
import rigs
from release.common import user_cache

# What tests/realserver wants, and the package that has it.
REAL_NEEDS = (("openssl", "openssl"), ("curl", "curl"), ("setsid", "util-linux"), ("setpriv", "util-linux"), ("flock", "util-linux"))


def real_lacks(which=shutil.which, postgres=None, built=None):
    """What a real server needs and this machine lacks, in words; "" if nothing is missing. It builds nothing."""
    lacks = [package for program, package in REAL_NEEDS if which(program) is None]
    root = pathlib.Path(postgres or os.environ.get("INFRASTATE_PG_ROOT", "/usr/lib/postgresql"))
    if not any(root.glob("1[3-7]/bin/initdb")):
        lacks.append("postgresql")
    cache = pathlib.Path(built or user_cache())
    if not any(cache.glob("infra-server/*/infra")) and which(os.environ.get("GO", "go")) is None:
        lacks.append("golang-go")
    return ", ".join(dict.fromkeys(lacks))


class Server:
    """A running server. `record` is what the simulator noted; a real server keeps none."""

    def __init__(self, kind):
        self.kind = kind
        self.url, self.key, self.authority = (os.environ[f"INFRA_TEST_{name}"] for name in ("URL", "ADMIN_KEY", "CA_FILE"))
        self.has_record = kind == "simulator"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                   urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.authority)))

    def parameters(self, **more):
        return {"host": self.url, "access_key": self.key, "server_certificate_file": self.authority, **more}

    def _control(self, method, path, body=None):
        request = urllib.request.Request(f"{self.url}/_simulator{path}", method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": f"Bearer {os.environ['INFRA_TEST_CONTROL_TOKEN']}"})
        with self._opener.open(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def forget(self):
        self._control("DELETE", "/requests")

    def requests(self):
        """[(method, path without its query)] since the last forget()."""
        return [(each["method"], each["path"].partition("?")[0]) for each in self._control("GET", "/requests")["requests"]]

    def counted(self):
        """How many requests since the last forget(), also where there were more than the record keeps."""
        return self._control("GET", "/counters")["requests"]

    def reset(self):
        """Users, keys and clock as at the start."""
        self._control("POST", "/reset")

    def advance(self, duration):
        self._control("POST", "/clock", {"advance": duration})


@contextlib.contextmanager
def running(kind, program):
    """A server of its own, on the first core; this process and what it starts go to the last. The kernel would move them otherwise."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])
    with contextlib.ExitStack() as stack:
        stack.callback(os.sched_setaffinity, 0, cores)
        try:
            stack.enter_context(rigs.real() if kind == "real" else rigs.simulator(program))
        except subprocess.CalledProcessError:
            raise SystemExit("the real server did not start; what it said stands above") from None
        os.sched_setaffinity(0, cores[-1:])
        yield Server(kind)
