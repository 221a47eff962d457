# SPDX-License-Identifier: Apache-2.0
"""Runs tasks with ansible-playbook and returns what they registered. Counts the requests that the server
received. All files are in the scratch folder of the run."""

import json
import os
import pathlib
import re
import secrets
import subprocess
import tempfile
import unittest

import server

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PATIENCE = 300
# One executable; its name says which module it is.
MODULES = ("infra_access_key", "infra_access_key_info", "infra_destination_info")


def environment(**more):
    """The environment of a user's shell, without the INFRA_* and proxy variables of the test machine."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("INFRA_", "ANSIBLE_")) and not name.lower().endswith("_proxy")}
    scratch = pathlib.Path(os.environ["INFRASTATE_SCRATCH"])
    library = scratch / "library"
    if not library.exists():
        library.mkdir()
        for module in MODULES:
            (library / module).symlink_to(os.environ["INFRASTATE_MODULE"])
    kept.update(HOME=str(scratch), ANSIBLE_LIBRARY=str(library), ANSIBLE_LOCAL_TEMP=str(scratch / "local"),
                ANSIBLE_REMOTE_TEMP=str(scratch / "remote"), ANSIBLE_ASYNC_DIR=str(scratch / "async"), ANSIBLE_NOCOLOR="1", ANSIBLE_DEPRECATION_WARNINGS="0",
                ANSIBLE_PYTHON_INTERPRETER="/usr/bin/python3", ANSIBLE_RETRY_FILES_ENABLED="0")
    kept.update(more)
    return kept


def ansible_playbook(path, *arguments, cwd=None, **more):
    return subprocess.run(["ansible-playbook", "-i", "localhost,", "-c", "local", str(path), *arguments], cwd=cwd,
                          env=environment(**more), capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)


class PlayCase(server.ContractTest):
    """Each test uses key names of its own, so that no test depends on another."""

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(dir=os.environ["INFRASTATE_SCRATCH"]))
        self.name = "play-" + secrets.token_hex(4)

    def connection(self):
        return {"host": os.environ["INFRA_TEST_URL"], "access_key": os.environ["INFRA_TEST_ADMIN_KEY"],
                "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"]}

    def arguments(self, **more):
        return {**self.connection(), "name": self.name, **more}

    def play(self, *tasks):
        """Each task is the module's arguments, or {"module": arguments, keyword: value} with Ansible's keywords,
        or the same with "info" for the other module, or {"task": a whole task}. Returns the list of what they
        registered. A failed task does not end the play."""
        plays = []
        for number, task in enumerate(tasks):
            task = dict(task) if {"module", "info", "task"} & set(task) else {"module": task}
            for word, module in (("module", "infra_access_key"), ("info", "infra_access_key_info")):
                if word in task:
                    task[module] = task.pop(word)
            plays.append({**task.pop("task", {}), "register": f"r{number}", "ignore_errors": True, **task})
        results = self.scratch / "results.json"
        listed = "[" + ", ".join(f"r{number}" for number in range(len(tasks))) + "]"
        plays.append({"ansible.builtin.copy": {"content": "{{ " + listed + " | to_json }}", "dest": str(results), "mode": "0600"},
                      "check_mode": False, "no_log": True})
        book = self.scratch / "book.yml"
        book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": plays}]))
        run = ansible_playbook(book)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.output = run.stdout + run.stderr
        return json.loads(results.read_text())

    def requests(self):
        """Method and path of every request that the server has received so far."""
        if os.environ["INFRA_TEST_KIND"] == "simulator":
            token = os.environ["INFRA_TEST_CONTROL_TOKEN"]
            answer = self.server.request("GET", "/_simulator/requests", token=token)
            return [(each["method"], each["path"]) for each in answer.json["requests"]]
        found = []
        for line in pathlib.Path(os.environ["INFRA_TEST_SERVER_LOG"]).read_text().splitlines():
            if '"path"' in line and '"method"' in line:
                entry = json.loads(line)
                found.append((entry["method"], entry["path"]))
        return found

    def requests_of(self, *tasks):
        before = len(self.requests())
        results = self.play(*tasks)
        return results, self.requests()[before:]

    def listed(self):
        """The connector's keys with this test's name, dead ones included."""
        return self.rows(self.find_user("connector"), name=self.name)


class BookCase(PlayCase):
    """Runs one of the repository's playbooks, with a values file of this test's own. It does not use the
    machine's helm, which would change a cluster."""

    def setUp(self):
        super().setUp()
        self.values = self.scratch / "values.yml"

    def run_book(self, book, *arguments, **more):
        books = ROOT / "playbooks"
        run = ansible_playbook(
            books / book, "-i", str(books / "inventory"), "-e", f"connector_name={self.name}",
            "-e", f"connector_values_file={self.values}", "-e", "connector_use_helm=false", *arguments,
            INFRA_HOST=os.environ["INFRA_TEST_URL"], INFRA_ACCESS_KEY=os.environ["INFRA_TEST_ADMIN_KEY"],
            INFRA_SERVER_CERTIFICATE_FILE=os.environ["INFRA_TEST_CA_FILE"], **more)
        for secret in re.findall(r"accessKey: \"?([A-Za-z0-9.]{35})", self.values.read_text() if self.values.exists() else ""):
            self.assertNotIn(secret, run.stdout + run.stderr)
        return run

    def changed(self, run):
        """How many tasks changed something, over all hosts of the recap."""
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return sum(int(count) for count in re.findall(r"changed=(\d+)", run.stdout))


unittest.TestCase.maxDiff = None
