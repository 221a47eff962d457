# SPDX-License-Identifier: Apache-2.0
"""What the tests of the library share: the place of the build, a simulator that is started when it is
first needed, and the library itself through its own Python package."""

import contextlib
import json
import os
import pathlib
import secrets
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ABI = ROOT / "abi"
BUILD = ROOT / "build" / "dev"
sys.path.insert(0, str(ROOT / "tests" / "contract"))
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ABI / "bindings" / "python"))
import black_box
import rigs
import server as contract

_running = None


def use_build(folder):
    global BUILD
    BUILD = folder
    os.environ["INFRASTATE_LIBRARY"] = str(library())


def library():
    return BUILD / "abi" / "libinfrastate.so.1"


def executable():
    return BUILD / "modules" / "infra_access_key"


def program(name):
    """The path of a program that the build made from tests/abi."""
    return BUILD / "tests" / "abi" / name


def sanitized():
    return black_box.sanitized(BUILD)


@contextlib.contextmanager
def simulator():
    """Ends the simulator, if tests have started it."""
    global _running
    with contextlib.ExitStack() as stack:
        _running = stack
        yield
    _running = None


class LibraryTest(black_box.FolderTest):
    longMessage = True

    def must_run(self, *command, **options):
        """The output of a command that must succeed."""
        options.setdefault("timeout", 300)
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, **options)
        self.assertEqual(done.returncode, 0, f"{' '.join(map(str, command))}\n{done.stdout}")
        return done.stdout


class ServerTest(LibraryTest):
    """Tests with a simulator. Each test finds it as it was at its start."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "INFRA_TEST_URL" not in os.environ:
            _running.enter_context(rigs.simulator(BUILD / "simulator" / "infra-simulator"))
        cls.server = contract.Server(os.environ["INFRA_TEST_URL"], os.environ["INFRA_TEST_CA_FILE"])
        os.environ["INFRA_TEST_KIND"] = "simulator"
        cls.admin = os.environ["INFRA_TEST_ADMIN_KEY"]

    def setUp(self):
        super().setUp()
        self.control("POST", "/reset")

    def control(self, method, path, body=None):
        answer = self.server.request(method, "/_simulator" + path, body, token=os.environ["INFRA_TEST_CONTROL_TOKEN"], version=None)
        self.assertIn(answer.status, (200, 204), answer.text)
        return answer.json if answer.raw else None

    def requests(self):
        """The requests that reached the server since the last call, as "METHOD /path"."""
        seen = [f"{each['method']} {each['path'].split('?')[0]}" for each in self.control("GET", "/requests")["requests"]]
        self.control("DELETE", "/requests")
        return seen

    def keys(self):
        return self.control("GET", "/state")["keys"]

    def api(self, method, path, body=None):
        return self.server.request(method, path, body, token=self.admin)

    def user_id(self, name):
        return self.api("GET", f"/api/users?showSystem=true&name={name}").json["items"][0]["id"]

    def new_user(self):
        name = f"t{secrets.token_hex(6)}@example.com"
        answer = self.api("POST", "/api/users", {"name": name})
        self.assertEqual(answer.status, 201, answer.text)
        return answer.json["id"], name

    def options(self, **more):
        """The options of a client of the simulator."""
        options = {"host": os.environ["INFRA_TEST_URL"], "access_key": self.admin,
                   "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"]}
        options.update(more)
        return {name: value for name, value in options.items() if value is not None}

    def client(self, **more):
        import infrastate
        client = infrastate.Client(**self.options(**more))
        self.addCleanup(client.close)
        return client


def program_environment(**more):
    """For programs in other languages: the server, and the path of the library."""
    kept = {"PATH", "HOME", "TMPDIR", "LANG"}
    if sanitized():
        kept |= {"LD_PRELOAD", "ASAN_OPTIONS"}  # set by tests/abi/run
    environment = {name: value for name, value in os.environ.items() if name in kept or name.startswith(("INFRA_TEST_", "GO"))}
    environment["INFRASTATE_LIBRARY"] = str(library())
    environment["LD_LIBRARY_PATH"] = str(library().parent)
    environment.update(more)
    return environment


def loads(text):
    """Reads JSON in which no object has a name twice."""
    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"a name stands twice: {names}"
        return dict(pairs)
    return json.loads(text, object_pairs_hook=once)
