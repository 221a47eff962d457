# SPDX-License-Identifier: Apache-2.0
"""The whole executable with a secret that is kept: in a file of this machine, or by the caller."""

import json
import os
import pathlib
import re
import time

from executable import CHECK, ExecutableTest


class SecretFileTest(ExecutableTest):
    def test_a_new_key_is_kept_private_and_the_next_run_changes_nothing(self):
        made = self.done(self.key(), "create", reason="absent")
        self.assertEqual(self.file.read_text(), made["secret"])
        self.assertEqual(self.file.stat().st_mode & 0o7777, 0o600)
        self.assertEqual(self.opens(made["secret"]), self.owner)
        self.assertEqual((made["secret_state"], made["secret_changed"], made["live_keys"]), ("good", True, [made["id"]]))
        for other in self.folder.iterdir():
            self.assertEqual(other.stat().st_mode & 0o077, 0, other)
            if other != self.file:
                self.assertNotIn(made["secret"].split(".")[1], other.read_text())
        again = self.done(self.key(), reason="ok")
        self.assertEqual((again["id"], again["secret"], again["secret_changed"]), (made["id"], made["secret"], False))

    def test_check_mode_says_what_the_run_does_and_writes_nothing(self):
        def both(*actions, **arguments):
            check = self.key(**arguments, **CHECK)
            real = self.done(self.key(**arguments), *actions)
            for field in ("changed", "reason", "reasons", "actions", "diff"):
                self.assertEqual(check[field], real[field], field)
        check = self.done(self.key(**CHECK), "create")
        self.assertEqual((check["secret"], list(self.folder.iterdir()), self.live()), (None, [], []))
        both("create")
        both()
        both("create", keepers={"release": 1}, overlap="1h", rotate_if_created_before=self.now())
        both("set_attributes", mode="0640", overlap="1h")
        both("delete", "delete", "delete_file", state="absent")
        both(state="absent")

    def now(self):
        time.sleep(1.1)  # so that a key made now counts as made before that time
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def has_machine_id(self):
        for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
            try:
                if re.fullmatch(r"[0-9a-f]{32}\s*", pathlib.Path(path).read_text(encoding="ascii")):
                    return True
            except OSError:
                pass
        return False

    def test_a_name_is_derived_from_the_place_however_it_is_spelled(self):
        if not self.has_machine_id():  # as in many containers
            self.failed(self.key(name=None), "ARGUMENT", "/etc/machine-id")
            return
        link = self.folder / "link"
        link.symlink_to(self.folder, target_is_directory=True)
        check = self.key(name=None, **CHECK)
        made = self.done(self.key(name=None), "create")
        self.assertRegex(made["name"], r"^infra-[a-z2-7]{16}$")
        self.assertIn(made["name"], check["explanation"])
        self.done(self.key(name=None, secret_file=str(link / "connector.key")), reason="ok")
        other = self.done(self.key(name=None, secret_file=str(self.folder / "other.key")), "create")
        self.assertNotEqual(other["name"], made["name"])

    def test_keepers_replace_the_key_when_they_change_and_only_then(self):
        first = self.done(self.key(), "create")
        self.done(self.key(keepers={"release": 5, "debug": True}), reason="ok")
        self.done(self.key(keepers={"release": "5", "debug": "True", "none": None}), reason="ok")
        self.done(self.key(), reason="ok")
        second = self.done(self.key(keepers={"release": 6, "debug": True}), "delete", "create", reason="rotation_due")
        self.assertEqual(second["previous_id"], first["id"])
        self.assertIsNone(self.opens(first["secret"]))
        self.done(self.key(keepers={"debug": True, "release": 6}), reason="ok")

    def test_with_an_overlap_both_keys_live_until_the_new_one_is_used(self):
        overlap = {"overlap": "1s"}
        old = self.done(self.key(keepers={"release": 1}, **overlap), "create")
        new = self.done(self.key(keepers={"release": 2}, **overlap), "create", reason="rotation_due")
        self.assertRegex(new["name"], r"^example\.rot-1-[0-9a-f]{8}$")
        self.assertEqual([each["id"] for each in new["predecessors"]], [old["id"]])
        self.assertEqual(self.live(), sorted([old["id"], new["id"]]))
        self.assertEqual(self.file.read_text(), new["secret"])
        time.sleep(2.2)
        self.assertEqual(self.opens(old["secret"]), self.owner)
        kept = self.done(self.key(keepers={"release": 2}, **overlap), reason="ok")
        self.assertTrue(any("still using the old key" in warning for warning in kept["warnings"]), kept)
        self.assertEqual(self.opens(new["secret"]), self.owner)
        gone = self.done(self.key(keepers={"release": 2}, **overlap), "retire")
        self.assertEqual((gone["id"], gone["predecessors"], self.live()), (new["id"], [], [new["id"]]))
        self.assertIsNone(self.opens(old["secret"]))

    def test_a_lost_secret_replaces_the_key(self):
        first = self.done(self.key(), "create")
        self.file.unlink()
        self.done(self.key(), "delete", "create", reason="secret_missing")
        self.file.write_text("")
        self.done(self.key(), "delete", "create", reason="secret_missing")
        self.assertNotIn(first["id"], self.live())

    def test_a_secret_that_the_server_refuses_replaces_the_key(self):
        self.done(self.key(), "create")
        self.file.write_text("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb")
        check = self.key(**CHECK)
        self.assertEqual(check["secret_state"], "unverified", check)
        new = self.done(self.key(), "delete", "create", reason="secret_rejected")
        self.assertEqual(self.opens(self.file.read_text()), self.owner)
        self.assertEqual(self.live(), [new["id"]])

    def test_mode_alone_is_repaired_without_touching_the_key(self):
        made = self.done(self.key(mode="0640"), "create")
        self.assertEqual(self.file.stat().st_mode & 0o7777, 0o640)
        self.done(self.key(mode="u=rw,g=r"), reason="ok")
        self.file.chmod(0o644)
        mended = self.done(self.key(mode="0640"), "set_attributes", reason="ok")
        self.assertEqual((mended["id"], self.file.stat().st_mode & 0o7777), (made["id"], 0o640))
        self.assertIn("mode: 0644\n", mended["diff"]["before"])
        self.assertIn("mode: 0640\n", mended["diff"]["after"])
        self.assertFalse(mended["secret_changed"])

    def test_other_contents_are_never_overwritten(self):
        self.file.write_text("replicas: 3\n")
        self.failed(self.key(), "FILE", "holds something else than an access key")
        self.assertEqual((self.file.read_text(), self.live()), ("replicas: 3\n", []))

    def test_a_key_of_another_holder_is_left_alone_unless_it_is_adopted(self):
        mine = self.done(self.key(), "create")
        elsewhere = {"secret_file": str(self.folder / "elsewhere.key")}
        self.failed(self.key(**elsewhere), "REFUSED", mine["id"], "adopt: replace")
        self.assertEqual(self.live(), [mine["id"]])
        self.done(self.key(**elsewhere, adopt="replace"), "delete", "create", reason="unheld")
        # The first holder does not take it back.
        self.failed(self.key(adopt="replace"), "REFUSED", "made by another holder")

    def test_absent_removes_what_lies_on_disk_too(self):
        self.done(self.key(), "create")
        self.done(self.key(state="absent"), "delete", "delete_file")
        self.assertEqual((self.file.exists(), self.live()), (False, []))
        self.done(self.key(state="absent"), reason="absent")

    def test_by_id_one_key_is_removed_without_its_name(self):
        first = self.created(self.owner, "first")
        second = self.created(self.owner, "second")
        self.failed(self.run_module(state="absent", id=first["id"], name="second"), "CONFLICT", first["id"])
        self.done(self.run_module(state="absent", id=first["id"]), "delete")
        self.assertEqual(self.live(), [second["id"]])
        self.done(self.run_module(state="absent", id=first["id"]))

    def test_the_key_that_authenticates_is_not_kept(self):
        self.file.write_text(self.admin)
        before = self.file.read_text()
        self.assertTrue(self.key().get("failed"))
        self.assertEqual((self.file.read_text(), self.live()), (before, []))


