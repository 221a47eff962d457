# SPDX-License-Identifier: Apache-2.0
"""The two playbooks that users start from."""

import os
import re

import play


class PlaybookTest(play.BookCase):
    def test_the_values_hold_a_secret_that_works_and_survive_a_second_run(self):
        run = self.run_book("create_connector_key.yml")
        self.assertGreater(self.changed(run), 0)
        text = self.values.read_text()
        self.assertEqual(self.values.stat().st_mode & 0o777, 0o600)
        secret = re.search(r"accessKey: \"?([A-Za-z0-9]{10}\.[A-Za-z0-9]{24})", text)[1]
        self.assertEqual(self.status(secret), 200)
        self.assertIn(os.environ["INFRA_TEST_URL"], text)
        self.assertIn(self.name, text)
        run = self.run_book("create_connector_key.yml")
        self.assertEqual(self.changed(run), 0)
        self.assertEqual(self.values.read_text(), text)

    def test_a_lost_values_file_stops_the_play_and_says_what_to_do(self):
        run = self.run_book("create_connector_key.yml")
        self.changed(run)
        self.values.unlink()
        run = self.run_book("create_connector_key.yml")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("connector_key_recreate=always", run.stdout)
        run = self.run_book("create_connector_key.yml", "-e", "connector_key_recreate=always")
        self.assertGreater(self.changed(run), 0)
        self.assertTrue(self.values.exists())
        self.assertEqual(len(self.rows(self.connector, name=self.name + "-connector")), 1)

    def test_removal_leaves_neither_key_nor_file(self):
        run = self.run_book("create_connector_key.yml")
        self.changed(run)
        run = self.run_book("remove_connector_key.yml")
        self.assertGreater(self.changed(run), 0)
        self.assertEqual(self.rows(self.connector, name=self.name + "-connector"), [])
        self.assertFalse(self.values.exists())
        run = self.run_book("remove_connector_key.yml")
        self.assertEqual(self.changed(run), 0)
