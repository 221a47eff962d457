# SPDX-License-Identifier: Apache-2.0
"""The life of a key: created, left alone, replaced, rotated by a notification, removed; and where secrets are."""

import os
import re
import secrets
import time

from support import ChefTest, real


class LifeTest(ChefTest):
    def nowhere(self, values, *outputs):
        """Neither in the outputs nor in a file that was left behind, beside what the test itself wrote."""
        own = {self.folder / "attributes.json", self.file}
        left = [path for path in self.folder.rglob("*") if path.is_file() and path not in own]
        self.assertTrue(any(path.name == "keys.rb" for path in left))
        for value in values:
            self.assertGreater(len(value), 9)
            for output in outputs:
                self.assertNotIn(value, output)
            for path in left:
                # A real chef-client in local mode saves the attributes that it was given: they are the test's.
                if not (real() and path.is_relative_to(self.folder / "nodes")):
                    self.assertNotIn(value.encode(), path.read_bytes(), path)

    def test_a_key_is_made_left_alone_replaced_and_removed(self):
        first, drifted, absent = self.example(), self.example(expires_in="700h"), self.example("delete")
        outputs, made = [], []

        def run(properties, done, *arguments):
            found = self.converged({"example": properties}, *arguments, level="trace")
            outputs.append(found.output)
            self.assertEqual(found.done("example"), [f"{line} of user '{self.user}'" for line in done])
            if self.file.exists():
                made.append(self.file.read_text())

        key = "access key 'example'"
        run(first, [f"Would create {key}"], "-W")
        self.assertEqual((self.live(), self.file.exists()), ([], False))
        run(first, [f"create {key}"])
        self.assertEqual(self.opens(self.file.read_text()), self.owner)
        run(first, [])
        run(drifted, [f"Would replace {key}"], "-W")
        self.assertEqual(made[-1], made[-2])
        run(drifted, [f"replace {key}"])
        self.assertNotEqual(made[-1], made[-2])
        found = self.converged({"example": absent}, "-W")
        self.assertRegex(found.done("example")[0], f"^Would delete {key} of user '{self.user}' and delete secret_file$")
        self.assertEqual(len(self.live()), 1)
        self.converged({"example": absent})
        self.assertEqual((self.live(), self.file.exists()), ([], False))
        self.assertEqual(self.converged({"example": absent}).done("example"), [])
        self.assertEqual(len(set(made)), 2)
        self.nowhere([*made, self.admin], *outputs)

    def test_a_notification_rotates_with_an_overlap_and_not_the_key_of_this_run(self):
        key = {"example": self.example(overlap="1h")}
        for timing in ("immediately", "delayed"):
            self.converged({"example": self.example("delete", overlap="1h")})
            made = self.converged(key, rings={"example": timing})
            self.assertEqual([len(made.done("example")), len(self.live())], [1, 1])
            rotation = "".join(made.parts("example", "rotate"))
            self.assertNotIn("plan:", rotation)
            self.assertIn("up to date", rotation)
            time.sleep(1.1)  # The server's time has whole seconds, and a key of this second is not older than now.
            rung = self.converged(key, rings={"example": timing})
            self.assertEqual(rung.done("example"), [f"rotate access key 'example' of user '{self.user}'"])
            self.assertEqual(rung.plan("example"), {"reason": "rotation_due", "actions": ["create"], "changed": True})
            self.assertEqual(len(self.live()), 2)

    def test_the_action_rotate_may_be_asked_for_and_is_shown_by_why_run(self):
        self.converged({"example": self.example()})
        before = self.file.read_text()
        time.sleep(1.1)
        run = self.converged({"example": self.example("rotate")}, "-W")
        self.assertEqual(run.done("example"), [f"Would replace access key 'example' of user '{self.user}'"])
        self.assertEqual(self.file.read_text(), before)
        self.converged({"example": self.example("rotate")})
        self.assertNotEqual(self.file.read_text(), before)

    def test_no_secret_is_shown_by_failures_either(self):
        self.converged({"example": self.example()})
        kept, wrong, passphrase = self.file.read_text(), secrets.token_hex(12), secrets.token_hex(12)
        password = os.environ["INFRA_TEST_ADMIN_PASSWORD"]
        login = {"access_key": None, "username": os.environ["INFRA_TEST_ADMIN_USER"]}
        other = str(self.folder / "other.key")
        run = self.converged({
            "example": self.example(current_secret=kept),
            "login": self.example(name="login", secret_file=other, password=password, **login),
            "refused": self.example(name="refused", secret_file=other + "2", password=wrong, **login),
            "stranger": self.example(name="stranger", secret_file=other + "3", access_key=wrong),
            "typed": self.example(name="typed", secret_file=other + "3", access_key=[wrong]),
            "phrase": self.example(name="phrase", secret_file=other + "4", client_cert="/nowhere.pem", client_key_passphrase=passphrase),
            "proxied": self.example(name="proxied", secret_file=other + "5", proxy=f"http://user:{wrong}@localhost:1"),
        }, ignore=True, level="trace")
        for title in ("refused", "stranger", "typed", "phrase", "proxied"):
            self.assertTrue(run.error(title), run.output)
        self.assertIsNone(run.error("example"), run.output)
        self.assertEqual(run.done("login"), [f"create access key 'login' of user '{self.user}'"])
        with open(other) as file:
            made = file.read()
        os.remove(other)
        self.nowhere([kept, made, wrong, passphrase, password, self.admin], run.output)

    def test_a_run_that_changes_nothing_costs_one_request(self):
        self.converged({"example": self.example()})
        begun = time.monotonic()
        run = self.converged({"example": self.example()})
        whole = time.monotonic() - begun
        self.assertEqual(re.findall(r"libinfrastate: (\w+ /\S+): 200", run.output), ["GET /api/access-keys"])
        begun = time.monotonic()
        self.converged({})
        empty = time.monotonic() - begun
        print(f"{whole:.1f} s with a key that needs no change, {empty:.1f} s with an empty recipe ", end="")

    def test_settings_that_are_left_out_come_from_the_environment(self):
        settings = {"INFRA_HOST": os.environ["INFRA_TEST_URL"], "INFRA_ACCESS_KEY": self.admin,
                    "INFRA_SERVER_CERTIFICATE_FILE": os.environ["INFRA_TEST_CA_FILE"]}
        key = {"example": {"user": self.user, "secret_file": str(self.file)}}
        self.converged(key, environment={**settings, "INFRA_TIMEOUT": "20s"})
        self.assertEqual(len(self.live()), 1)
        self.assertIn("timeout: must be a duration", self.failing(key, environment={**settings, "INFRA_TIMEOUT": "soon"}).error("example"))

    def test_a_name_is_a_key_a_file_or_an_id_and_values_may_be_lazy(self):
        named = str(self.folder / "named.key")
        lazy = {f"lazy_{name}" if name in ("access_key", "secret_file") else name: value for name, value in
                self.example(name="named", secret_file=named).items()}
        self.converged({str(self.file): self.example(secret_file=None), "Keep a key": lazy})
        rows = {row["name"]: row["id"] for row in self.rows(self.owner)}
        self.assertEqual(len(rows), 2)
        derived = next(name for name in rows if name != "named")
        self.assertRegex(derived, "^infra-[a-z0-9]{16}$")
        self.converged({f"id:{rows['named']}": self.example("delete", secret_file=None)})
        self.assertEqual([row["name"] for row in self.rows(self.owner)], [derived])
        self.assertEqual(self.converged({str(self.file): self.example(secret_file=None)}).done(str(self.file)), [])
