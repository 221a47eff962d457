# SPDX-License-Identifier: Apache-2.0
"""Who may do what: users, the connector, keys without a user, roles and scopes."""

import secrets

from server import KEYS, ContractTest


def refused(what, roles):
    return f"you do not have permission to {what}, requires role {roles}"


READERS = "admin, view, or connector"


class UserTest(ContractTest):
    def test_the_connector_is_hidden_unless_asked_for(self):
        for query in ("name=connector", "name=connector&showSystem=false", "name=connector&showSystem="):
            self.assertEqual(self.call("GET", f"/api/users?{query}", status=200).json["items"], [], query)
        items = self.call("GET", "/api/users?name=connector&showSystem=true", status=200).json["items"]
        self.assertEqual([item["name"] for item in items], ["connector"])
        self.assertEqual(list(items[0]), ["id", "created", "updated", "lastSeenAt", "name", "sshLoginName"])

    def test_members_of_a_user(self):
        owner, name = self.new_user()
        row = self.call("GET", f"/api/users?name={name}", status=200).json["items"][0]
        self.assertEqual(list(row), ["id", "created", "updated", "lastSeenAt", "name", "providerNames", "sshLoginName"])
        self.assertEqual((row["id"], row["lastSeenAt"], row["providerNames"]), (owner, None, ["infra"]))
        self.assertEqual(self.call("GET", f"/api/users/{owner}", status=200).json, row)

    def test_a_name_that_nobody_has_is_an_empty_list(self):
        self.assertEqual(self.call("GET", "/api/users?name=nobody@example.com", status=200).json["items"], [])

    def test_identifiers_that_name_no_user(self):
        self.check_error(self.call("GET", "/api/users/!!"), 400, "bad request: invalid base58: byte 0 is out of range")
        self.check_error(self.call("GET", "/api/users/1"), 400, "validation failed: id: is required", {"id": ["is required"]})
        self.check_error(self.call("GET", "/api/users/2"), 404, "record not found")

    def test_users_are_created_by_rules(self):
        _, name = self.new_user()
        text = "a credential with that identityID already exists"
        self.check_error(self.call("POST", "/api/users", {"name": name}), 409, f"create credential: create credential: {text}",
                         {"identityID": [text]})
        for wrong in ("bad", "a@", "@b.c", "a b@c.d", "a..b@c.d", ".a@c.d", "a.@c.d", "a@c..d", "a\x7f@c.d", '"a@c.d', 'a"b@c.d', "a@b@c.d"):
            self.check_error(self.call("POST", "/api/users", {"name": wrong}), 400, "validation failed: name: invalid email address",
                             {"name": ["invalid email address"]})
        made = self.call("POST", "/api/users", {"name": f" {name[1:]}\t"}, status=201).json
        self.addCleanup(self.call, "DELETE", f"/api/users/{made['id']}")
        self.assertEqual(made["name"], name[1:])
        text = "email address must contain at least one '.' character"
        self.check_error(self.call("POST", "/api/users", {"name": "a@b"}), 400, f"validation failed: name: {text}", {"name": [text]})
        self.check_error(self.call("POST", "/api/users", {}), 400, "validation failed: name: is required", {"name": ["is required"]})

    def test_a_deleted_user_takes_its_keys_along(self):
        owner, _ = self.new_user()
        key = self.created(owner, "along")
        self.call("GET", "/api/users/self", token=key["accessKey"], status=200)
        self.call("DELETE", f"/api/users/{owner}", status=204)
        self.check_error(self.call("GET", "/api/users/self", token=key["accessKey"]), 401, "unauthorized")
        self.check_error(self.call("DELETE", f"{KEYS}/{key['id']}"), 404, "record not found")
        self.assertEqual(self.rows(owner), [])
        self.call("DELETE", f"/api/users/{owner}", status=204)

    def test_users_that_cannot_be_deleted(self):
        self.check_error(self.call("DELETE", f"/api/users/{self.self_id}"), 400, "bad request: cannot delete own user")
        self.check_error(self.call("DELETE", f"/api/users/{self.connector}"), 400, "bad request: cannot delete connector user")

    def test_roles_are_grants(self):
        items = self.call("GET", f"/api/grants?user={self.self_id}", status=200).json["items"]
        self.assertEqual([(item["user"], item["privilege"], item["resource"]) for item in items], [(self.self_id, "admin", "infra")])
        self.assertEqual(list(items[0]), ["id", "created", "createdBy", "updated", "user", "privilege", "resource"])
        shown = self.call("GET", "/api/grants?showSystem=true", status=200).json["items"]
        self.assertEqual([item["privilege"] for item in shown if item["user"] == self.connector], ["connector"])
        self.assertEqual([item for item in self.call("GET", "/api/grants").json["items"] if item["user"] == self.connector], [])
        self.assertEqual(self.call("GET", "/api/grants?privilege=view", status=200).json["count"], 0)
        self.assertEqual(self.call("GET", "/api/grants?resource=elsewhere", status=200).json["count"], 0)


