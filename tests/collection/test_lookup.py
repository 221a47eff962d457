# SPDX-License-Identifier: Apache-2.0
"""The lookup kept_secret: gives the secret of the key asked for, or says why not."""

import json
import os

import support


class LookupTest(support.PlayTest):
    def look(self, *, path=None, **options):
        words = "".join(f", {name}='{value}'" for name, value in options.items())
        return {"ansible.builtin.set_fact": {"found": "{{ lookup('infrastate.infra.kept_secret', '%s'%s) }}" % (path or self.file, words)}, "no_log": True}

    def found(self, result):
        return result["ansible_facts"]["found"]

    def message(self, **options):
        """The lookup's own sentence; no_log would hide it, and no secret is in it."""
        task = {**self.look(**options), "no_log": False}
        run = self.play(task)
        self.assertTrue(run[0]["failed"])
        return run[0]["msg"]

    def test_it_gives_the_secret_of_the_key(self):
        made = self.play(self.key())
        run = self.play(self.look(), self.look(key_name=self.name), self.look(key_name=self.name, user="connector", host=os.environ["INFRA_TEST_URL"].upper() + "/"))
        for result in run.results:
            self.assertEqual(self.found(result), made[0]["secret"])

    def test_it_refuses_the_secret_of_another_key(self):
        self.play(self.key())
        self.assertIn(f'key_name: the file {self.file} keeps a key whose name is "{self.name}", and not "other"', self.message(key_name="other"))
        self.assertIn('user: the file', self.message(user="somebody"))
        self.assertIn('host: the file', self.message(host="https://infra.example.com"))

    def test_it_refuses_a_secret_that_the_record_does_not_name(self):
        self.play(self.key())
        self.file.write_text("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb\n")
        self.assertIn("does not hold the secret that its record names", self.message())

    def test_it_creates_nothing_and_says_what_is_missing(self):
        self.assertIn(f"the file {self.file} cannot be read: No such file or directory", self.message())
        self.assertFalse(self.file.exists())
        self.file.write_text("")
        self.assertIn(f"the file {self.file} is empty", self.message())
        self.file.write_text("x" * 5000)
        self.assertIn("holds something else than an access key's secret", self.message())
        self.file.write_text("x")
        self.assertIn("the record", self.message())

    def test_a_record_that_is_damaged_or_newer_is_told(self):
        self.play(self.key())
        record = self.folder / ".key.infrastate"
        kept = json.loads(record.read_text())
        for text, words in (("{", "is no record of infra_access_key"), ("[]", "is no record"), (json.dumps({**kept, "version": "2.0"}), 'has the version "2.0"')):
            record.write_text(text)
            self.assertIn(words, self.message())
        record.write_text(json.dumps({**kept, "version": "1.9", "later": 1}))
        self.assertFalse(self.play(self.look())[0].get("failed"))
