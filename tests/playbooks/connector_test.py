# SPDX-License-Identifier: Apache-2.0
"""Infra's own connector on the real server, with keys that the module made: once by hand, and once rotated by
the playbook. A witness meanwhile tries the key that the connector holds."""

import datetime
import os
import pathlib
import shlex
import subprocess
import threading
import time

import keeping
import play

CONNECTOR = str(play.ROOT / "tests" / "realserver" / "infra-connector")
EVERY = 0.1
UNAUTHORIZED = 401


def connector(command, name, *more):
    return subprocess.run([CONNECTOR, command, "--server-dir", os.environ["INFRA_TEST_RIG_DIR"], "--name", name, *more],
                          capture_output=True, text=True)


class ConnectorTest(play.PlayCase):
    def test_infras_own_connector_connects_with_the_key(self):
        (made,) = self.play(self.arguments())
        key_file = self.scratch / "connector.key"
        # The connector takes a line break for a part of the key.
        key_file.write_text(made["secret"])
        key_file.chmod(0o600)
        self.addCleanup(connector, "stop", self.name)
        started = connector("start", self.name, "--key-file", str(key_file))
        self.assertEqual(started.returncode, 0, started.stdout + started.stderr)
        shown = self.call("GET", "/api/destinations", status=200).json["items"]
        self.assertIn((self.name, True), [(each["name"], each["connected"]) for each in shown])

    def wait_for(self, *variables):
        """Runs wait_for_connector.yml: its exit code and its output."""
        books = play.ROOT / "playbooks"
        words = [word for each in (f"connector_name={self.name}", *variables) for word in ("-e", each)]
        run = play.ansible_playbook(
            books / "wait_for_connector.yml", "-i", str(books / "inventory"), *words, INFRA_HOST=os.environ["INFRA_TEST_URL"],
            INFRA_ACCESS_KEY=os.environ["INFRA_TEST_ADMIN_KEY"], INFRA_SERVER_CERTIFICATE_FILE=os.environ["INFRA_TEST_CA_FILE"])
        return run.returncode, run.stdout + run.stderr

    def test_a_play_waits_until_infras_own_connector_works(self):
        code, said = self.wait_for("connector_wait_timeout=2s")
        self.assertNotEqual(code, 0, said)
        self.assertIn(f"there is still no destination '{self.name}'", said)
        (made,) = self.play(self.arguments())
        key_file = self.scratch / "connector.key"
        key_file.write_text(made["secret"])
        self.addCleanup(connector, "stop", self.name)
        start = ("start", self.name, "--key-file", str(key_file))
        self.assertEqual(connector(*start).returncode, 0)
        code, said = self.wait_for()
        self.assertEqual(code, 0, said)
        self.assertIn(f"destination '{self.name}' is connected", said)
        # A connector that has stopped still counts as connected, but it cannot be seen after that time.
        connector("stop", self.name)
        self.assertEqual(self.wait_for()[0], 0)
        time.sleep(1.1)
        before = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        for since in (before, "now"):
            code, said = self.wait_for(f"connector_seen_after={since}", "connector_wait_timeout=2s")
            self.assertNotEqual(code, 0, said)
            self.assertIn("gave no sign of life after", said)
        self.assertEqual(connector(*start).returncode, 0)
        code, said = self.wait_for(f"connector_seen_after={before}")
        self.assertEqual(code, 0, said)


class Witness(threading.Thread):
    """Tries the key that the connector holds, again and again, and records the server's answers."""

    def __init__(self, server, held):
        super().__init__(daemon=True)
        self.server, self.held = server, pathlib.Path(held)
        self.seen = []  # (secret, status)
        self.over = threading.Event()

    def run(self):
        line = self.server.connect()
        while not self.over.wait(EVERY):
            try:
                secret = self.held.read_text()
            except FileNotFoundError:
                continue
            # Half a file: the connector is just being started with the other key.
            if not keeping.SECRET.match(secret):
                continue
            line.request("GET", "/api/users/self", headers={"Infra-Version": "0.20.0", "Authorization": f"Bearer {secret}"})
            answer = line.getresponse()
            answer.read()
            self.seen.append((secret, answer.status))
        line.close()

    def since(self, mark):
        return self.seen[mark:]

    def refusals(self, mark=0):
        return [secret[:4] for secret, status in self.since(mark) if status == UNAUTHORIZED]