class NobodyTest(ContractTest):
    """The server makes keys for users that never existed or were deleted, and never shows them."""

    def setUp(self):
        former, _ = self.new_user()
        self.call("DELETE", f"/api/users/{former}", status=204)
        # Small enough for any position in an id, and no id of this century.
        never = "2" + "".join(secrets.choice("23456789abcdefghijkmnopqrstuvwxyz") for _ in range(9))
        self.owners = {"former": former, "never": never}

    def each(self):
        for word, owner in self.owners.items():
            with self.subTest(owner=word):
                yield word, owner

    def test_a_key_for_nobody_is_made(self):
        for _, owner in self.each():
            self.assertEqual(self.created(owner, "nobodys")["issuedFor"], owner)

    def test_it_is_good_for_nothing(self):
        for _, owner in self.each():
            key = self.created(owner, "useless")
            for method, path in (("GET", "/api/users/self"), ("GET", KEYS), ("POST", "/api/logout")):
                self.check_error(self.call(method, path, token=key["accessKey"]), 404, "identity for access key: record not found")
            self.call("GET", "/api/version", token=key["accessKey"], status=200)
            self.check_error(self.call("POST", "/api/login", {"accessKey": key["accessKey"]}, token=None), 401, "unauthorized")

    def test_it_is_never_listed(self):
        for _, owner in self.each():
            self.created(owner, "hidden")
            self.assertEqual(self.rows(owner), [])
            self.assertEqual(self.call("GET", f"{KEYS}?name=hidden&showExpired=true", status=200).json["items"], [])

    def test_it_blocks_its_name_and_can_be_deleted_only_where_the_owner_was_once(self):
        for word, owner in self.each():
            key = self.created(owner, "blocked")
            self.assertEqual(self.create(owner, "blocked").status, 409)
            if word == "former":
                self.call("DELETE", f"{KEYS}/{key['id']}", status=204)
                self.created(owner, "blocked")
            else:
                self.check_error(self.call("DELETE", f"{KEYS}/{key['id']}"), 404, "record not found")
                self.assertEqual(self.create(owner, "blocked").status, 409)

    def test_it_needs_a_name(self):
        for _, owner in self.each():
            for name in (None, ""):
                self.check_error(self.create(owner, name), 404, "create token: key name from identity: record not found")


