# SPDX-License-Identifier: Apache-2.0
"""A machine with one managed access key, and the two kinds of server that it may use, for tests of a key's whole
life. Nothing of the project's own client is used to look at the server."""

import atexit
import hashlib
import json
import os
import pathlib
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
import time

import server as wire
import tracing

KEYS = wire.KEYS
SECRET = wire.SECRET


class Broken(AssertionError):
    """A rule of the state logic that did not hold."""


def holds(fact, text):
    if not fact:
        raise Broken(text() if callable(text) else text)


def own_copy(program):
    """A copy of the program that no build replaces while the tests run."""
    if not program.is_file():
        raise SystemExit(f"{program} is missing: build the target infra_access_key first")
    folder = tempfile.mkdtemp(prefix="executable.")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return pathlib.Path(shutil.copy2(program, folder))


def where_it_is(pid):
    """What each thread of a process waits for, as the kernel says."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for name in ("wchan", "syscall", "stack", "stat"):
            try:
                found.append(f"{name}: {(task / name).read_text().strip()}")
            except OSError as error:
                found.append(f"{name}: {error.strerror}")
    return "; ".join(found)


class Server:
    """What a test may see and do at the server, besides the executable under test."""

    def __init__(self):
        self.url, self.ca_file = os.environ["INFRA_TEST_URL"], os.environ["INFRA_TEST_CA_FILE"]
        self.admin = os.environ["INFRA_TEST_ADMIN_KEY"]
        self.http = wire.Server(self.url, self.ca_file)
        self.connection = self.http.connect()

    def call(self, method, path, body=None, token=None):
        """Uses a kept connection; faults do not apply to these calls."""
        try:
            return self.http.request(method, path, body, token or self.admin, connection=self.connection)
        except OSError:
            self.connection.close()
            self.connection = self.http.connect()
            return self.http.request(method, path, body, token or self.admin, connection=self.connection)
        except wire.http.client.HTTPException:
            self.connection.close()
            self.connection = self.http.connect()
            return self.http.request(method, path, body, token or self.admin, connection=self.connection)

    def user_id(self, name):
        return self.call("GET", f"/api/users?showSystem=true&name={name}").json["items"][0]["id"]

    def create(self, user, name, **more):
        body = {"userID": self.user_id(user), "name": name, "expiry": "8766h", "inactivityTimeout": "72h", **more}
        answer = self.call("POST", KEYS, body)
        holds(answer.status == 201, answer.text)
        return answer.json

    def use(self, secret):
        return self.call("GET", "/api/users/self", token=secret).status

    def live(self):
        now = self.now()
        return [key for key in self.keys()
                if (not key["expires"] or now < wire.moment(key["expires"]))
                and (not key["inactivityTimeout"] or now < wire.moment(key["inactivityTimeout"]))]


class Simulated(Server):
    kind = "simulator"
    overlap = "1h"

    def __init__(self):
        super().__init__()
        self.control_token = os.environ["INFRA_TEST_CONTROL_TOKEN"]

    def control(self, method, path, body=None):
        answer = self.call(method, "/_simulator" + path, body, self.control_token)
        holds(answer.status in (200, 204), answer.text)
        return answer.json if answer.raw else None

    def fresh(self):
        self.control("POST", "/reset")

    def owner(self):
        return "connector"

    def keys(self):
        return self.control("GET", "/state")["keys"]

    def now(self):
        return self.control("GET", "/clock")["now_us"] / 1e6

    def opens(self, secret):
        """The live key that this secret opens, found without using the secret."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        found = [key for key in self.live() if key["secret_sha256"] == digest]
        return found[0] if found else None

    def faults(self, *rules):
        self.control("PUT", "/faults", {"rules": list(rules)})

    def advance(self, seconds):
        self.control("POST", "/clock", {"advance": f"{seconds}s"})

    def pause(self):
        """Lets enough time pass that a use can be told from the one before."""
        self.advance(60)

    def end_overlap(self):
        self.advance(3700)

    def pass_horizon(self):
        """Waits until no request of a run can act any more."""
        self.advance(400)
        return True


class Real(Server):
    kind = "real"
    overlap = "4s"

    def __init__(self):
        super().__init__()
        self.owners = []

    def fresh(self):
        """Names and users are new each time. The former ones are deleted with their keys, so that all keys fit one
        page: between two pages rows would come and go."""
        for owner in self.owners:
            self.call("DELETE", f"/api/users/{owner}")
        self.owners = []

    def owner(self):
        """A user of its own: runs at the same time would see each other's keys being used."""
        name = f"life{secrets.token_hex(6)}@example.com"
        answer = self.call("POST", "/api/users", {"name": name})
        holds(answer.status == 201, answer.text)
        self.owners.append(answer.json["id"])
        return name

    def now(self):
        return time.time()

    def keys(self):
        found, page = [], 1
        while True:
            rows = self.call("GET", f"{KEYS}?showExpired=true&limit=1000&page={page}").json
            found += rows["items"]
            if page >= rows["totalPages"]:
                return found
            page += 1

    def opens(self, secret):
        """Asks with the secret. This is a use, so it is done only after a run has done its work."""
        time.sleep(2.1)  # the server records a use if the one before is 2 s old
        began = int(self.now())
        answer = self.call("GET", "/api/users/self", token=secret)
        if answer.status != 200:
            return None
        used = [key for key in self.live() if key["issuedFor"] == answer.json["id"] and wire.moment(key["lastUsed"]) >= began]
        return used[0] if len(used) == 1 else None

    def pause(self):
        time.sleep(3.1)

    def end_overlap(self):
        time.sleep(4.5)

    def pass_horizon(self):
        return False  # real time: that would take minutes for each point


