# SPDX-License-Identifier: Apache-2.0
"""A secret behind an sdb:// address: stored before the run reports success, or the key is deleted again."""

import json
import time

import minion

UNKNOWN = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"  # no server knows it


class PlaceTest(minion.MinionTest):
    def setUp(self):
        super().setUp()
        self.box = self.folder / "box.json"
        self.keepers.add(self.box)
        self.configure(kept={"driver": "box", "file": str(self.box)}, osenv={"driver": "env"}, unknown={"driver": "nobody"})

    def held(self):
        """What the box holds."""
        found = json.loads(self.box.read_text()).get("app") if self.box.exists() else None
        if found:
            self.secrets.add(found)
        return found

    def key(self, state="present", test=False, place="sdb://kept/app", **arguments):
        return self.single(f"infra_access_key.{state}", test=test, name="app", user=self.user, current_secret=place, **arguments)

    def failed(self, ret, *parts):
        self.assertIs(ret["result"], False, ret)
        for part in parts:
            self.assertIn(part, ret["comment"])

    def test_the_place_has_the_secret_of_the_newest_key(self):
        self.failed(self.key(), "current_secret: is empty")
        self.assertEqual(self.live(), [])
        planned = self.key(test=True, current_secret_missing="replace")
        self.assertEqual((planned["result"], self.held(), self.live()), (None, None, []))
        made = self.key(current_secret_missing="replace")
        self.assertEqual((made["result"], made["changes"]), (True, planned["changes"]), made)
        first = self.held()
        self.assertEqual(self.opens(first), self.owner)
        self.assertEqual(self.key()["changes"], {})

        time.sleep(1.1)  # the server counts seconds, and a key that was made in this one was not made before now
        rotated = self.key(overlap="1h", rotate_if_created_before="now")
        self.assertEqual(rotated["changes"]["actions"], ["create"], rotated)
        second = self.held()
        self.assertEqual((self.opens(first), self.opens(second), first == second), (self.owner, self.owner, False))

        self.assertIn("delete", self.key("absent", adopt="replace")["changes"]["actions"])
        self.assertEqual((self.held(), self.opens(second)), ("", None))

    def test_a_file_and_a_place_hold_the_same(self):
        made = self.key(secret_file=str(self.key_file), current_secret_missing="replace")
        self.assertIs(made["result"], True, made)
        self.assertEqual(self.held(), self.key_file.read_text())
        self.assertEqual(self.key(secret_file=str(self.key_file))["changes"], {})

    def test_a_place_that_cannot_be_used_is_told_before_a_key_is_made(self):
        self.failed(self.key(place="sdb://nowhere/app"), "current_secret: sdb://nowhere/app cannot be read")
        self.failed(self.key(place="sdb://unknown/app"), "current_secret: sdb://unknown/app cannot be read: Salt has no sdb driver with nobody.get")
        self.assertEqual(self.live(), [])

    def test_a_secret_that_could_not_be_stored_leaves_no_key(self):
        # This driver stores a value that is new and silently keeps one that is there.
        place = "sdb://osenv/TEST_KEPT_SECRET"
        self.assertIs(self.key(place=place, current_secret_missing="replace")["result"], True)
        self.assertEqual(self.live(), ["app"])
        time.sleep(1.1)
        done = self.key(place=place, overlap="1h", rotate_if_created_before="now")
        self.failed(done, f"current_secret: {place} cannot be written: it holds another value afterwards", "was deleted again")
        self.assertEqual((done["changes"]["actions"], self.live()), (["create"], ["app"]))
        self.assertIs(self.key(place=place)["result"], True)

    def test_a_key_whose_secret_nobody_would_keep_is_not_made(self):
        for test in (True, False):
            self.failed(self.key(place=None, test=test), "secret_file: set it, or set current_secret to an sdb:// address")
            self.failed(self.key(place=None, test=test, secretfile="/etc/app.key"), "did you mean 'secret_file'?")
        self.assertEqual(self.live(), [])

    def test_a_secret_is_no_argument(self):
        self.secrets.add(UNKNOWN)
        for name in ("current_secret", "access_key", "password", "client_key_passphrase"):
            ret = self.single("infra_access_key.present", name="app", user=self.user, secret_file=str(self.key_file), **{name: UNKNOWN})
            self.failed(ret, f"{name}: Salt logs and caches arguments, so a secret must not be one; give an sdb:// address")
        self.assertEqual(self.live(), [])
        # Salt writes its arguments into its own log, as the sentence says.
        self.assertTrue(self.log.is_file() or (self.folder / "asked.log").is_file())
        self.log.unlink(missing_ok=True)
        (self.folder / "asked.log").unlink(missing_ok=True)
