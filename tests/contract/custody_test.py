# SPDX-License-Identifier: Apache-2.0
"""A secret that may still open a key is never lost, whatever a task says about its file."""

import concurrent.futures
import threading
import time

from executable import CHECK, ExecutableTest

UNKNOWN = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"  # no server knows it


class CustodyTest(ExecutableTest):
    def refused(self, detail, *parts, **arguments):
        """The run fails with that detail, and changes neither the server nor the file."""
        before = (self.live(), self.file.read_bytes() if self.file.exists() else None)
        result = self.key(**arguments)
        self.assertEqual((result.get("failed"), result["error"]["detail"], result["changed"]), (True, detail, False), result["msg"])
        self.assertEqual((self.live(), self.file.read_bytes() if self.file.exists() else None), before)
        for part in parts:
            self.assertIn(part, result["msg"])
        return result

    def test_the_secret_of_another_key_stays_where_it_is(self):
        other = self.created(self.owner, "other")
        self.file.write_text(other["accessKey"])
        for verify in ("auto", "always", "never"):
            for state in ("present", "absent"):
                self.refused("secret_of_another_key", other["id"], "of its own", state=state, verify_secret=verify)
        self.created(self.owner, "example")  # a key of that name makes no difference
        for state in ("present", "absent"):
            self.refused("secret_of_another_key", state=state, verify_secret="never", adopt="replace")
        # The remedy: a file of its own.
        own = {"secret_file": str(self.folder / "own.key"), "adopt": "replace"}
        self.done(self.key(**own), "delete", "create")
        self.done(self.key(**own))
        self.assertEqual(self.opens(other["accessKey"]), self.owner)

    def test_the_secret_of_another_users_key_stays_too(self):
        second, _ = self.new_user()
        self.file.write_text(self.created(second, "other")["accessKey"])
        for state in ("present", "absent"):
            self.refused("secret_of_another_key", state=state)

    def test_a_secret_that_the_server_does_not_know_is_kept_until_the_file_is_removed(self):
        for state, then in (("absent", ()), ("present", ("create",))):
            self.file.write_text(UNKNOWN)
            result = self.refused("secret_unverified", "remove the file", state=state)
            self.assertFalse(result["error"]["retryable"])
            self.file.unlink()  # the remedy
            self.done(self.key(state=state), *then)
            self.done(self.key(state=state))

    def test_the_secret_of_a_dead_key_makes_way(self):
        self.file.write_text(self.created(self.owner, "example", expiry="2s", inactivity="1h")["accessKey"])
        time.sleep(3)
        made = self.done(self.key(), "delete", "create", reason="expired")
        self.assertEqual(self.file.read_text(), made["secret"])
        self.done(self.key())

    def test_with_a_record_of_this_server_a_refused_secret_makes_way(self):
        self.key()
        self.file.write_text(UNKNOWN)
        self.done(self.key(), "delete", "create", reason="secret_rejected")
        self.file.write_text(UNKNOWN)
        self.done(self.key(state="absent"), "delete", "delete_file")
        self.done(self.key(state="absent"))

    def test_absent_removes_a_file_without_a_record_that_opens_the_key(self):
        self.file.write_text(self.created(self.owner, "example")["accessKey"])
        time.sleep(2.1)  # so that a use differs from the creation
        self.done(self.key(state="absent"), "delete", "delete_file")
        self.assertEqual((self.live(), self.file.exists()), ([], False))

    def test_check_mode_uses_no_secret_and_warns(self):
        other = self.created(self.owner, "other")
        self.file.write_text(other["accessKey"])
        for state in ("present", "absent"):
            check = self.key(state=state, **CHECK)
            self.assertEqual((check["changed"], check["secret_state"]), (True, "unverified"), check)
            self.assertTrue(any("dry run" in each for each in check["warnings"]), check["warnings"])
        self.assertEqual(self.row(self.owner, "other")["lastUsed"], other["created"])

    def test_a_current_secret_of_another_key_is_refused_though_the_key_is_absent(self):
        other = self.created(self.owner, "other")
        kept = {"secret_file": None}
        self.refused("secret_of_another_key", other["id"], current_secret=other["accessKey"], **kept)
        self.refused("secret_unverified", "current_secret_missing: replace", current_secret=UNKNOWN, **kept)
        # The remedies: an empty one, or none at all.
        made = self.done(self.key(current_secret="", current_secret_missing="replace", **kept), "create")
        self.done(self.key(current_secret=made["secret"], **kept))

    def test_a_current_secret_of_another_key_is_no_price_for_a_good_file(self):
        other = self.created(self.owner, "other")
        time.sleep(2.1)
        first = self.key(overlap="1h")["secret"]
        self.done(self.key(overlap="1h", current_secret=first))
        kept = self.done(self.key(overlap="1h", current_secret=other["accessKey"]))  # nothing replaces it
        self.assertTrue(any(each.startswith("current_secret: differs from the secret") for each in kept["warnings"]), kept["warnings"])
        changed = {"overlap": "1h", "expires_in": "48h"}
        result = self.refused("secret_of_another_key", other["id"], current_secret=other["accessKey"], **changed)
        self.assertEqual(result["error"]["field"], "current_secret")
        second = self.done(self.key(current_secret=first, **changed), "create")["secret"]
        # As if that run had died before the secret was in place.
        new = self.folder / ".connector.key.infrastate.new"
        new.write_text(second)
        new.chmod(0o600)
        self.file.write_text(first)
        result = self.refused("secret_of_another_key", other["id"], current_secret=other["accessKey"], **changed)
        self.assertTrue(new.exists())
        self.done(self.key(**changed), "hand_over")  # the remedy
        self.assertEqual(self.opens(self.file.read_text()), self.owner)
        self.done(self.key(current_secret=second, **changed))


