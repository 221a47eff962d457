# SPDX-License-Identifier: Apache-2.0
"""Plays with the collection: where it is installed, how one is run, and what must not be in its output."""

import json
import os
import pathlib
import re
import secrets
import subprocess

import black_box
import cores
import server
from release import collection

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PATIENCE = 300
NAME = "infrastate.infra.infra_access_key"
INFO = "infrastate.infra.infra_access_key_info"
SECRET = re.compile(r"\b[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}\b")
BUILD = EXECUTABLE = ANSIBLE = COLLECTIONS = SCRATCH = None


def install(folder, executables=None):
    """The collection in a folder for ANSIBLE_COLLECTIONS_PATH."""
    collection.assemble({"x86_64": EXECUTABLE} if executables is None else executables, folder)
    return folder


def at(folder):
    """The variables that make Ansible take the collection in that folder, under both of their names."""
    return {"ANSIBLE_COLLECTIONS_PATH": str(folder), "ANSIBLE_COLLECTIONS_PATHS": str(folder)}


def provided(test, get, *arguments):
    """What a function of cores.py gives; ends the test where it cannot be had here."""
    try:
        return get(*arguments)
    except cores.Missing as why:
        test.missing(str(why))


def prepare(scratch):
    global COLLECTIONS, SCRATCH
    SCRATCH = scratch
    scratch.chmod(0o755)  # for the tests of a limited user
    COLLECTIONS = install(scratch / "collections")


class Run:
    """A play that was run, with what its tasks have registered."""

    def __init__(self, done, results):
        self.code, self.output = done.returncode, done.stdout + done.stderr
        self.results = results

    def __getitem__(self, number):
        return self.results[number]


class PlayTest(black_box.FolderTest, server.ContractTest):
    """Each test has a home and names of its own. No output of any play holds a secret."""

    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.home.mkdir()
        self.name = "play-" + secrets.token_hex(4)
        self.file = self.folder / "key"
        self.inventory = {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}}

    def connection(self):
        return {"host": os.environ["INFRA_TEST_URL"], "access_key": os.environ["INFRA_TEST_ADMIN_KEY"],
                "server_certificate": pathlib.Path(os.environ["INFRA_TEST_CA_FILE"]).read_text()}

    def task(self, module=NAME, keywords=None, **arguments):
        return {module: {**self.connection(), **arguments}, **(keywords or {})}

    def key(self, keywords=None, **arguments):
        """A task that keeps this test's key in this test's file."""
        return self.task(keywords=keywords, **{"name": self.name, "secret_file": str(self.file), **arguments})

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("INFRA", "ANSIBLE_")) and not name.lower().endswith("_proxy")}
        kept.update(HOME=str(self.home), PATH=f"{ANSIBLE}:{kept['PATH']}", ANSIBLE_NOCOLOR="1", **at(COLLECTIONS), ANSIBLE_DEPRECATION_WARNINGS="0", ANSIBLE_LOCALHOST_WARNING="0",
                    ANSIBLE_HOST_KEY_CHECKING="0", LC_ALL="C.UTF-8", ANSIBLE_ASYNC_DIR=str(self.folder / "async"))
        kept.update(more)
        return kept

    def play(self, *tasks, arguments=(), settings=None, secret=False, **more):
        """Runs the tasks; a failed one does not end the play. `secret`: the output may hold one."""
        listed = []
        for number, task in enumerate(tasks):
            listed.append({**task, "register": f"r{number}", "ignore_errors": True})
        results = self.folder / "results.json"
        results.unlink(missing_ok=True)
        all_of_them = "[" + ", ".join(f"r{number}" for number in range(len(tasks))) + "]"
        # Written on the controller, whatever the target is.
        listed.append({"ansible.builtin.copy": {"content": "{{ " + all_of_them + " | to_json }}", "dest": str(results), "mode": "0600"},
                       "check_mode": False, "no_log": True, "delegate_to": "localhost", "become": False,
                       "vars": {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}})
        book = self.folder / "play.yml"
        book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": listed, **(settings or {})}]))
        hosts = self.folder / "hosts.json"
        hosts.write_text(json.dumps({"all": {"hosts": self.inventory}}))
        done = self.ansible("ansible-playbook", "-i", hosts, *arguments, book, **more)
        run = Run(done, json.loads(results.read_text()) if results.is_file() else None)
        if not secret:
            self.check_output(run)
        self.assertIsNotNone(run.results, run.output)
        return run

    def ansible(self, program, *arguments, **more):
        return subprocess.run([ANSIBLE / program, *map(str, arguments)], capture_output=True, text=True, env=self.environment(**more), cwd=self.folder,
                              timeout=PATIENCE, stdin=subprocess.DEVNULL)

    def check_output(self, run):
        found = [run.output[max(0, match.start() - 200):match.end() + 50] for match in SECRET.finditer(run.output)]
        self.assertEqual(found, [], "the output holds what looks like a secret")

    def kept_folders(self, home=None):
        """Folders in which an executable is kept on the target."""
        base = (home or self.home) / ".ansible" / "infrastate"
        return sorted(path.name for path in base.iterdir()) if base.is_dir() else []
