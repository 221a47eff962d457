# SPDX-License-Identifier: Apache-2.0
"""How many requests each kind of run makes: the table of docs/adr/0101, on both servers."""

import json
import os
import pathlib
import secrets
import time

from executable import CHECK, ExecutableTest
from server import KEYS

LIST, USER, VERSION, TRY = "GET /api/access-keys", "GET /api/users", "GET /api/version", "GET /api/users/self"
POST, DELETE, LOGIN, LOGOUT = "POST /api/access-keys", "DELETE /api/access-keys/*", "POST /api/login", "POST /api/logout"
UNKNOWN, OTHER = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb", "aaaaaaaaaa.cccccccccccccccccccccccc"  # no server knows them


class RequestsTest(ExecutableTest):
    def setUp(self):
        super().setUp()
        if self.kind != "simulator" and "INFRA_TEST_SERVER_LOG" not in os.environ:
            self.skipTest("this server was given without its log")

    def heard(self):
        """Method and path of all requests that the server has answered."""
        if self.kind == "simulator":
            answer = self.call("GET", "/_simulator/requests", token=os.environ["INFRA_TEST_CONTROL_TOKEN"], version=None, status=200)
            return [f"{each['method']} {each['path'].split('?')[0]}" for each in answer.json["requests"]]
        lines = pathlib.Path(os.environ["INFRA_TEST_SERVER_LOG"]).read_text().splitlines()
        # A refused request has a second line, about the refusal.
        entries = (json.loads(line) for line in lines if line.startswith("{"))
        return [f"{each['method']} {each['path']}" for each in entries if each.get("message") == "API request completed"]

    def mark(self):
        path = f"/api/mark-{secrets.token_hex(8)}"
        self.call("GET", path)
        return f"GET {path}"

    def requests_of(self, run):
        """The result of `run`, and its requests. The real server writes its log after it has answered."""
        begin = self.mark()
        result = run()
        end = self.mark()
        give_up = time.monotonic() + 30
        while end not in (heard := self.heard()) and time.monotonic() < give_up:
            time.sleep(0.02)
        if self.kind != "simulator":
            time.sleep(0.1)
            heard = self.heard()
        asked = [each for each in heard[heard.index(begin) + 1:] if each != end]
        return result, ["DELETE /api/access-keys/*" if each.startswith("DELETE /api/access-keys/") else each for each in asked]

    def costs(self, requests, *actions, dry=None, **arguments):
        """The run does these actions with these requests. Before it, check mode makes the same requests, without
        those that change something, or makes `dry`."""
        looks = dry if dry is not None else [each for each in requests if each not in (POST, DELETE)]
        check, asked = self.requests_of(lambda: self.key(**arguments, **CHECK))
        self.done(check, *actions)
        self.assertEqual(asked, looks, "in a dry run")
        result, asked = self.requests_of(lambda: self.key(**arguments))
        self.done(result, *actions)
        self.assertEqual(asked, requests)
        return result

    def refused(self, detail, requests, **arguments):
        result, asked = self.requests_of(lambda: self.key(**arguments))
        self.assertEqual((result.get("failed"), result["error"]["detail"], result["changed"]), (True, detail, False), result["msg"])
        self.assertEqual(asked, requests)

    def holding(self, secret, name):
        """A file that holds this, without a record: the arguments of its task."""
        file = self.folder / name
        file.write_text(secret)
        file.chmod(0o600)
        return {"name": name, "secret_file": str(file)}

    def unused(self, name):
        """A secret whose key was not used just now, so that another use shows: the server keeps seconds, and not each use."""
        secret = self.created(self.owner, name)["accessKey"]
        time.sleep(4.2)
        return secret

    def test_no_change_costs_one(self):
        for way in ({}, {"secret_file": None}, {"overlap": "1h"}):
            with self.subTest(**way):
                name = "kept-" + secrets.token_hex(4)
                file = {"secret_file": str(self.folder / name), **way}
                self.key(name=name, **file)
                self.costs([LIST], name=name, **file)
        self.costs([LIST], name="nobodys", state="absent", secret_file=None)

    def test_a_creation_costs_four(self):
        self.costs([LIST, USER, VERSION, POST], "create")
        self.costs([LIST, USER, VERSION, POST], "create", name="other", secret_file=None)

    def test_a_creation_after_a_stale_record_costs_no_more(self):
        """The record has the user's id. The same look by name shows that the user still has it."""
        made = self.key()
        self.call("DELETE", f"{KEYS}/{made['id']}", status=204)
        self.costs([LIST, USER, VERSION, POST], "create")

    def test_a_creation_for_a_user_made_anew_costs_five(self):
        self.key()
        self.call("DELETE", f"/api/users/{self.owner}", status=204)
        self.owner = self.call("POST", "/api/users", {"name": self.user}, status=201).json["id"]
        self.addCleanup(self.call, "DELETE", f"/api/users/{self.owner}")
        self.costs([LIST, USER, LIST, VERSION, POST], "create")

    def ordinary_key(self, name):
        """An administrator's key, made by the API."""
        made = self.created(self.self_id, name)
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{made['id']}")
        return made["accessKey"]

    def test_a_live_key_is_replaced_with_four(self):
        """Check mode looks whether the key is the one that authenticates; the run learns it from the server."""
        name = "replaced-" + self.user.split("@")[0]
        connector = {"name": name, "user": "connector"}
        self.addCleanup(self.run_module, state="absent", **connector)
        ordinary = self.ordinary_key(name)
        self.key(**connector)
        for way in ({}, {"access_key": ordinary}):
            with self.subTest(ordinary=bool(way)):
                self.costs([LIST, VERSION, DELETE, POST], "delete", "create", recreate="always", dry=[LIST, VERSION, TRY], **connector, **way)

    def test_a_dead_key_is_replaced_with_five(self):
        """A listing without dead keys confirms what the clock says."""
        self.key(expires_in="2s", inactivity_timeout="2s")
        time.sleep(3.1)
        self.costs([LIST, LIST, VERSION, DELETE, POST], "delete", "create")

    def test_a_live_key_of_another_user_is_replaced_with_one_more(self):
        """The POST is sent before the DELETE, to find out whether it is allowed."""
        self.key()
        self.costs([LIST, VERSION, POST, DELETE, POST], "delete", "create", recreate="always", dry=[LIST, VERSION, TRY])
        self.file.unlink()
        self.costs([LIST, VERSION, POST, DELETE, POST], "delete", "create", dry=[LIST, VERSION, TRY])
        self.refused("http_400", [LIST, VERSION, POST], recreate="always", access_key=self.ordinary_key("caller-" + self.user.split("@")[0]))

    def test_a_login_costs_two_more(self):
        """A session need not ask whether it may. This user may list its own keys only, which a creation asks for second."""
        credentials = self.dev_credentials()["passwordCredentials"]
        login = {"access_key": None, "username": credentials["name"], "password": credentials["password"], "user": credentials["name"],
                 "name": "login-" + self.user.split("@")[0]}  # other tests leave keys of this user

        def run(*requests):
            return [LOGIN, *requests, LOGOUT]
        self.costs(run(LIST, LIST, VERSION, POST), "create", **login)
        self.costs(run(LIST), **login)
        self.costs(run(LIST, VERSION, DELETE, POST), "delete", "create", recreate="always", **login)
        self.costs(run(LIST, VERSION, DELETE), "delete", "delete_file", state="absent", **login)

    def test_a_rotation_costs_three_and_so_does_its_end(self):
        self.key(overlap="1s")
        time.sleep(1.1)
        self.costs([LIST, VERSION, POST], "create", rotate_if_created_before="now", overlap="1s")
        time.sleep(2.2)
        self.costs([LIST, VERSION, DELETE], "retire", overlap="1s", dry=[LIST, VERSION, TRY])

    def test_a_removal_costs_three(self):
        self.key()
        self.costs([LIST, VERSION, DELETE], "delete", "delete_file", state="absent", dry=[LIST, VERSION, TRY])
        for name in ("example", "example.rot-1-0123abcd"):
            self.created(self.owner, name)
        # Of several keys, the one that may be the caller's is deleted first, so the run asks who the caller
        # is.
        self.costs([LIST, VERSION, TRY, DELETE, DELETE], "delete", "delete", state="absent", secret_file=None, dry=[LIST, VERSION, TRY])

    def test_the_trial_of_an_accepted_secret_costs_two(self):
        """The use, and the listing that shows which key was used."""
        trial = [TRY, LIST]
        self.costs([LIST, *trial], dry=[LIST], **self.holding(self.unused("own"), "own"))
        gone = self.holding(self.unused("gone"), "gone")
        self.costs([LIST, *trial, VERSION, DELETE], "delete", "delete_file", state="absent", dry=[LIST, VERSION, TRY], **gone)
        for state in ("present", "absent"):
            self.refused("secret_of_another_key", [LIST, *trial], state=state, **self.holding(self.unused("others-" + state), "mine"))
        made = self.key(secret_file=None)
        time.sleep(4.2)
        self.costs([LIST, *trial], dry=[LIST], secret_file=None, current_secret=made["secret"])

    def test_the_trial_of_a_refused_secret_costs_three(self):
        """Two tries, with a good request in between."""
        trial = [TRY, LIST, TRY]
        for state in ("present", "absent"):
            self.refused("secret_unverified", [LIST, *trial], state=state, **self.holding(UNKNOWN, "unknown"))
        self.key()
        self.file.write_text(UNKNOWN)
        result, asked = self.requests_of(self.key)
        self.done(result, "delete", "create", reason="secret_rejected")
        self.assertEqual(asked, [LIST, *trial, VERSION, POST, DELETE, POST])
        self.file.write_text(OTHER)
        self.costs([LIST, *trial, VERSION, DELETE], "delete", "delete_file", state="absent", dry=[LIST, VERSION, TRY])
