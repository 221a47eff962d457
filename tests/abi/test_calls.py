# SPDX-License-Identifier: Apache-2.0
"""Each function on a server: what it answers, what it asks the server for, what it leaves there."""

import os
import re

import infrastate
from support import ServerTest

KEY = re.compile(r"^[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}$")
LIST, USERS, VERSION, CREATE = "GET /api/access-keys", "GET /api/users", "GET /api/version", "POST /api/access-keys"


class ApplyTest(ServerTest):
    def test_plan_says_what_apply_does_and_changes_nothing(self):
        client = self.client()
        plan = client.plan("access_key", {"name": "planned"})
        self.assertEqual((plan.changed, plan.outcome, plan.reason, plan.actions), (True, "none", "absent", ["create"]))
        self.assertEqual(self.keys_named("planned"), [])
        done = client.apply("access_key", {"name": "planned"})
        self.assertEqual((done.changed, done.outcome, done.reason, done.actions), (True, "changed", "absent", ["create"]))
        self.assertRegex(done.secret.reveal(), KEY)
        self.assertEqual([key["id"] for key in self.keys_named("planned")], [done.resource["id"]])
        for again in (client.plan, client.apply):
            result = again("access_key", {"name": "planned"})
            self.assertEqual((result.changed, result.outcome, result.reason, result.secret), (False, "none", "ok", None))

    def keys_named(self, name):
        return [key for key in self.keys() if key["name"] == name]

    def test_the_secret_opens_the_server_as_the_user(self):
        user_id, user = self.new_user()
        secret = self.client().apply("access_key", {"name": "opens", "user": user}).secret.reveal()
        self.assertEqual(self.server.request("GET", "/api/users/self", token=secret).json["id"], user_id)

    def test_a_key_is_replaced_and_removed(self):
        client = self.client()
        first = client.apply("access_key", {"name": "changing", "expires_in": "1h"}).resource["id"]
        second = client.apply("access_key", {"name": "changing", "expires_in": "2h"})
        self.assertEqual((second.reason, second.actions), ("drifted", ["delete", "create"]))
        self.assertNotEqual(second.resource["id"], first)
        gone = client.apply("access_key", {"name": "changing", "state": "absent"})
        self.assertEqual((gone.changed, gone.actions), (True, ["delete"]))
        self.assertEqual(self.keys_named("changing"), [])

    def test_no_change_costs_one_request(self):
        client = self.client()
        client.apply("access_key", {"name": "steady"})
        self.requests()
        for _ in range(5):
            client.apply("access_key", {"name": "steady"})
        self.assertEqual(self.requests(), [LIST] * 5)

    def test_a_create_costs_at_most_four_requests(self):
        client = self.client()
        self.requests()
        client.apply("access_key", {"name": "counted"})
        self.assertEqual(sorted(self.requests()), sorted([LIST, USERS, VERSION, CREATE]))

    def test_a_login_ends_with_the_call(self):
        user = os.environ["INFRA_TEST_DEV_USER"]
        client = self.client(access_key=None, username=user, password=os.environ["INFRA_TEST_DEV_PASSWORD"])
        self.requests()
        client.apply("access_key", {"name": "own", "user": user})
        seen = self.requests()
        self.assertEqual((seen[0], seen[-1]), ("POST /api/login", "POST /api/logout"))

    def test_errors_of_the_server_are_codes(self):
        with self.assertRaises(infrastate.NotFound) as caught:
            self.client().apply("access_key", {"name": "for-nobody", "user": "nobody@example.com"})
        self.assertEqual(caught.exception.field, "user")
        with self.assertRaises(infrastate.AuthError):
            self.client(access_key="aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb").plan("access_key", {"name": "some-key"})
        with self.assertRaises(infrastate.TransportError):
            self.client(host="https://localhost:1", retries=0).plan("access_key", {"name": "some-key"})


class InfoTest(ServerTest):
    def test_info_lists_a_users_keys_and_no_secret(self):
        user_id, user = self.new_user()
        client = self.client()
        secret = client.apply("access_key", {"name": "listed", "user": user}).secret.reveal()
        self.api("POST", "/api/access-keys", {"userID": user_id, "name": "dead", "expiry": "-1h", "inactivityTimeout": "1h"})
        self.api("POST", "/api/access-keys", {"userID": user_id, "name": "listed.rot-1-0123abcd", "expiry": "1h", "inactivityTimeout": "1h"})
        found = client.info("access_key", {"user": user})
        self.assertEqual([(key["name"], key["status"], key["usage"]) for key in found["access_keys"]],
                         [("dead", "expired", "never_used"), ("listed", "live", "never_used"),
                          ("listed.rot-1-0123abcd", "live", "never_used")])
        self.assertNotIn(secret, str(dict(found)))
        family = client.info("access_key", {"user": user, "name": "listed"})
        self.assertEqual([key["name"] for key in family["access_keys"]], ["listed", "listed.rot-1-0123abcd"])

    def test_info_knows_use(self):
        _, user = self.new_user()
        client = self.client()
        secret = client.apply("access_key", {"name": "used", "user": user}).secret.reveal()
        self.control("POST", "/clock", {"advance": "90s"})
        self.server.request("GET", "/api/users/self", token=secret)
        self.control("POST", "/clock", {"advance": "30s"})
        key = client.info("access_key", {"user": user})["access_keys"][0]
        self.assertEqual(key["usage"], "in_use")
        self.assertGreaterEqual(key["idle_seconds"], 30)

    def test_info_changes_nothing(self):
        client = self.client()
        client.apply("access_key", {"name": "left-alone"})
        before = self.keys()
        self.requests()
        client.info("access_key", {"user": "connector"})
        self.assertEqual(self.requests(), [USERS, LIST])
        self.assertEqual([key["id"] for key in self.keys()], [key["id"] for key in before])

    def test_an_unknown_user_is_not_found(self):
        with self.assertRaises(infrastate.NotFound):
            self.client().info("access_key", {"user": "nobody@example.com"})
