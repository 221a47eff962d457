# SPDX-License-Identifier: Apache-2.0
"""Expiry and inactivity in real time. These tests wait: they prove something about real time."""

import time

from server import KEYS, ContractTest, moment

EXPIRED = "access key has expired"
# A use is recorded if the last recorded one is at least two seconds old.
UNRECORDED = 2.0


class DeathTest(ContractTest):
    def check_dead(self, owner, name, secret):
        self.check_error(self.call("GET", "/api/users/self", token=secret), 401, EXPIRED)
        self.assertEqual(self.rows(owner, expired=False, name=name), [])
        self.assertEqual(len(self.rows(owner, expired=True, name=name)), 1)
        self.assertEqual(self.create(owner, name).status, 409)

    def test_keys_die_of_age_and_of_inactivity(self):
        owner, _ = self.new_user()
        old = self.created(owner, "old", "2s", "1h")
        idle = self.created(owner, "idle", "1h", "2s")
        time.sleep(2.1)
        self.check_dead(owner, "old", old["accessKey"])
        self.check_dead(owner, "idle", idle["accessKey"])

    def test_use_does_not_outlive_the_expiry(self):
        owner, _ = self.new_user()
        key = self.created(owner, "used", "4s", "1h")
        end = time.monotonic() + 4.1
        while time.monotonic() < end - 1:
            self.call("GET", "/api/users/self", token=key["accessKey"])
            time.sleep(0.5)
        time.sleep(max(0.0, end - time.monotonic()))
        self.check_dead(owner, "used", key["accessKey"])

    def test_negative_durations_make_dead_keys(self):
        owner, _ = self.new_user()
        for name, expiry, inactivity in (("age", "-1h", "1h"), ("idle", "1h", "-1s"), ("both", "-1s", "-1s")):
            key = self.created(owner, name, expiry, inactivity)
            self.check_dead(owner, name, key["accessKey"])


class UseTest(ContractTest):
    def use(self, key, expected=200, path="/api/users/self"):
        self.call("GET", path, token=key["accessKey"], status=expected)

    def test_the_deadline_is_the_last_use_and_the_extension(self):
        owner, _ = self.new_user()
        key = self.created(owner, "extended", "1h", "10m")
        row = self.row(owner, "extended")
        self.assertEqual(row["lastUsed"], row["created"])
        used = []
        for _ in range(4):
            time.sleep(UNRECORDED + 0.1)
            self.use(key)
            row = self.row(owner, "extended")
            used.append(moment(row["lastUsed"]))
            # The server reads its clock twice, first for the deadline: a second may begin in between.
            self.assertIn(moment(row["inactivityTimeout"]) - moment(row["lastUsed"]), (599, 600))
            self.assertEqual(row["created"], key["created"])
            self.assertEqual(row["expires"], key["expires"])
        self.assertEqual(used, sorted(set(used)))
        self.assertGreater(used[0], moment(key["created"]))

    def test_a_use_right_after_another_is_not_recorded(self):
        owner, _ = self.new_user()
        key = self.created(owner, "throttled", "1h", "10m")
        for _ in range(5):  # a busy machine may need several attempts to be fast enough
            time.sleep(UNRECORDED + 0.1)
            began = time.monotonic()
            self.use(key)
            recorded = self.row(owner, "throttled")
            self.use(key)
            self.use(key)
            in_time = time.monotonic() - began < UNRECORDED - 0.2
            row = self.row(owner, "throttled")
            if in_time:
                break
        self.assertTrue(in_time, "this machine never made three requests within two seconds")
        self.assertEqual((row["lastUsed"], row["inactivityTimeout"]), (recorded["lastUsed"], recorded["inactivityTimeout"]))

    def test_a_request_that_is_refused_counts_as_use(self):
        owner, _ = self.new_user()
        for name, path, status in (("forbidden", "/api/users", 403), ("malformed", f"{KEYS}?page=x", 400), ("missing", f"{KEYS}?userID=!", 400)):
            key = self.created(owner, name, "1h", "10m")
            time.sleep(UNRECORDED + 0.1)
            self.use(key, status, path)
            self.assertGreater(moment(self.row(owner, name)["lastUsed"]), moment(key["created"]), name)

    def test_a_request_to_an_unknown_path_is_no_use(self):
        owner, _ = self.new_user()
        key = self.created(owner, "unknown-path", "1h", "10m")
        time.sleep(UNRECORDED + 0.1)
        self.use(key, 404, "/api/nope")
        self.assertEqual(self.row(owner, "unknown-path")["lastUsed"], key["created"])

    def test_asking_for_the_version_with_a_key_is_use(self):
        owner, _ = self.new_user()
        key = self.created(owner, "version", "1h", "10m")
        time.sleep(UNRECORDED + 0.1)
        self.use(key, 200, "/api/version")
        self.assertGreater(moment(self.row(owner, "version")["lastUsed"]), moment(key["created"]))

    def test_use_keeps_an_idle_key_alive(self):
        owner, _ = self.new_user()
        key = self.created(owner, "kept", "1h", "6s")
        for _ in range(4):
            time.sleep(UNRECORDED + 0.1)
            self.use(key)
        # More than six seconds have passed since it was made.
        self.assertEqual(len(self.rows(owner, expired=False, name="kept")), 1)

    def test_a_deadline_may_pass_the_expiry(self):
        owner, _ = self.new_user()
        key = self.created(owner, "passing", "1m", "5m")
        time.sleep(UNRECORDED + 0.1)
        self.use(key)
        row = self.row(owner, "passing")
        self.assertGreater(moment(row["inactivityTimeout"]), moment(row["expires"]))

    def test_a_configured_key_has_no_deadline_and_still_tells_its_last_use(self):
        row = next(row for row in self.rows(self.self_id) if row["scopes"] == ["create-key"])
        self.assertIsNone(row["inactivityTimeout"])
        self.assertGreaterEqual(moment(row["lastUsed"]), moment(row["created"]))

    def test_the_owner_is_seen_when_its_key_is_used(self):
        owner, _ = self.new_user()
        key = self.created(owner, "seen", "1h", "1h")
        self.assertIsNone(self.call("GET", f"/api/users/{owner}").json["lastSeenAt"])
        self.use(key)
        seen = self.call("GET", f"/api/users/{owner}").json
        self.assertGreaterEqual(moment(seen["lastSeenAt"]), moment(key["created"]))
        self.assertEqual(seen["updated"], seen["lastSeenAt"])
