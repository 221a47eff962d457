# SPDX-License-Identifier: Apache-2.0
"""The two playbooks that users start from."""

import os
import re

import play

BOOKS = play.ROOT / "playbooks"


class PlaybookTest(play.PlayCase):
    def run_book(self, book, *arguments):
        values = self.scratch / "values.yml"
        run = play.ansible_playbook(
            BOOKS / book, "-i", str(BOOKS / "inventory"), "-e", f"connector_name={self.name}",
            "-e", f"connector_values_file={values}", *arguments,
            INFRA_HOST=os.environ["INFRA_TEST_URL"], INFRA_ACCESS_KEY=os.environ["INFRA_TEST_ADMIN_KEY"],
            INFRA_SERVER_CERTIFICATE_FILE=os.environ["INFRA_TEST_CA_FILE"])
        for secret in re.findall(r"accessKey: \"?([A-Za-z0-9.]{35})", values.read_text() if values.exists() else ""):
            self.assertNotIn(secret, run.stdout + run.stderr)
        return run, values

    def changed(self, run):
        """How many tasks changed something, over all hosts of the recap."""
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return sum(int(count) for count in re.findall(r"changed=(\d+)", run.stdout))

    def key_name(self):
        return self.name + "-connector"

    def test_the_values_hold_a_secret_that_works_and_survive_a_second_run(self):
        run, values = self.run_book("create_connector_key.yml")
        self.assertGreater(self.changed(run), 0)
        text = values.read_text()
        self.assertEqual(values.stat().st_mode & 0o777, 0o600)
        secret = re.search(r"accessKey: \"?([A-Za-z0-9]{10}\.[A-Za-z0-9]{24})", text)[1]
        self.assertEqual(self.server.request("GET", "/api/users/self", token=secret).status, 200)
        self.assertIn(os.environ["INFRA_TEST_URL"], text)
        self.assertIn(self.name, text)
        run, values = self.run_book("create_connector_key.yml")
        self.assertEqual(self.changed(run), 0)
        self.assertEqual(values.read_text(), text)

    def test_a_lost_values_file_stops_the_play_and_says_what_to_do(self):
        run, values = self.run_book("create_connector_key.yml")
        self.changed(run)
        values.unlink()
        run, values = self.run_book("create_connector_key.yml")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("connector_key_recreate=always", run.stdout)
        run, values = self.run_book("create_connector_key.yml", "-e", "connector_key_recreate=always")
        self.assertGreater(self.changed(run), 0)
        self.assertTrue(values.exists())
        self.assertEqual(len(self.rows(self.connector, name=self.key_name())), 1)

    def test_removal_leaves_neither_key_nor_file(self):
        run, values = self.run_book("create_connector_key.yml")
        self.changed(run)
        run, values = self.run_book("remove_connector_key.yml")
        self.assertGreater(self.changed(run), 0)
        self.assertEqual(self.rows(self.connector, name=self.key_name()), [])
        self.assertFalse(values.exists())
        run, values = self.run_book("remove_connector_key.yml")
        self.assertEqual(self.changed(run), 0)