class Run:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        try:
            self.result = json.loads(out)
        except ValueError:
            self.result = None

    def __str__(self):
        return self.out.decode("utf-8", "replace")[:1500] + self.err.decode("utf-8", "replace")[:500]


class Machine:
    """A folder that is its disk, and the executable. `folder` holds only secret_file and the files beside
    it."""

    def __init__(self, server, program, scratch, name=None):
        self.server, self.program = server, str(program)
        self.scratch = pathlib.Path(scratch)
        self.folder = self.scratch / "etc"
        self.folder.mkdir()
        self.file = self.folder / "secret"
        self.name = name or "life-" + secrets.token_hex(5)
        self.names = [self.name]  # all names that its key may have in the course of time
        self.user = server.owner()

    def arguments(self, **more):
        """A value of None leaves a parameter out."""
        given = {"host": self.server.url, "access_key": self.server.admin, "server_certificate_file": self.server.ca_file,
                 "name": self.name, "user": self.user, "secret_file": str(self.file), "timeout": "20s", **more}
        return {name: value for name, value in given.items() if value is not None}

    def environment(self, **more):
        keep = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR") or name.endswith("SAN_OPTIONS")}
        return {**keep, "HOME": str(self.scratch), **more}

    def argument_file(self, arguments):
        path = self.scratch / f"arguments-{secrets.token_hex(4)}.json"  # two runs may be started at once
        path.write_text(json.dumps(arguments))
        path.chmod(0o600)
        return str(path)

    def run(self, arguments, seconds=120, **environment):
        with subprocess.Popen([self.program, self.argument_file(arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.environment(**environment)) as process:
            try:
                out, err = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                where = where_it_is(process.pid)
                process.kill()
                raise Broken(f"a run did not end within {seconds} s; it is at {where}") from None
        return Run(process.returncode, out, err)

    def traced(self, arguments, kill):
        """A run under ptrace that ends at the point where `kill` says so."""
        return tracing.Traced([self.program, self.argument_file(arguments)], self.environment(), str(self.folder),
                              str(self.scratch / "output"), kill)

    def done(self, arguments):
        """A run that must succeed."""
        run = self.run(arguments)
        holds(run.result and not run.result.get("failed"), lambda: f"a run without faults failed: {run}")
        return run.result

    # --- what is there -------------------------------------------------------------------------

    def secret(self):
        return self.file.read_text() if self.file.exists() else None

    def leftover(self):
        path = self.folder / ".secret.infrastate.new"
        return path.read_text() if path.exists() else None

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())

    def check_files(self):
        """At any time the file holds a whole secret or none, and no other user can read anything."""
        for path in self.folder.iterdir():
            mode = stat.S_IMODE(path.lstat().st_mode)
            holds(mode & 0o077 == 0, lambda: f"{path.name} has mode {mode:04o}")
        secret = self.secret()
        holds(secret is None or SECRET.match(secret), lambda: f"secret_file holds {len(secret)} bytes that are no access key")

    def is_mine(self, key):
        return key["issuedForName"] == self.user and any(
            re.fullmatch(re.escape(name) + r"(\.rot-\d+-[0-9a-f]{8})?", key["name"]) for name in self.names)

    def family(self, live=True):
        return [key for key in (self.server.live() if live else self.server.keys()) if self.is_mine(key)]

    def make_neighbours(self):
        """Keys of others whose names are nearly of this family."""
        dev = os.environ["INFRA_TEST_DEV_USER"]
        for user, name in ((dev, self.name), (self.user, self.name + "x"), (self.user, self.name + ".rot-1-zzzzzzzz"),
                           (self.user, "x" + self.name + ".rot-1-0123abcd")):
            self.server.create(user, name)
        self.neighbours = self.others()
        holds(len(self.neighbours) >= 4, "the neighbours were not made")

    def others(self):
        keep = ("id", "name", "created", "expires", "inactivityTimeout", "lastUsed")
        return sorted(tuple(key[member] for member in keep) for key in self.server.keys()
                      if self.names[0] in key["name"] and not self.is_mine(key))

    def check_neighbours(self):
        holds(self.others() == self.neighbours, lambda: f"keys of others were touched: {self.neighbours} became {self.others()}")
