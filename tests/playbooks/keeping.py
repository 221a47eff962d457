# SPDX-License-Identifier: Apache-2.0
"""Shared by tests of kept secrets: a secret file, the rows of a family, and a way to let time pass."""

import json
import os
import pathlib
import re

import play
import rigs
import server

SECRET = re.compile(r"^[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}$")
# Well-formed, but no key's secret.
WRONG = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"


def words(result):
    return {field: result.get(field) for field in ("changed", "reason", "actions")}


class KeepingCase(play.PlayCase):
    def setUp(self):
        super().setUp()
        self.file = self.scratch / "app.key"

    def kept(self, **more):
        return self.arguments(secret_file=str(self.file), **more)

    def family(self, name=None, expired=False, owner=None):
        """Rows of the name and of its rotations; only live ones unless `expired`."""
        name = name or self.name
        rows = self.rows(owner or self.connector, expired=expired)
        return sorted((row for row in rows if row["name"] == name or row["name"].startswith(name + ".rot-")),
                      key=lambda row: (row["created"], row["name"]))

    def secret_in(self, file):
        """The secret in the file. The file must hold nothing else, and only its owner may read it."""
        text = pathlib.Path(file).read_text()
        self.assertRegex(text, SECRET)
        self.assertEqual(pathlib.Path(file).stat().st_mode & 0o777, 0o600)
        return text

    def check_kept(self, result, file=None, status="good"):
        """What a good run promises: one live key, and the file's secret opens it."""
        file = file or self.file
        self.assertFalse(result.get("failed"), result)
        self.assertEqual(result["secret_state"], status, result)
        self.assertEqual((result["secret_known"], result["secret"]), (True, self.secret_in(file)))
        self.assertEqual(self.status(result["secret"]), 200)
        self.assertIn(result["id"], result["live_keys"])

    def beside(self, file):
        """The files of this software beside a secret file, without the lock."""
        file = pathlib.Path(file)
        return sorted(each.name for each in file.parent.iterdir()
                      if each.name.startswith(f".{file.name}.infrastate") and not each.name.endswith(".lock"))

    def pass_time(self, seconds, prefix=None):
        """Makes the keys whose names begin so (this test's, by default) older: moves their creation, last use and
        end. On the simulator the clock moves instead, for all keys."""
        if self.kind == "simulator":
            answer = self.server.request("POST", "/_simulator/clock", {"advance": f"{seconds}s"},
                                         token=os.environ["INFRA_TEST_CONTROL_TOKEN"])
            self.assertEqual(answer.status, 200, answer.text)
            return
        rigs.make_older(prefix or self.name, seconds)

    def seconds_after(self, then, now):
        return server.moment(now) - server.moment(then)

    def book(self, tasks, *arguments, hosts=("localhost",), variables=None, **play_keywords):
        """Runs one play on these hosts, which are all this machine. Returns the finished process and, for each
        host, what was registered as `key`, also after a failure of that task."""
        results = self.scratch / "by-host"
        results.mkdir(exist_ok=True)
        for old in results.iterdir():
            old.unlink()
        note = {"ansible.builtin.copy": {"content": "{{ key | to_json }}", "dest": f"{results}/{{{{ inventory_hostname }}}}", "mode": "0600"},
                "check_mode": False, "diff": False, "no_log": True}
        path = self.scratch / "a-book.yml"
        path.write_text(json.dumps([{"hosts": ",".join(hosts), "gather_facts": False, "connection": "local", "vars": variables or {},
                                     "tasks": [*tasks, note], **play_keywords}]))
        run = play.ansible_playbook(path, "-i", ",".join(hosts) + ",", *arguments)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run, {each.name: json.loads(each.read_text()) for each in sorted(results.iterdir())}
