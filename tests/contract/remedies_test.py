# SPDX-License-Identifier: Apache-2.0
"""A refusal names its remedy, and the remedy works: the run after it does what it was asked for, and the next
one changes nothing. (file_of_another_server and record_of_unknown_machine: belongings_test.)"""

import contextlib
import os
import secrets
import time

from executable import CHECK, ExecutableTest
from server import KEYS

UNKNOWN = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"  # no server knows it


class RemediesTest(ExecutableTest):
    def setUp(self):
        super().setUp()
        self.own = str(self.folder / "own.key")  # a file that no other task uses
        self.without = {"secret_file": None}

    def state_of_things(self):
        files = {each.name: each.read_bytes() for each in self.folder.iterdir() if each.name.endswith((".key", ".new"))}
        return files, sorted(row["id"] for owner in (self.owner, self.self_id) for row in self.rows(owner))

    def refused(self, detail, *remedies, dry=True, **arguments):
        """The run is refused, and check mode, too, unless it cannot know. Nothing is changed."""
        before = self.state_of_things()
        for mode in (CHECK, {}) if dry else ({},):
            result = self.key(**arguments, **mode)
            self.assertEqual((result.get("failed"), result.get("error", {}).get("detail"), result["changed"]), (True, detail, False), result)
            for each in remedies:
                self.assertIn(each, result["msg"])
            self.assertEqual(self.state_of_things(), before)
        return result

    def ends_well(self, *actions, then=(), **arguments):
        """The run does this. The next one, without arguments that ask for a change in each run, does nothing."""
        result = self.done(self.key(**arguments), *actions)
        for mode in (CHECK, {}):
            self.done(self.key(**{name: value for name, value in arguments.items() if name not in then}, **mode))
        return result

    def admins_login(self):
        return {"access_key": None, "username": os.environ["INFRA_TEST_ADMIN_USER"], "password": os.environ["INFRA_TEST_ADMIN_PASSWORD"]}

    def admins_key(self, name):
        """A key of the administrator's, made by the API."""
        key = self.created(self.self_id, name)
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{key['id']}")
        return key

    def admins(self, name):
        """The arguments that manage the administrator's key of that name."""
        self.addCleanup(self.remove, self.self_id, name)
        return {"name": name, "user": self.call("GET", "/api/users/self", status=200).json["name"]}

    def remove(self, owner, name):
        for row in self.rows(owner, name=name):
            self.call("DELETE", f"{KEYS}/{row['id']}")

    def test_a_file_for_each_of_two_tasks(self):
        self.key(name="first")
        self.key(name="second")
        self.refused("file_shared_by_two_tasks", "give 'first' and 'second' a file each", name="first")
        self.ends_well("create", name="first", secret_file=self.own)
        self.ends_well(name="second")

    def test_a_file_of_its_own_for_a_key_whose_file_holds_anothers_secret(self):
        other = self.created(self.owner, "other")
        self.file.write_text(other["accessKey"])
        for state in ("present", "absent"):
            self.refused("secret_of_another_key", "give each access key a place of its own", dry=False, state=state)
        self.ends_well("create", secret_file=self.own)
        self.ends_well("delete", "delete_file", state="absent", secret_file=self.own)
        self.assertEqual(self.opens(other["accessKey"]), self.owner)

    def test_absent_without_the_file_of_another_key_or_with_the_right_one(self):
        self.key(name="first")
        self.created(self.owner, "second")
        self.key(name="third", secret_file=self.own)
        remedies = ("leave secret_file out", "give the file of that key")
        self.refused("secret_of_another_key", *remedies, name="second", state="absent")
        self.ends_well("delete", name="second", state="absent", **self.without)
        self.refused("secret_of_another_key", *remedies, name="third", state="absent")
        self.ends_well("delete", "delete_file", name="third", state="absent", secret_file=self.own)
        self.ends_well(name="first")

    def test_a_place_of_its_own_for_a_current_secret(self):
        other = self.created(self.owner, "other")
        self.refused("secret_of_another_key", "give each access key a place of its own", dry=False, current_secret=other["accessKey"], **self.without)
        made = self.done(self.key(**self.without), "create")
        self.ends_well(current_secret=made["secret"], **self.without)

    def test_a_file_that_is_removed(self):
        for state, actions in (("present", ["create"]), ("absent", [])):
            with self.subTest(state=state):
                self.file.write_text(UNKNOWN)
                self.refused("secret_unverified", "remove the file", dry=False, state=state, name="unknown-" + state)
                self.file.unlink()
                self.ends_well(*actions, state=state, name="unknown-" + state)
                with contextlib.suppress(FileNotFoundError):
                    self.key(state="absent", name="unknown-" + state)

    def test_a_leftover_that_is_removed(self):
        new = self.folder / ".connector.key.infrastate.new"
        new.write_text(UNKNOWN)
        new.chmod(0o600)
        self.refused("secret_unverified", "infrastate.new", "remove that file", dry=False)
        new.unlink()
        self.ends_well("create")

    def test_a_current_secret_that_is_empty_or_left_out(self):
        lost = {"current_secret": "", "current_secret_missing": "replace"}
        self.refused("secret_unverified", "give an empty current_secret with current_secret_missing: replace", dry=False,
                     current_secret=UNKNOWN, **self.without)
        made = self.done(self.key(**lost, **self.without), "create")
        self.ends_well(current_secret=made["secret"], **self.without)
        self.refused("secret_unverified", "leave current_secret out", dry=False, current_secret=UNKNOWN, name="other")
        self.ends_well("create", name="other")

    def test_another_run_where_the_answer_was_unclear(self):
        if self.kind != "simulator":
            self.skipTest("a real server does not fail on order")
        key = self.created(self.owner, "example")
        self.file.write_text(key["accessKey"])
        self.file.chmod(0o600)
        time.sleep(3.1)
        rules = [{"action": "status", "status": 500, "times": 0, "match": {"method": "GET", "path": "/api/users/self"}}]
        control = {"token": os.environ["INFRA_TEST_CONTROL_TOKEN"], "version": None}
        self.addCleanup(self.call, "DELETE", "/_simulator/faults", **control)
        self.call("PUT", "/_simulator/faults", {"rules": rules}, **control)
        result = self.refused("secret_unverified", "run again", dry=False, state="absent")
        self.assertTrue(result["error"]["retryable"])
        self.call("DELETE", "/_simulator/faults", **control)
        self.ends_well("delete", "delete_file", state="absent")

    def test_another_key_or_a_login_for_what_is_to_go_and_authenticates(self):
        for number, other in enumerate(({}, self.admins_login())):
            for more in ({"state": "absent"}, {"recreate": "always"}):
                with self.subTest(login=bool(other), **more):
                    name = "own-" + secrets.token_hex(6)
                    managed = {**self.admins(name), **self.without}
                    key = self.admins_key(name)
                    # A key that may make keys for connector only gets that refusal first, if a key must be
                    # replaced.
                    if "state" in more:
                        self.refused("own_key", "authenticate with another key, or with username and password", access_key=key["accessKey"], **more, **managed)
                    else:
                        self.refused("http_400", "authenticate with username and password, or with a key of the server's configuration", dry=False,
                                     access_key=key["accessKey"], **more, **managed)
                    actions = ["delete"] if "state" in more else ["delete", "create"]
                    self.ends_well(*actions, then=("recreate",), **other, **more, **managed)

    def test_another_place_for_a_key_whose_place_holds_the_callers(self):
        name = "own-" + secrets.token_hex(6)
        caller = self.admins_key(name)["accessKey"]
        connector = {"name": name, "user": "connector", "access_key": caller}
        self.addCleanup(self.remove, self.connector, name)
        remedies = ("give another place", "authenticate with another key")
        self.file.write_text(caller)
        for state in ("present", "absent"):
            self.refused("own_key", *remedies, state=state, **connector)
        self.ends_well("create", secret_file=self.own, **connector)
        self.refused("own_key", *remedies, current_secret=caller, **connector, **self.without)
        kept = self.file_of(self.own)
        self.ends_well(current_secret=kept, **connector, **self.without)
        # The second remedy: the file holds the very key that is managed.
        time.sleep(3.1)
        managed = self.admins(name)
        self.file.chmod(0o600)
        self.refused("own_key", *remedies, access_key=caller, **managed)
        self.ends_well(**managed)

    def file_of(self, path):
        with open(path, encoding="ascii") as file:
            return file.read()

    def test_a_login_or_a_configured_key_makes_what_an_ordinary_key_may_not(self):
        ordinary = self.admins_key("ordinary-" + secrets.token_hex(6))["accessKey"]
        remedies = ("username and password", "a key of the server's configuration")
        for number, other in enumerate((self.admins_login(), {})):
            with self.subTest(login=bool(other)):
                name, file = f"for-other-{number}", str(self.folder / f"other-{number}.key")
                task = {"name": name, "secret_file": file}
                self.refused("http_400", *remedies, dry=False, access_key=ordinary, **task)
                self.ends_well("create", **other, **task)
                self.refused("http_400", *remedies, dry=False, access_key=ordinary, recreate="always", **task)
                self.ends_well("delete", "create", then=("recreate",), recreate="always", **other, **task)

    def test_an_administrator_sees_what_was_not_shown(self):
        login = self.dev_credentials()["passwordCredentials"]
        dev = {"access_key": None, "username": login["name"], "password": login["password"]}
        self.created(self.owner, "example")
        for state in ("present", "absent"):
            self.refused("http_403", "role admin", state=state, **dev, **self.without)
        self.ends_well("delete", state="absent", **self.admins_login(), **self.without)

    def test_a_shorter_name_or_no_overlap(self):
        long = "n" * 240
        result = self.refused(None, "233", name=long, overlap="1h")
        self.assertIn(result["error"]["field"], ("name", "overlap"))
        self.ends_well("create", name=long[:233], overlap="1h")
        self.ends_well("create", name=long, secret_file=self.own)

    def test_the_ways_to_a_key_of_another_holder(self):
        theirs = self.created(self.owner, "example")
        time.sleep(3.1)
        remedies = ("give its secret in secret_file or current_secret", "choose another name", "adopt: replace")
        self.refused("unheld", *remedies)
        self.ends_well("create", name="another", secret_file=self.own)
        self.ends_well("store", current_secret=theirs["accessKey"])
        second = str(self.folder / "second.key")
        self.refused("unheld", *remedies, secret_file=second)
        self.ends_well("delete", "create", secret_file=second, adopt="replace")

    def test_a_user_that_is_made(self):
        name = f"late-{secrets.token_hex(6)}@example.com"
        self.refused("user_not_found", f"Infra has no user named '{name}'", user=name)
        made = self.call("POST", "/api/users", {"name": name}, status=201).json["id"]
        self.addCleanup(self.call, "DELETE", f"/api/users/{made}")
        self.ends_well("create", user=name)
