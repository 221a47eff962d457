# SPDX-License-Identifier: Apache-2.0
"""What a caller may not see is not absent: a user without a role who logged in, in every way to ask."""

from executable import CHECK, ExecutableTest
from server import KEYS


class VisibilityTest(ExecutableTest):
    """`dev` may list its own keys and nobody else's."""

    def setUp(self):
        super().setUp()
        credentials = self.dev_credentials()["passwordCredentials"]
        self.login = {"access_key": None, "username": credentials["name"], "password": credentials["password"]}
        self.name = "hidden-" + self.user.split("@")[0]
        self.hidden = {"connector": self.created(self.connector, self.name), self.user: self.created(self.owner, self.name)}
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{self.hidden['connector']['id']}")

    def ways(self, user):
        """Each way to ask for the key of another user: (words, arguments)."""
        by_name = {"name": self.name, "user": user, **self.login}
        by_id = {"id": self.hidden[user]["id"], "user": user, **self.login}
        file = {"secret_file": str(self.file)}
        return [("present", by_name), ("present, with a file", {**by_name, **file}),
                ("present, with a kept secret", {**by_name, "current_secret": self.hidden[user]["accessKey"]}),
                ("absent", {**by_name, "state": "absent"}), ("absent, with a file", {**by_name, **file, "state": "absent"}),
                ("absent, by id", {**by_id, "state": "absent"}), ("present, by id", {**by_id, "name": self.name})]

    def owners_of(self, name):
        return sorted(row["issuedForName"] for row in self.call("GET", f"{KEYS}?name={name}&showExpired=true", status=200).json["items"])

    def check_told(self, result):
        self.failed(result, "PERMISSION", "403", "cannot tell what exists", "role admin")
        self.assertNotIn("does not exist", result["msg"])

    def test_a_key_of_another_user_is_never_called_absent(self):
        for user in self.hidden:
            for words, arguments in self.ways(user):
                for mode in ({}, CHECK):
                    with self.subTest(user=user, way=words, check=bool(mode)):
                        self.check_told(self.run_module(**arguments, **mode))
                        self.assertFalse(self.file.exists())
        self.assertEqual(self.owners_of(self.name), sorted(["connector", self.user]))

    def test_questions_about_others_are_refused_and_never_answered_with_nothing(self):
        for arguments in ({"name": self.name}, {"user": self.user}, {"user": "connector", "name": self.name},
                          {"name": self.name, "fail_if_expiring_within": "1s"}):
            with self.subTest(**arguments):
                self.check_told(self.info(**{"user": None, **self.login, **arguments}))

    def test_own_keys_are_managed_and_a_listing_says_that_it_holds_no_others(self):
        own = {"name": self.name, "user": self.login["username"], **self.login}
        self.assertIn("does not exist", self.done(self.run_module(**own, state="absent"))["explanation"])
        made = self.done(self.run_module(**own), "create")
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{made['id']}")
        self.done(self.run_module(**own), reason="ok")
        found = self.info(**self.login, user=None)
        self.assertIn(made["id"], [key["id"] for key in found["access_keys"]])
        self.assertIn(f"user '{self.login['username']}'", found["explanation"])
        self.assertIn("may not be listed", found["explanation"])
        self.assertEqual([key["id"] for key in self.info(**own)["access_keys"]], [made["id"]])
        self.done(self.run_module(**own, state="absent"), "delete")
        self.assertEqual(self.owners_of(self.name), sorted(["connector", self.user]))

    def test_a_file_whose_record_names_another_users_key_is_not_settled_unseen(self):
        """The record's key lives but cannot be seen: neither a new key nor `absent` may ignore it."""
        self.done(self.key(name=self.name + "-kept"), "create")
        before = self.file.read_text()
        mine = {"name": self.name + "-mine", "user": self.login["username"], "secret_file": str(self.file), **self.login}
        for more in ({}, {"state": "absent"}):
            for mode in (CHECK, {}):
                with self.subTest(**more, check=bool(mode)):
                    result = self.run_module(**mine, **more, **mode)
                    self.assertTrue(result.get("failed"), result)
                    self.assertFalse(result["changed"])
        self.assertEqual(self.file.read_text(), before)
        self.assertEqual(self.opens(before.strip()), self.owner)