class RotationTest(keeping.KeepingCase):
    """rotate_connector_key.yml, whose handler restarts a connector."""

    def setUp(self):
        super().setUp()
        self.addCleanup(connector, "stop", self.name)
        self.restart = self.scratch / "restart"
        where = f"--server-dir {shlex.quote(os.environ['INFRA_TEST_RIG_DIR'])} --name {self.name}"
        self.restart.write_text(f"""#!/bin/sh
# As a service manager does: what does not run is started.
echo restart >>{self.scratch}/restarts
if {CONNECTOR} status {where}; then exec {CONNECTOR} restart {where}; fi
exec {CONNECTOR} start {where} --key-file {self.file}
""")
        self.restart.chmod(0o755)

    def rotate(self, *more):
        books = play.ROOT / "playbooks"
        given = {"connector_host_key_name": self.name, "connector_secret_file": self.file, "connector_key_overlap": "1h",
                 "connector_key_expires_in": "100h", "connector_key_renew_splay": "1h", "connector_restart_command": self.restart}
        words = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
        run = play.ansible_playbook(
            books / "rotate_connector_key.yml", "-i", str(books / "inventory"), *words, *more, INFRA_HOST=os.environ["INFRA_TEST_URL"],
            INFRA_ACCESS_KEY=os.environ["INFRA_TEST_ADMIN_KEY"], INFRA_SERVER_CERTIFICATE_FILE=os.environ["INFRA_TEST_CA_FILE"])
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        if self.file.exists():
            self.assertNotIn(self.file.read_text(), run.stdout + run.stderr)
        return run.stdout

    def restarts(self):
        notes = self.scratch / "restarts"
        return len(notes.read_text().splitlines()) if notes.exists() else 0

    def a_second_from_now(self):
        """A time after the creation of every existing key, and not in the future."""
        time.sleep(2.1)
        return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def rotate_now(self, *more):
        return self.rotate("-e", f"connector_key_rotate_if_created_before={self.a_second_from_now()}", *more)

    def held(self):
        described = connector("env", self.name)
        self.assertEqual(described.returncode, 0, described.stderr)
        return dict(word.split("=", 1) for word in shlex.split(described.stdout))

    def wait_for_use(self, id):
        """Waits until the server has recorded that the key was used since it was made; it records every 2 s."""
        for _ in range(100):
            (row,) = [row for row in self.family() if row["id"] == id]
            if row["lastUsed"] and row["lastUsed"] > row["created"]:
                return
            time.sleep(0.2)
        self.fail("the connector does not use its key")

    def assert_no_refusal(self, witness, mark=0):
        self.assertEqual({status for _, status in witness.since(mark)}, {200})

    def test_a_rotation_with_overlap_is_no_outage_and_a_replacement_without_is(self):
        self.rotate()
        old = self.secret_in(self.file)
        (old_row,) = self.family()
        self.assertEqual(self.restarts(), 1)
        witness = Witness(self.server, self.held()["INFRA_TEST_CONNECTOR_HELD_KEY_FILE"])
        witness.start()
        self.addCleanup(witness.over.set)
        before = self.held()["INFRA_TEST_CONNECTOR_PID"]

        self.assertIn("a new key was made beside it", self.rotate_now())
        new = self.secret_in(self.file)
        new_row = self.family()[-1]
        self.assertEqual([row["id"] for row in self.family()], [old_row["id"], new_row["id"]])
        self.assertNotEqual(old, new)
        self.assertEqual(self.restarts(), 2)
        self.assertNotEqual(self.held()["INFRA_TEST_CONNECTOR_PID"], before)
        self.assertEqual((self.status(old), self.status(new)), (200, 200))

        # Within the overlap there is nothing to do, however often the play runs.
        self.assertRegex(self.rotate(), "changed=0 ")
        self.assertEqual(len(self.family()), 2)

        self.pass_time(3700)
        self.wait_for_use(new_row["id"])
        self.assertIn("a predecessor was deleted", self.rotate())
        self.assertEqual([row["id"] for row in self.family(expired=True)], [new_row["id"]])
        self.assertEqual((self.status(old), self.status(new)), (UNAUTHORIZED, 200))
        self.assertRegex(self.rotate(), "changed=0 ")
        self.assertEqual(self.restarts(), 2)

        # The witness has tried both keys, and none was refused.
        self.assertGreater(len(witness.seen), 20)
        self.assertEqual({secret for secret, _ in witness.seen}, {old, new})
        self.assert_no_refusal(witness)
        self.assertNotIn("unauthorized", pathlib.Path(self.held()["INFRA_TEST_CONNECTOR_LOG"]).read_text())

        # The witness can see a refusal: the same play without an overlap causes one.
        mark = len(witness.seen)
        self.assertIn("it was replaced", self.rotate_now("-e", "connector_key_overlap=0s"))
        replaced = self.secret_in(self.file)
        self.assertEqual(len(self.family(expired=True)), 1)
        self.assertEqual(self.restarts(), 3)
        self.assertIn(new[:4], witness.refusals(mark))
        mark = len(witness.seen)
        time.sleep(1)
        self.assertEqual(set(witness.since(mark)), {(replaced, 200)})
        witness.over.set()
        witness.join()

    def test_a_connector_that_was_not_restarted_keeps_its_old_key_and_is_restarted_later(self):
        self.rotate()
        old = self.secret_in(self.file)
        # The restart does not happen, as if the run had been ended before its handlers.
        self.rotate_now("-e", "connector_restart_command=true")
        self.pass_time(3700)
        self.assertEqual(self.status(old), 200)
        (old_row, new_row) = self.family()
        self.wait_for_use(old_row["id"])
        said = self.rotate()
        self.assertIn("still using the old key", said)
        self.assertEqual((len(self.family()), self.restarts()), (2, 2))
        self.wait_for_use(new_row["id"])
        self.assertIn("a predecessor was deleted", self.rotate())
        self.assertEqual([row["id"] for row in self.family(expired=True)], [new_row["id"]])
        self.assertEqual(self.status(old), UNAUTHORIZED)
