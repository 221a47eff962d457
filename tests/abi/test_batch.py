# SPDX-License-Identifier: Apache-2.0
"""Batches: an outcome for each request, one listing for each user, and no decision on stale rows."""

import os

from support import ServerTest

LIST, USERS, VERSION, CREATE = "GET /api/access-keys", "GET /api/users", "GET /api/version", "POST /api/access-keys"


class BatchTest(ServerTest):
    def make_keys(self, count):
        user_id, user = self.new_user()
        for number in range(count):
            answer = self.api("POST", "/api/access-keys", {"userID": user_id, "name": f"key-{number}", "expiry": "100h", "inactivityTimeout": "72h"})
            self.assertEqual(answer.status, 201, answer.text)
        return user

    def wanted(self, user, numbers, **more):
        return [("access_key", {"name": f"key-{number}", "user": user, **more}) for number in numbers]

    def test_a_thousand_unchanged_keys_of_one_user_cost_one_listing(self):
        user = self.make_keys(1000)
        client = self.client()
        for batch in (client.plan_all, client.apply_all):
            self.requests()
            result = batch(self.wanted(user, range(1000)))
            self.assertTrue(result.ok)
            self.assertFalse(result.changed)
            self.assertEqual({each.reason for each in result}, {"ok"})
            self.assertEqual([each.resource["name"] for each in result], [f"key-{number}" for number in range(1000)])
            self.assertEqual(self.requests(), [USERS, LIST])

    def test_each_user_has_a_listing_of_its_own_in_any_order(self):
        one, other = self.make_keys(3), self.make_keys(3)
        mixed = [item for pair in zip(self.wanted(one, range(3)), self.wanted(other, range(3))) for item in pair]
        client = self.client()
        self.requests()
        result = client.apply_all(mixed)
        self.assertEqual({each.reason for each in result}, {"ok"})
        self.assertEqual([each.resource["user"] for each in result], [one, other] * 3)
        self.assertEqual(sorted(self.requests()), [LIST, LIST, USERS, USERS])

    def test_a_single_key_of_a_user_is_asked_for_by_name(self):
        user = self.make_keys(1)
        client = self.client()
        self.requests()
        client.apply_all(self.wanted(user, range(1)))
        self.assertEqual(self.requests(), [LIST])

    def test_one_failure_is_partial_and_the_rest_is_done(self):
        user = self.make_keys(1)
        result = self.client().apply_all([
            ("access_key", {"name": "key-0", "user": user}),
            ("access_key", {"name": "for-nobody", "user": "nobody@example.com"}),
            ("access_key", {"name": "?"}),
            ("access_key", {"name": "made", "user": user}),
        ])
        self.assertEqual([each.code for each in result], ["OK", "NOT_FOUND", "ARGUMENT", "OK"])
        self.assertEqual([each.outcome for each in result], ["none", "none", "none", "changed"])
        self.assertEqual((result.ok, result.changed, result.outcome), (False, True, "changed"))
        self.assertTrue(result.message.startswith("2 of 4 requests failed; the first is requests[1]: "), result.message)
        self.assertIsNotNone(result[3].secret)

    def test_after_a_change_the_server_is_asked_again(self):
        user = self.make_keys(2)
        wanted = self.wanted(user, range(1)) + [("access_key", {"name": "new", "user": user})] * 2 + self.wanted(user, range(1, 2))
        client = self.client()
        self.requests()
        result = client.apply_all(wanted)
        self.assertEqual([each.reason for each in result], ["ok", "absent", "ok", "ok"])
        self.assertEqual([each.changed for each in result], [False, True, False, False])
        # The listing, the requests of the create, then one listing by name for each of the rest.
        self.assertEqual(self.requests(), [USERS, LIST, VERSION, CREATE, LIST, LIST])

    def test_the_same_key_twice_is_made_once(self):
        user = self.make_keys(0)
        result = self.client().apply_all([("access_key", {"name": "twin", "user": user})] * 5)
        self.assertEqual([each.changed for each in result], [True, False, False, False, False])
        self.assertEqual(len([key for key in self.keys() if key["name"] == "twin"]), 1)

    def test_a_deletion_is_decided_on_a_fresh_look(self):
        user = self.make_keys(8)
        self.control("POST", "/clock", {"advance": "200h"})  # all of them are dead
        client = self.client()
        self.requests()
        result = client.apply_all(self.wanted(user, range(8)))
        self.assertEqual({each.reason for each in result}, {"expired"})
        seen = self.requests()
        # Before each deletion there is a listing without dead keys, made for it alone.
        self.assertGreaterEqual(seen.count(LIST), 8)
        self.assertEqual(len([each for each in seen if each.startswith("DELETE")]), 8)

    def test_sharing_resumes_when_changes_have_ceased(self):
        user = self.make_keys(30)
        self.requests()
        client = self.client()
        result = client.apply_all([("access_key", {"name": "first", "user": user})] + self.wanted(user, range(30)))
        self.assertEqual([each.changed for each in result], [True] + [False] * 30)
        self.assertLess(self.requests().count(LIST), 10)

    def test_absent_in_a_batch_looks_at_the_whole_family(self):
        user = self.make_keys(3)
        user_id = self.user_id(user)
        self.api("POST", "/api/access-keys", {"userID": user_id, "name": "key-1.rot-1-0123abcd", "expiry": "1h", "inactivityTimeout": "1h"})
        result = self.client().apply_all(self.wanted(user, range(3), state="absent"))
        self.assertEqual([each.changed for each in result], [True, True, True])
        self.assertEqual([key for key in self.keys() if key["issuedFor"] == user_id], [])

    def test_a_batch_logs_in_once(self):
        user = os.environ["INFRA_TEST_DEV_USER"]
        client = self.client(access_key=None, username=user, password=os.environ["INFRA_TEST_DEV_PASSWORD"])
        self.requests()
        result = client.apply_all([("access_key", {"name": f"own-{number}", "user": user}) for number in range(3)])
        self.assertTrue(result.ok, list(result))
        seen = self.requests()
        self.assertEqual([each for each in seen if each.startswith("POST /api/log")], ["POST /api/login", "POST /api/logout"])

    def test_a_user_that_may_not_list_gets_its_own_error(self):
        user = self.make_keys(2)
        client = self.client(access_key=self.powerless_key())
        result = client.plan_all(self.wanted(user, range(2)))
        self.assertEqual([each.code for each in result], ["PERMISSION", "PERMISSION"])

    def powerless_key(self):
        _, name = self.new_user()
        return self.client().apply("access_key", {"name": "powerless", "user": name}).secret.reveal()

    def test_a_batch_ends_at_its_deadline_with_an_outcome_for_each(self):
        user = self.make_keys(3)
        self.control("PUT", "/faults", {"rules": [{"action": "delay", "ms": 5000, "match": {"method": "GET", "path": "/api/users"}}]})
        self.addCleanup(self.control, "DELETE", "/faults")
        result = self.client().plan_all(self.wanted(user, range(3)), timeout=0.5)
        self.assertEqual([each.code for each in result], ["DEADLINE"] * 3)
        self.assertEqual([each.outcome for each in result], ["none"] * 3)
