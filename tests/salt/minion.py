# SPDX-License-Identifier: Apache-2.0
"""A minion without a master for each test: its configuration, files and pillar in the test's folder. Runs salt-call
or asks Salt in a process that stays, and looks for secrets in all that Salt says and leaves behind."""

import json
import os
import pathlib
import pwd
import re
import subprocess

import black_box
from server import ContractTest

HERE = pathlib.Path(__file__).resolve().parent
SALT = None  # set by tests/salt/run, as are the next ones
EXECUTABLE = None
PATIENCE = 300
# What differs between two keys that are alike.
OWN = ((r"\bid [1-9A-HJ-NP-Za-km-z]{9,11}\b", "id ID"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"), (r"\.rot-(\d+)-[0-9a-f]{8}", r".rot-\1-HEX"))


def environment(**more):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("INFRA", "SALT")) and not name.lower().endswith("_proxy")}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **more}


def me():
    """The name of the user who runs the tests."""
    return pwd.getpwuid(os.geteuid()).pw_name


class Answer:
    """What one salt-call said."""

    def __init__(self, done):
        self.code, self.text, self.log = done.returncode, done.stdout, done.stderr

    @property
    def value(self):
        return json.loads(self.text)["local"]

    @property
    def states(self):
        """The returns of states by the id of each."""
        return {each["__id__"]: each for each in sorted(self.value.values(), key=lambda each: each["__run_num__"])}


class MinionTest(black_box.FolderTest, ContractTest):
    def setUp(self):
        super().setUp()
        self.owner, self.user = self.new_user()
        self.key_file = self.folder / "kept" / "app.key"
        self.key_file.parent.mkdir()
        self.admin_file = self.folder / "admin.key"
        self.admin_file.write_text(self.admin)
        self.admin_file.chmod(0o600)
        self.etc, self.files, self.pillar = (self.folder / name for name in ("etc", "states", "pillar"))
        for folder in (self.etc, self.files, self.pillar):
            folder.mkdir()
        self.secrets = {self.admin}
        # Files that hold a secret because the user wants it so.
        self.keepers = {self.admin_file, self.key_file}
        self.said = []
        self._process = None
        self.configure()
        self.addCleanup(self.look_for_secrets)

    def profile(self, **more):
        return {"host": os.environ["INFRA_TEST_URL"], "access_key_file": str(self.admin_file),
                "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"], **more}

    @property
    def log(self):
        """Salt puts its log below root_dir."""
        return self.folder / "root" / "minion.log"

    def configure(self, infra=Ellipsis, pillar=None, **more):
        """Writes the configuration; `infra` None: without a profile."""
        options = {"id": "minion", "file_client": "local", "root_dir": str(self.folder / "root"), "log_level_logfile": "all",
                   "file_roots": {"base": [str(self.files)]}, "pillar_roots": {"base": [str(self.pillar)]}, "pki_dir": str(self.folder / "pki"),
                   "log_file": "/minion.log", "grains": {}, "enable_fqdns_grains": False, "enable_gpu_grains": False, "module_dirs": [str(HERE / "drivers")], **more}
        if infra is not None:
            options["infra"] = self.profile() if infra is Ellipsis else infra
        (self.etc / "minion").write_text(json.dumps(options))
        (self.pillar / "top.sls").write_text(json.dumps({"base": {"*": ["data"]}}))
        (self.pillar / "data.sls").write_text(json.dumps(pillar or {}))

    # salt-call

    def salt_call(self, *words, level="all", env=None, check=True):
        command = [str(SALT.call), "--local", "-c", str(self.etc), "--retcode-passthrough", "--out=json", "-l", level, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment(**(env or {})), check=False,
                              stdin=subprocess.DEVNULL)
        self.learn()
        self.said += [done.stdout, done.stderr]
        if check:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr[-3000:])
        return Answer(done)

    def states(self, tree):
        """Writes the states as app.sls. JSON is YAML."""
        (self.files / "app.sls").write_text(json.dumps(tree))

    def state(self, function="present", **arguments):
        """One state of a key in the form of an SLS file."""
        arguments = {"user": self.user, "secret_file": str(self.key_file), **arguments}
        return {f"infra_access_key.{function}": [{name: value} for name, value in arguments.items() if value is not None]}

    def apply(self, tree, *words, **options):
        self.states(tree)
        return self.salt_call("state.apply", "app", *words, **options)

    # A process that stays

    def ask(self, what, *arguments, **named):
        """Calls a function of Salt in the process. An error comes back as {"error": its text, "kind": its class}."""
        if self._process is None:
            self._process = subprocess.Popen([str(SALT.python), str(HERE / "asked.py"), str(self.etc)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=open(self.folder / "asked.log", "w", encoding="utf-8"), text=True, env=environment())
            self.addCleanup(self._end)
        self._process.stdin.write(json.dumps({"what": what, "arguments": arguments, "named": named}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        self.assertTrue(line, (self.folder / "asked.log").read_text()[-3000:])
        self.learn()
        self.said.append(line)
        return json.loads(line)

    def _end(self):
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def single(self, function, test=False, **arguments):
        """The return of one state."""
        arguments = {name: value for name, value in arguments.items() if value is not None}
        answer = self.ask("state.single", function, test=test, **arguments)
        self.assertEqual(len(answer), 1, answer)
        return next(iter(answer.values()))

    # The executable

    def executable(self, check=False, **arguments):
        given = {**self.profile(), **arguments, "_ansible_check_mode": check}
        done = subprocess.run([str(EXECUTABLE)], input=json.dumps(given), capture_output=True, text=True, env=environment(), timeout=PATIENCE, check=False)
        return json.loads(done.stdout)

    # Secrets

    def learn(self):
        """Remembers the secret that is kept now."""
        if self.key_file.is_file() and self.key_file.read_text():
            self.secrets.add(self.key_file.read_text())

    def look_for_secrets(self):
        texts = {"what Salt said": "\n".join(self.said)}
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self.keepers and path.name != f".{self.key_file.name}.infrastate.new":
                texts[str(path)] = path.read_text(errors="replace")
        for where, text in texts.items():
            for secret in self.secrets:
                found = text.find(secret)
                self.assertEqual(found, -1, f"a secret is in {where}: ...{text[max(0, found - 300):found]}")

    def opens(self, secret):
        answer = self.server.request("GET", "/api/users/self", token=secret)
        return answer.json["id"] if answer.status == 200 else None

    def live(self):
        return sorted(row["name"] for row in self.rows(self.owner, expired=False))


def alike(text, *names):
    """The text without what differs between two keys that are alike."""
    for name in names:
        text = text.replace(name, "NAME")
    for pattern, word in OWN:
        text = re.sub(pattern, word, text)
    return text