class ConnectorKeyTest(ContractTest):
    def setUp(self):
        self.key = self.created(self.connector)
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{self.key['id']}")

    def as_connector(self, method, path, body=None, **more):
        return self.call(method, path, body, token=self.key["accessKey"], **more)

    def test_what_a_connector_may_read(self):
        self.assertEqual(self.as_connector("GET", "/api/users/self", status=200).json["id"], self.connector)
        for path in ("/api/users", f"/api/users/{self.self_id}", "/api/grants", "/api/destinations", f"{KEYS}?userID={self.connector}"):
            self.as_connector("GET", path, status=200)

    def test_what_a_connector_may_not(self):
        self.check_error(self.as_connector("GET", KEYS), 403, refused("list access keys", "admin, or view"))
        self.check_error(self.as_connector("GET", f"{KEYS}?userID={self.dev}"), 403, refused("list access keys", "admin, or view"))
        owner, _ = self.new_user()
        other = self.created(owner, "others")
        self.check_error(self.as_connector("DELETE", f"{KEYS}/{other['id']}"), 403, refused("delete access key", "admin"))
        self.check_error(self.as_connector("POST", "/api/users", {"name": "x@example.com"}), 403,
                         "create identity: " + refused("create user", "admin"))
        self.check_error(self.as_connector("DELETE", f"/api/users/{owner}"), 403, refused("delete user", "admin"))

    def test_a_connector_key_may_make_connector_keys_only(self):
        body = {"userID": self.connector, "expiry": "1h", "inactivityTimeout": "1h"}
        made = self.as_connector("POST", KEYS, body, status=201).json
        # A key may delete another key of its owner.
        self.as_connector("DELETE", f"{KEYS}/{made['id']}", status=204)
        body["userID"] = self.dev
        self.check_error(self.as_connector("POST", KEYS, body), 400, "bad request: cannot use an access key to create other access keys")


class PlainUserTest(ContractTest):
    def test_what_a_plain_user_may_read(self):
        session = self.login()
        for path in ("/api/users/self", f"/api/users/{self.dev}", f"{KEYS}?userID={self.dev}", f"/api/grants?user={self.dev}",
                     "/api/destinations"):
            self.call("GET", path, token=session, status=200)

    def test_what_a_plain_user_may_not(self):
        session = self.login()
        owner, _ = self.new_user()
        other = self.created(owner, "others")
        body = {"userID": self.connector, "name": "refused", "expiry": "1h", "inactivityTimeout": "1h"}
        for method, path, content, message in (
                ("GET", KEYS, None, refused("list access keys", "admin, or view")),
                ("GET", f"{KEYS}?userID={owner}", None, refused("list access keys", "admin, or view")),
                ("POST", KEYS, body, refused("create access key", "admin")),
                ("DELETE", f"{KEYS}/{other['id']}", None, refused("delete access key", "admin")),
                ("GET", "/api/users", None, refused("list users", READERS)),
                ("GET", f"/api/users/{self.self_id}", None, refused("get user", READERS)),
                ("GET", "/api/grants", None, refused("list grants", READERS)),
                ("POST", "/api/users", {"name": "x@example.com"}, "list identities: " + refused("list users", READERS)),
                ("DELETE", f"/api/users/{owner}", None, refused("delete user", "admin"))):
            with self.subTest(method=method, path=path):
                self.check_error(self.call(method, path, content, token=session), 403, message)
        # What does not exist is reported before what is not allowed.
        self.check_error(self.call("DELETE", f"{KEYS}/2", token=session), 404, "record not found")
        # What is malformed is reported before everything else.
        self.check_error(self.call("GET", f"{KEYS}?page=x", token=session), 400,
                         'bad request: strconv.ParseInt: parsing "x": invalid syntax')


class ScopeTest(ContractTest):
    def test_a_plain_key_makes_no_keys_but_the_connectors(self):
        owner, _ = self.new_user()
        plain = self.created(owner, "plain")["accessKey"]
        scope = "bad request: cannot use an access key to create other access keys"
        self.check_error(self.create(owner, "own", token=plain), 400, scope)
        self.check_error(self.create(self.dev, "others", token=plain), 400, scope)
        self.check_error(self.create(self.connector, "connectors", token=plain), 403, refused("create access key", "admin"))

    def test_a_plain_key_of_an_administrator_makes_connector_keys(self):
        key = self.created(self.self_id, "admins-plain")
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{key['id']}")
        self.check_error(self.create(self.dev, "others", token=key["accessKey"]), 400,
                         "bad request: cannot use an access key to create other access keys")
        made = self.created(self.connector, token=key["accessKey"])
        self.call("DELETE", f"{KEYS}/{made['id']}", token=key["accessKey"], status=204)

    def test_a_request_that_is_wrong_is_told_so_before_the_scope(self):
        owner, _ = self.new_user()
        plain = self.created(owner, "plain")["accessKey"]
        self.check_invalid(self.create(owner, "a", token=plain), {"name": ["must be at least 2 characters"]})