class CurrentSecretTest(ExecutableTest):
    def kept(self, **arguments):
        return self.key(secret_file=None, **arguments)

    def test_a_good_secret_is_proved_and_given_back(self):
        made = self.done(self.kept(), "create")
        again = self.done(self.kept(current_secret=made["secret"]), reason="ok")
        self.assertEqual((again["secret"], again["secret_state"], again["secret_changed"]), (made["secret"], "good", False))
        trailing = self.done(self.kept(current_secret=made["secret"] + "\n"), reason="ok")
        self.assertEqual(trailing["secret"], made["secret"])

    def test_a_secret_of_nothing_proves_no_claim(self):
        made = self.done(self.kept(), "create")
        wrong = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"
        self.failed(self.kept(current_secret=wrong), "REFUSED", made["id"])
        self.assertEqual(self.live(), [made["id"]])

    def test_an_empty_secret_is_an_error_unless_it_may_be_replaced(self):
        made = self.done(self.kept(), "create")
        self.failed(self.kept(current_secret=""), "ARGUMENT", "current_secret_missing: replace")
        new = self.done(self.kept(current_secret="", current_secret_missing="replace"), "delete", "create", reason="secret_missing")
        self.assertEqual((new["previous_id"], self.live()), (made["id"], [new["id"]]))

    def test_the_secret_of_another_key_is_an_error_and_not_a_rotation(self):
        other = self.created(self.owner, "other")
        made = self.done(self.kept(), "create")
        result = self.kept(current_secret=other["accessKey"])
        self.assertTrue(result.get("failed"), result)
        self.assertEqual(self.live(), sorted([made["id"], other["id"]]))

    def test_it_is_taken_over_into_a_file_without_a_new_key(self):
        key = self.created(self.owner, "example")
        taken = self.done(self.key(current_secret=key["accessKey"]), "store")
        self.assertEqual((taken["id"], self.file.read_text()), (key["id"], key["accessKey"]))
        self.done(self.key(), reason="ok")
        self.assertNotIn(key["accessKey"], json.dumps({name: value for name, value in taken.items() if name != "secret"}))
        self.assertEqual(os.stat(self.file).st_mode & 0o7777, 0o600)
