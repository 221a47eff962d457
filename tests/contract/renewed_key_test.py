# SPDX-License-Identifier: Apache-2.0
"""A client of the library goes on while the key it began with is rotated. It reads access_key_file again
between calls, and once more before it reports a refusal."""

import os
import pathlib
import secrets
import sys
import tempfile

from rigs import ROOT
from server import KEYS, ContractTest

sys.path.insert(0, str(ROOT / "abi" / "bindings" / "python"))
sys.path.insert(0, str(ROOT / "tests" / "support"))
import black_box


class RenewedKeyTest(ContractTest):
    key_id = None  # the id of the key in the file; None: there is no old key to delete

    def setUp(self):
        if black_box.sanitized(pathlib.Path(os.environ["INFRASTATE_MODULES"]).parent):
            self.skipTest("a sanitized library is not loaded into this process")
        import infrastate
        self.infrastate = infrastate
        folder = tempfile.TemporaryDirectory(prefix="renewed.")
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "caller.key"
        self.rotate()
        self.client = infrastate.Client(host=os.environ["INFRA_TEST_URL"], access_key_file=self.file, timeout=20,
                                        server_certificate_file=os.environ["INFRA_TEST_CA_FILE"])
        self.addCleanup(self.client.close)
        self.desired = {"name": f"renewed-{secrets.token_hex(6)}", "expires_in": "1h"}

    def new_key(self):
        """A key of the administrator's own. It is deleted with the test."""
        made = self.created(self.self_id, f"caller-{secrets.token_hex(6)}")
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{made['id']}")
        return made["id"], made["accessKey"]

    def rotate(self):
        """Renews the key as an administrator does: makes a new key, writes the file, deletes the old key."""
        old = self.key_id
        self.key_id, self.key = self.new_key()
        beside = self.file.with_suffix(".new")
        beside.write_text(self.key + "\n")
        beside.chmod(0o600)
        beside.rename(self.file)
        if old is not None:
            self.call("DELETE", f"{KEYS}/{old}", status=204)

    def plans(self, *warnings):
        result = self.client.plan("access_key", self.desired)
        self.assertEqual(result.reason, "absent")
        self.assertEqual([text.split(":", 1)[0] for text in result.warnings], list(warnings))
        return result

    def test_a_rotated_key_is_used_from_the_next_call_on(self):
        for _ in range(3):
            self.plans()
            self.rotate()
        self.plans()
        made = self.client.apply("access_key", self.desired)
        self.addCleanup(lambda: [self.call("DELETE", f"{KEYS}/{row['id']}") for row in self.rows(self.connector, name=self.desired["name"])])
        self.assertEqual(made.actions, ["create"])
        self.rotate()
        batch = self.client.plan_all([("access_key", self.desired)] * 3)
        self.assertTrue(batch.ok, batch.message)

    def test_a_change_that_cannot_be_seen_is_found_by_the_refusal(self):
        before = self.file.stat()
        old = self.key_id
        self.key_id, key = self.new_key()
        self.file.write_text(key + "\n")
        os.utime(self.file, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.plans()  # with the old key, which is still good
        self.call("DELETE", f"{KEYS}/{old}", status=204)
        self.plans()
        self.plans()

    def test_a_refusal_is_reported_where_the_file_has_no_other_key(self):
        self.plans()
        self.call("DELETE", f"{KEYS}/{self.key_id}", status=204)
        for _ in range(2):
            with self.assertRaises(self.infrastate.AuthError) as caught:
                self.client.plan("access_key", self.desired)
            self.assertEqual((caught.exception.http_status, caught.exception.outcome, caught.exception.field), (401, "none", "access_key_file"))
            self.assertNotIn(self.key, str(caught.exception))
        self.key_id = None
        self.rotate()
        self.plans()

    def test_a_file_that_cannot_be_read_is_a_warning_and_the_key_before_is_used(self):
        away = self.file.rename(self.file.with_suffix(".away"))
        self.assertIn("the key that was read before is used", self.plans("access_key_file").warnings[0])
        self.file.write_text("half a k")
        self.file.chmod(0o600)
        self.plans("access_key_file")
        away.rename(self.file)
        self.plans()

    def test_the_old_and_the_new_key_are_shown_nowhere(self):
        old = self.key
        lines = []

        class Heard:
            def log(self, _level, _form, text):
                lines.append(text)

        client = self.infrastate.Client(host=os.environ["INFRA_TEST_URL"], access_key_file=self.file, log_level=7, logger=Heard(),
                                        server_certificate_file=os.environ["INFRA_TEST_CA_FILE"])
        self.addCleanup(client.close)
        client.plan("access_key", self.desired)
        self.rotate()
        for desired in (self.desired, {**self.desired, "user": self.key}, {**self.desired, "user": old}):
            try:
                lines.append(str(client.plan("access_key", desired).as_dict(reveal=True)))
            except self.infrastate.InfrastateError as error:
                lines.append(str(error) + str(error.result.as_dict(reveal=True)))
        self.assertGreater(len(lines), 4)
        self.assertNotIn(self.key, "\n".join(lines))
