# SPDX-License-Identifier: Apache-2.0
"""The info module on a server: which keys exist, whether they are used, due and kept. It shows no secret and changes nothing."""

import time

from executable import ExecutableTest
from server import KEYS


class InfoTest(ExecutableTest):
    def asked(self, **arguments):
        result = self.info(**arguments)
        self.assertFalse(result["changed"])
        self.assertEqual({"secret", "secret_known"} & set(result), set())
        return result

    def names(self, result):
        return [key["name"] for key in result["access_keys"]]

    def test_twelve_hundred_keys_are_all_found(self):
        connection = self.server.connect()
        self.addCleanup(connection.close)
        for number in range(1200):
            body = {"userID": self.owner, "name": f"many-{number:04}", "expiry": "1h", "inactivityTimeout": "1h"}
            self.call("POST", KEYS, body, status=201, connection=connection)
        expected = [f"many-{number:04}" for number in range(1200)]
        self.assertEqual(self.names(self.asked()), expected)
        # The list of everything that the caller may list has these, too, and each once.
        everything = [key["id"] for key in self.asked(user=None)["access_keys"]]
        self.assertGreater(len(everything), 1200)
        self.assertEqual(len(set(everything)), len(everything))
        self.assertEqual(self.names(self.asked(user=None, name="many-1199")), ["many-1199"])

    def test_status_use_and_remaining_time(self):
        self.created(self.owner, "expired", expiry="1s")
        self.created(self.owner, "inactive", inactivity="1s")
        self.created(self.owner, "unused")
        used = self.created(self.owner, "used")
        time.sleep(2.2)  # a server records a use only that long after the last one
        self.assertEqual(self.opens(used["accessKey"]), self.owner)
        keys = {key["name"]: key for key in self.asked()["access_keys"]}
        self.assertEqual({name: (key["status"], key["usage"]) for name, key in keys.items()}, {
            "expired": ("expired", "never_used"), "inactive": ("inactive", "never_used"), "unused": ("live", "never_used"),
            "used": ("live", "in_use")})
        self.assertEqual((keys["expired"]["remaining_seconds"], keys["unused"]["idle_seconds"]), (0, None))
        self.assertEqual((keys["unused"]["expires_in"], keys["unused"]["inactivity_timeout"]), ("1h0m0s", "1h0m0s"))
        self.assertIsInstance(keys["used"]["idle_seconds"], int)
        self.assertEqual({key["held"] for key in keys.values()}, {None})
        (idle,) = self.asked(name="used", in_use_within="1ns")["access_keys"]
        self.assertIn(idle["usage"], ("idle", "in_use"))  # in use only within the second of its use

    def test_what_a_secret_file_keeps_and_what_nobody_here_does(self):
        self.done(self.key(keepers={"release": 1}, overlap="1h"), "create")
        rotated = self.done(self.key(keepers={"release": 2}, overlap="1h"), "create")
        stranger = self.created(self.owner, "example.rot-7-0123abcd")
        self.created(self.owner, "unrelated")
        result = self.asked(user=None, secret_file=str(self.file))
        self.assertEqual([(key["name"], key["rotation"], key["held"]) for key in result["access_keys"]], [
            ("example", 0, True), (rotated["name"], 1, True), ("example.rot-7-0123abcd", 7, False)])
        self.assertEqual(result["unheld"], [stranger["id"]])
        self.assertEqual({key["family"] for key in result["access_keys"]}, {"example"})
        self.assertIn("unrelated", self.names(self.asked(secret_file=str(self.file))))

    def test_a_file_without_a_record_selects_nothing(self):
        result = self.asked(user=None, secret_file=str(self.file))
        self.assertEqual(result["access_keys"], [])
        self.assertIn("no record", result["warnings"][0])

    def test_keys_that_expire_soon_fail_the_task_and_are_listed_all_the_same(self):
        self.created(self.owner, "example", expiry="1h")
        self.asked(fail_if_expiring_within="30m")
        due = self.asked(fail_if_expiring_within="2h")
        self.failed(due, "REFUSED", "'example' of user", "expires at")
        self.assertEqual((due["error"]["detail"], self.names(due)), ("expiring", ["example"]))
        # A younger member of the family counts for the whole family.
        self.created(self.owner, "example.rot-1-0123abcd", expiry="10h")
        self.assertNotIn("failed", self.asked(fail_if_expiring_within="2h"))
        self.failed(self.asked(name="absent", fail_if_expiring_within="2h"), "REFUSED", "there is no access key 'absent'")

    def test_an_unknown_user_is_an_error(self):
        self.failed(self.asked(user="nobody@example.com"), "NOT_FOUND", "nobody@example.com")

    def test_a_user_that_logs_in_sees_its_own_keys(self):
        login = {"access_key": None, "username": self.dev_credentials()["passwordCredentials"]["name"],
                 "password": self.dev_credentials()["passwordCredentials"]["password"]}
        own = self.created(self.dev, f"own-{self.owner}")
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{own['id']}")
        self.assertIn(own["name"], self.names(self.asked(**login, user=None)))
        self.failed(self.asked(**login, user=self.user), "PERMISSION")