class SharedFileTest(ExecutableTest):
    def test_two_tasks_with_one_file_do_not_delete_each_others_keys(self):
        self.done(self.key(name="first"), "create")
        made = self.done(self.key(name="second"), "create", "retire")
        for _ in range(3):
            for arguments in (CHECK, {}):
                result = self.failed(self.key(name="first", **arguments), "CONFLICT", "'first'", "'second'", "a file each")
                self.assertEqual(result["error"]["detail"], "file_shared_by_two_tasks")
            self.done(self.key(name="second"))
            self.assertEqual((self.live(), self.file.read_text()), ([made["id"]], made["secret"]))
        own = {"name": "first", "secret_file": str(self.folder / "first.key")}  # the remedy
        self.done(self.key(**own), "create")
        self.done(self.key(**own))
        self.done(self.key(name="second"))

    def test_a_settled_renaming_is_taken_back(self):
        self.key(name="first")
        self.key(name="second")
        self.done(self.key(name="second"))
        self.done(self.key(name="first"), "create", "retire")

    def test_absent_of_another_name_deletes_nothing(self):
        made = self.done(self.key(name="first"), "create")
        other = self.created(self.owner, "second")
        result = self.failed(self.key(name="second", state="absent"), "CONFLICT", "'first'", made["id"])
        self.assertEqual(result["error"]["detail"], "secret_of_another_key")
        self.assertEqual(self.live(), sorted([made["id"], other["id"]]))
        self.assertEqual(self.file.read_text(), made["secret"])
        # The remedy: without the file.
        removed = self.done(self.key(name="second", state="absent", secret_file=None), "delete")
        for part in ("'second'", other["id"], "never used"):
            self.assertIn(part, removed["explanation"])
        self.done(self.key(name="first"))

    def test_the_new_name_may_be_present_and_the_old_one_absent(self):
        self.done(self.key(name="old"), "create")
        self.done(self.key(name="new", overlap="1h"), "create")
        removed = self.done(self.key(name="old", state="absent"), "delete")
        self.assertIn("'old'", removed["explanation"])
        for _ in range(2):
            self.done(self.key(name="new", overlap="1h"))
            self.done(self.key(name="old", state="absent"))
        self.assertEqual(len(self.live()), 1)


class TogetherTest(ExecutableTest):
    """One controller keeps the keys of several hosts at once, all of one user, and no record says which secret is whose."""

    def keep(self, name, secret, **arguments):
        return self.key(name=name, secret_file=None, current_secret=secret, current_secret_missing="replace", overlap="1h", timeout="60s", **arguments)

    def test_several_hosts_keys_are_kept_at_once(self):
        names = [f"host-{number}" for number in range(4)]
        first = [self.done(self.keep(name, ""), "create")["secret"] for name in names]
        second = self.rotated(names, first)
        self.assertEqual({self.opens(secret) for secret in first + second}, {self.owner})

    def test_keys_that_others_make_and_delete_meanwhile_are_no_obstacle(self):
        names = ["host-0", "host-1"]
        first = [self.done(self.keep(name, ""), "create")["secret"] for name in names]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            done = threading.Event()
            others = pool.submit(self.make_and_delete, done)
            try:
                second = self.rotated(names, first)
            finally:
                done.set()
        self.assertGreater(others.result(), 3)
        self.assertEqual({self.opens(secret) for secret in first + second}, {self.owner})

    def make_and_delete(self, done):
        """A new key each moment, which goes a moment later. Returns how many were made."""
        number = 0
        while not done.wait(0.3):
            made = self.created(self.owner, f"passing-{number}")
            number += 1
            done.wait(0.3)
            self.call("DELETE", f"/api/access-keys/{made['id']}", status=204)
        return number

    def rotated(self, names, secrets):
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            new = list(pool.map(lambda name, secret: self.keep(name, secret, inactivity_timeout="48h"), names, secrets))
        return [self.done(each, "create")["secret"] for each in new]
