# SPDX-License-Identifier: Apache-2.0
"""README's table of who may create, list and delete keys: each of its cells is tried."""

import os
import pathlib
import secrets

from executable import ExecutableTest
from server import KEYS

README = pathlib.Path(__file__).resolve().parent.parent.parent / "README.md"
HEADING = "### Who may create what"


def rows():
    """The table: its rows by their first cell."""
    lines = README.read_text(encoding="utf-8").split(HEADING + "\n", 1)[1].split("\n\n", 1)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells[2:]}


class CredentialsTest(ExecutableTest):
    def setUp(self):
        super().setUp()
        self.name = "by-" + secrets.token_hex(6)
        self.addCleanup(self.remove, self.connector, self.self_id, self.dev)
        self.users = {self.owner: self.user, self.connector: "connector"}

    def remove(self, *owners):
        for owner in owners:
            for row in self.rows(owner):
                if row["name"].startswith(self.name):
                    self.call("DELETE", f"{KEYS}/{row['id']}")

    def key_of(self, owner):
        """A key of the caller's own, made by the API, and the caller's id."""
        return {"access_key": self.created(owner, f"{self.name}-{secrets.token_hex(4)}")["accessKey"]}, owner

    def dev_login(self):
        login = self.dev_credentials()["passwordCredentials"]
        return {"access_key": None, "username": login["name"], "password": login["password"]}, self.dev

    def admin_login(self):
        return {"access_key": None, "username": os.environ["INFRA_TEST_ADMIN_USER"], "password": os.environ["INFRA_TEST_ADMIN_PASSWORD"]}, self.self_id

    def ways(self):
        """By the first cell of a row: how to authenticate in that way, and which user that is."""
        return {
            "an administrator's access key, made by Infra's API": lambda: self.key_of(self.self_id),
            "an access key of the server's configuration (scope `create-key`)": lambda: ({"access_key": self.admin}, self.self_id),
            "`username` and `password` of an administrator": self.admin_login,
            "`username` and `password` of a user without a role": self.dev_login,
            "an access key of a user without a role": lambda: self.key_of(self.dev),
            "an access key of the user `connector`": lambda: self.key_of(self.connector),
        }

    def name_of(self, owner):
        known = {self.owner: self.user, self.connector: "connector", self.dev: os.environ["INFRA_TEST_DEV_USER"]}
        return known.get(owner) or self.call("GET", "/api/users/self", status=200).json["name"]

    def task(self, owner, how, **more):
        return self.run_module(name=self.name, user=self.name_of(owner), **how, **more)

    def ids(self, owner):
        return sorted(row["id"] for row in self.rows(owner, name=self.name))

    def may(self, allowed, result, owner, before):
        """It was done, or refused without any change."""
        if allowed:
            self.assertNotIn("failed", result, result.get("msg"))
            self.assertTrue(result["changed"])
        else:
            self.assertIn(result.get("error", {}).get("code"), ("ARGUMENT", "PERMISSION"), result)
            self.assertIn(result["error"]["http_status"], (400, 403), result)
            self.assertEqual((result["changed"], self.ids(owner)), (False, before))
        return result

    def may_create(self, allowed, owner, how):
        made = self.may(allowed, self.task(owner, how), owner, self.ids(owner))
        if not allowed:  # nor may it replace a live key, which stays
            self.created(owner, self.name)
            before = self.ids(owner)
            refused = self.may(False, self.task(owner, how, recreate="always"), owner, before)
            self.assertEqual(self.call("DELETE", f"{KEYS}/{before[0]}").status, 204)
            return refused
        self.may(True, self.task(owner, how, recreate="always"), owner, None)
        for row in self.rows(owner, name=self.name):
            self.call("DELETE", f"{KEYS}/{row['id']}")
        return made

    def may_look_and_delete(self, looks, deletes, owner, how):
        made = self.created(owner, self.name)
        told = self.info(name=self.name, user=self.name_of(owner), **how)
        if looks:
            self.assertEqual([key["id"] for key in told["access_keys"]], [made["id"]])
        else:
            self.failed(told, "PERMISSION")
        self.may(deletes, self.task(owner, how, state="absent"), owner, self.ids(owner))
        self.remove(owner)

    def test_every_row_has_a_way_and_every_way_a_row(self):
        self.assertEqual(sorted(rows()), sorted(self.ways()))

    def test_each_cell_is_true(self):
        for first, cells in rows().items():
            with self.subTest(row=first):
                for cell in cells:
                    self.assertRegex(cell, "^(yes|no|no: 400, and nothing is deleted for it|its own|lists its own, deletes none)$")
                self.check_row(*cells, self.ways()[first])
                self.remove(self.connector, self.self_id, self.dev)

    def check_row(self, connector, other, rest, way):
        how, caller = way()
        self.may_create(connector == "yes", self.connector, how)
        refused = self.may_create(other == "yes", self.owner, how)
        if other.startswith("no: 400"):
            self.assertEqual(refused["error"]["detail"], "http_400")
        if caller != self.connector:  # this one has a column of its own
            self.may_create(other in ("yes", "its own"), caller, how)
        self.may_look_and_delete(rest == "yes", rest == "yes", self.owner, how)
        how, caller = way()  # its key was deleted with the others of that name
        self.may_look_and_delete(rest != "no", rest in ("yes", "its own"), caller, how)
