# SPDX-License-Identifier: Apache-2.0
"""The core cases of a key's life: the state gives the same reason, actions and changed as the executable, in words that
are the same, too. Each case runs on two users: one key is the state's, the other one the executable's."""

import pathlib
import time

import minion

ROTATION = {"inactivity_timeout": "24h", "overlap": "1h", "retire": "on_time"}


class CoreTest(minion.MinionTest):
    def setUp(self):
        super().setUp()
        _, self.other = self.new_user()
        self.other_file = self.folder / "other" / "app.key"
        self.other_file.parent.mkdir()
        self.keepers.add(self.other_file)

    def alike(self, text):
        return minion.alike(text or "", self.user, self.other, str(self.key_file), str(self.other_file))

    def same(self, test, state="present", **arguments):
        """Runs the state and the executable. Both say the same."""
        given = {"name": "app", **arguments}
        ours = self.single(f"infra_access_key.{state}", test=test, user=self.user, secret_file=str(self.key_file), **given)
        theirs = self.executable(check=test, state=state, user=self.other, secret_file=str(self.other_file), **given)
        changes = ours["changes"]
        self.assertEqual(bool(changes), theirs["changed"], (ours, theirs))
        if theirs.get("failed"):
            self.assertEqual(ours["result"], False)
            self.assertEqual(self.alike(ours["comment"]), self.alike(theirs["msg"]))
            return ours, theirs
        self.assertIs(ours["result"], None if test and theirs["changed"] else True)
        self.assertEqual(self.alike(ours["comment"]), self.alike(theirs["explanation"]))
        if changes:
            self.assertEqual((changes["reason"], changes["actions"]), (theirs["reason"], theirs["actions"]))
            self.assertEqual(self.alike(changes["summary"]), self.alike(theirs["summary"]))
        self.assertEqual([self.alike(each) for each in ours.get("warnings", [])], [self.alike(each) for each in theirs.get("warnings", [])])
        return ours, theirs

    def step(self, reason, *actions, state="present", **arguments):
        """A dry run, the run, and the changes of both."""
        planned, _ = self.same(True, state, **arguments)
        done, theirs = self.same(False, state, **arguments)
        self.assertEqual(planned["changes"], done["changes"])
        self.assertEqual((theirs["reason"], theirs["actions"]), (reason, list(actions)), theirs)
        return done

    def test_a_key_from_its_creation_to_its_end(self):
        self.step("absent", "create")
        self.assertEqual(self.opens(self.key_file.read_text()), self.owner)
        self.step("ok")
        self.step("drifted", "delete", "create", inactivity_timeout="24h")
        self.step("drifted", recreate="never", inactivity_timeout="48h")
        time.sleep(1.1)  # the server counts seconds, and a key that was made in this one was not made before now
        self.step("rotation_due", "create", rotate_if_created_before="now", **ROTATION)
        self.assertEqual(len(self.live()), 2)
        self.step("ok", **ROTATION)
        time.sleep(2.1)
        self.step("ok", "retire", **{**ROTATION, "overlap": "1s"})
        self.step("ok", "delete", "delete_file", state="absent")
        self.assertEqual((self.live(), self.key_file.exists()), ([], False))
        self.step("absent", state="absent")

    def test_a_key_that_this_minion_did_not_make_is_left_alone(self):
        for user in (self.user, self.other):
            self.created(self.find_user(user), "app")
        done = self.step("unheld")
        self.assertIs(done["result"], False)
        self.assertIn("adopt: replace", done["comment"])
        self.step("unheld", "delete", "create", adopt="replace")

    def test_a_secret_that_is_gone_is_replaced(self):
        self.step("absent", "create")
        for file in (self.key_file, self.other_file):
            pathlib.Path(file).unlink()
        self.step("secret_missing", "delete", "create")

    def test_keepers_and_attributes_of_the_file(self):
        self.step("absent", "create", keepers={"release": 1}, mode="0600")
        self.step("ok", keepers={"release": 1}, mode="0600")
        self.step("ok", "set_attributes", keepers={"release": 1}, mode="0640")
        self.step("rotation_due", "delete", "create", keepers={"release": 2}, mode="0640")
