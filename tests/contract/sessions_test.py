# SPDX-License-Identifier: Apache-2.0
"""Log in, log out, and what a session may do."""

import os

from server import KEYS, SECRET, ContractTest, moment

DAY = 24 * 3600


class LoginTest(ContractTest):
    def check_refused(self, body, status, message, fields=None):
        self.check_error(self.call("POST", "/api/login", body, token=None), status, message, fields)

    def test_a_login_needs_exactly_one_way(self):
        text = "one of (accessKey, passwordCredentials, oidc) is required"
        for body in ({}, {"passwordCredentials": None}, {"accessKey": ""}):
            self.check_refused(body, 400, f"validation failed: {text}", {"": [text]})
        text = "only one of (accessKey, passwordCredentials) can have a value"
        self.check_refused({"accessKey": "x", **self.dev_credentials()}, 400, f"validation failed: {text}", {"": [text]})

    def test_credentials_must_be_complete(self):
        name = os.environ["INFRA_TEST_DEV_USER"]
        for given, field in (({"name": name}, "password"), ({"password": "x"}, "name")):
            field = f"passwordCredentials.{field}"
            self.check_refused({"passwordCredentials": given}, 400, f"validation failed: {field}: is required", {field: ["is required"]})
        self.check_refused({"passwordCredentials": 5}, 400,
                           "bad request: json: cannot unmarshal number into Go struct field LoginRequest.passwordCredentials of type "
                           "api.LoginRequestPasswordCredentials")
        self.check_refused({"passwordCredentials": {"name": 5}}, 400,
                           "bad request: json: cannot unmarshal number into Go struct field "
                           "LoginRequestPasswordCredentials.passwordCredentials.name of type string")

    def test_wrong_credentials_are_all_the_same(self):
        name = os.environ["INFRA_TEST_DEV_USER"]
        for credentials in ({"name": name, "password": "wrong"}, {"name": "nobody@example.com", "password": "wrong"},
                            {"name": "connector", "password": "wrong"}):
            self.check_refused({"passwordCredentials": credentials}, 401, "unauthorized")
        self.check_refused({"accessKey": "aaaaaaaaaa." + "b" * 24}, 401, "unauthorized")
        self.check_refused({"accessKey": "nonsense"}, 401, "unauthorized")

    def test_a_session_is_a_key_that_may_make_keys(self):
        answer = self.call("POST", "/api/login", self.dev_credentials(), token=None, status=201)
        session = answer.json["accessKey"]
        self.assertEqual(list(answer.json), ["userID", "name", "accessKey", "expires", "organizationName"])
        self.assertEqual((answer.json["userID"], answer.json["organizationName"]), (self.dev, "Default"))
        self.assertRegex(session, SECRET)
        rows = [row for row in self.rows(self.dev) if row["expires"] == answer.json["expires"]]
        row = rows[-1]
        self.assertEqual(row["scopes"], ["create-key"])
        self.assertEqual(row["name"], f"{answer.json['name']}-{row['id']}")
        self.assertIn(moment(row["expires"]) - moment(row["created"]), (30 * DAY - 1, 30 * DAY))
        self.assertIn(moment(row["inactivityTimeout"]) - moment(row["lastUsed"]), (3 * DAY - 1, 3 * DAY))
        key = self.created(self.dev, token=session)
        self.call("DELETE", f"{KEYS}/{key['id']}", token=session, status=204)
        self.check_error(self.call("DELETE", f"{KEYS}/{row['id']}", token=session), 400,
                         "bad request: cannot delete the access key used by this request")
        self.call("POST", "/api/logout", {}, token=session, status=201)

    def test_a_bad_token_does_not_hinder_a_login(self):
        answer = self.call("POST", "/api/login", self.dev_credentials(), token="nonsense", status=201)
        self.call("POST", "/api/logout", {}, token=answer.json["accessKey"], status=201)

    def test_the_cookie_holds_the_session(self):
        answer = self.call("POST", "/api/login", self.dev_credentials(), token=None, status=201)
        session = answer.json["accessKey"]
        self.assertRegex(answer.headers["set-cookie"],
                         rf"^auth={session}; Path=/; Max-Age=25919\d\d; HttpOnly; Secure; SameSite=Strict$")
        self.call("GET", "/api/users/self", token=None, headers={"Cookie": f"auth={session}"}, status=200)
        answer = self.call("POST", "/api/logout", {}, token=session, status=201)
        self.assertEqual(answer.headers["set-cookie"], "auth=; Path=/; Max-Age=0; HttpOnly; Secure")
        self.assertEqual(answer.text, "null")

    def test_a_one_time_password_is_good_for_nothing_but_a_new_one(self):
        name = f"otp{os.urandom(5).hex()}@example.com"
        user = self.call("POST", "/api/users", {"name": name}, status=201).json
        self.addCleanup(self.call, "DELETE", f"/api/users/{user['id']}")
        credentials = {"passwordCredentials": {"name": name, "password": user["oneTimePassword"]}}
        answer = self.call("POST", "/api/login", credentials, token=None, status=201)
        self.assertIs(answer.json["passwordUpdateRequired"], True)
        self.check_error(self.call("GET", "/api/users/self", token=answer.json["accessKey"]), 403,
                         "not authorized: temporary passwords can only be used to set new passwords")


class ExchangeTest(ContractTest):
    def test_a_plain_key_buys_a_session_that_ends_no_later(self):
        owner, name = self.new_user()
        plain = self.created(owner, "plain", "1h", "30m")
        answer = self.call("POST", "/api/login", {"accessKey": plain["accessKey"]}, token=None, status=201)
        self.assertEqual((answer.json["userID"], answer.json["name"], answer.json["expires"]), (owner, name, plain["expires"]))
        session = answer.json["accessKey"]
        self.created(owner, "by-session", token=session)
        self.call("POST", "/api/logout", {}, token=session, status=201)
        self.call("GET", "/api/users/self", token=plain["accessKey"], status=200)

    def test_a_dead_key_buys_nothing(self):
        owner, _ = self.new_user()
        for name, expiry, inactivity in (("expired", "-1h", "1h"), ("inactive", "1h", "-1s")):
            key = self.created(owner, name, expiry, inactivity)
            self.check_error(self.call("POST", "/api/login", {"accessKey": key["accessKey"]}, token=None), 401, "unauthorized")


class LogoutTest(ContractTest):
    def test_a_session_is_over_after_logout(self):
        session = self.call("POST", "/api/login", self.dev_credentials(), token=None, status=201).json["accessKey"]
        self.call("POST", "/api/logout", {}, token=session, status=201)
        self.check_error(self.call("GET", "/api/users/self", token=session), 401, "unauthorized")
        self.check_error(self.call("POST", "/api/logout", {}, token=session), 401, "unauthorized")

    def test_logout_needs_a_token(self):
        self.check_error(self.call("POST", "/api/logout", {}, token=None), 401, "authentication is required")

    def test_logout_deletes_a_plain_key_too(self):
        owner, _ = self.new_user()
        key = self.created(owner, "plain")
        self.call("POST", "/api/logout", token=key["accessKey"], status=201)
        self.assertEqual(self.rows(owner), [])
