# SPDX-License-Identifier: Apache-2.0
"""No secret is repeated in a sentence, by the library or the executable, wherever the caller put it by
mistake and however it looks. And what a program reads is never changed."""

import contextlib
import json
import logging
import os
import subprocess

import infrastate
import support
from support import LibraryTest, ServerTest, loads

TOKEN = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"
KEPT = "cccccccccc.dddddddddddddddddddddddd"


class Heard(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def module(arguments, check=False, timeout=60):
    done = subprocess.run([support.executable()], input=json.dumps({**arguments, "_ansible_check_mode": check, "_ansible_no_log": True}),
                          capture_output=True, text=True, check=False, timeout=timeout, env={"PATH": os.environ["PATH"]})
    return done.stdout


class ArgumentsTest(LibraryTest):
    """Nobody listens at the server's address: these requests are refused before."""

    def setUp(self):
        super().setUp()
        self.heard = Heard()
        self.logger = logger = logging.getLogger("infrastate.masking")
        logger.addHandler(self.heard)
        logger.setLevel(logging.DEBUG)
        self.addCleanup(logger.removeHandler, self.heard)
        self.options = {"host": "https://localhost:1", "access_key": TOKEN, "retries": 0}
        self.parameters = [param["name"] for param in infrastate.describe()["resources"][0]["params"]]

    def all_said(self, client, function, request):
        self.heard.lines.clear()
        answer = client._call(function, request, None, None)
        return json.dumps(answer) + "\n" + "\n".join(self.heard.lines)

    def test_the_clients_key_given_for_any_parameter(self):
        with contextlib.closing(infrastate.Client(logger=self.logger, **self.options)) as client:
            for name in [*self.parameters, TOKEN, "of_nobody"]:
                for value in (TOKEN, f"x{TOKEN}y", [TOKEN], {TOKEN: TOKEN}):
                    desired = {"name": "my-cluster", "secret_file": "/nowhere/x", name: value}
                    for function in ("infrastate_plan", "infrastate_apply"):
                        for request in ({"resource": "access_key", "desired": desired},
                                        {"requests": [{"resource": "access_key", "desired": desired}]}):
                            said = self.all_said(client, function, request)
                            self.assertNotIn(TOKEN, said, (function, request))
                query = {"resource": "access_key", "query": {name: TOKEN}}
                self.assertNotIn(TOKEN, self.all_said(client, "infrastate_info", query), query)

    def test_a_kept_secret_given_for_any_other_parameter_too(self):
        with contextlib.closing(infrastate.Client(logger=self.logger, **self.options)) as client:
            for name in self.parameters:
                if name == "current_secret":
                    continue
                desired = {"name": "my-cluster", "current_secret": KEPT, name: KEPT}
                for request in ({"resource": "access_key", "desired": desired},
                                {"requests": [{"resource": "access_key", "desired": {"name": "other", name: KEPT}},
                                              {"resource": "access_key", "desired": desired}]}):
                    self.assertNotIn(KEPT, self.all_said(client, "infrastate_plan", request), request)

    def test_the_configurations_secrets_before_there_is_a_client(self):
        names = [param["name"] for param in infrastate.describe()["abi"]["config"]["params"]]
        for name in [*names, TOKEN]:
            for more in ({name: TOKEN}, {name: [TOKEN]}, {name: {"x": TOKEN}}, {name: f"http://me:{TOKEN}@proxy"}):
                config = {**self.options, **more, "access_key": TOKEN, "of_nobody": 1}
                with self.assertRaises(infrastate.InfrastateError) as caught:
                    infrastate.Client(**config)
                self.assertNotIn(TOKEN, str(caught.exception) + str(caught.exception.field), more)

    def test_the_same_at_the_module(self):
        for name in [*self.parameters, TOKEN, "host", "retries", "timeout", "no_proxy"]:
            for value in (TOKEN, f"x{TOKEN}y", [TOKEN], {"x": TOKEN}):
                said = module({**self.options, "name": "my-cluster", name: value, "access_key": TOKEN})
                self.assertNotIn(TOKEN, said, (name, value))

    def test_a_secret_that_only_its_place_gives_away(self):
        """Nobody declared these secrets: a refused value is not repeated, and an access key is recognized by
        its form wherever it is."""
        unknown = ("eeeeeeeeee.ffffffffffffffffffffffff", "Correct Horse 4 Battery Staple", "obviously-fake-password", "0123456789abcdef" * 3)
        with contextlib.closing(infrastate.Client(logger=self.logger, **self.options)) as client:
            refused = 0
            for name in self.parameters:
                for value in unknown:
                    for desired in ({"name": "my-cluster", name: value}, {"name": "my-cluster", "secret_file": "/tmp/pasted", name: value}):
                        answer = client._call("infrastate_plan", {"resource": "access_key", "desired": desired}, None, None)
                        said = json.dumps(answer) + "\n".join(self.heard.lines)
                        if answer["code"] == "ARGUMENT":
                            refused += 1
                            self.assertNotIn(value, said, desired)
                        if name not in ("id", "user", "name"):
                            self.assertNotIn(value, said, desired)
                        elif value == unknown[0]:
                            self.assertNotIn(value, said, desired)
            self.assertGreater(refused, 100)
        names = [param["name"] for param in infrastate.describe()["abi"]["config"]["params"]]
        for name in names:
            for value in unknown:
                try:
                    infrastate.Client(**{**self.options, name: value}).close()
                except infrastate.InfrastateError as error:
                    self.assertNotIn(value, str(error), name)

    def test_an_access_key_that_only_its_place_gives_away_at_the_module(self):
        stray = "eeeeeeeeee.ffffffffffffffffffffffff"
        for name in [*self.parameters, stray, "of_nobody", "host", "retries", "timeout", "no_proxy", "access_key_file", "client_cert"]:
            for value in (stray, [stray], {"x": stray}):
                given = {**self.options, "name": "my-cluster", name: value}
                self.assertNotIn(stray, module({key: each for key, each in given.items() if key != "access_key" or name != "access_key_file"}), (name, value))

    def test_a_password_that_is_a_word_of_ours(self):
        """Codes, words and fields of library and executable are the same whatever the password is."""
        for password in ("ARGUMENT", "none", "true", "false", "1", "0", "name", "argument", "null", "****", "*", "TRANSPORT", "connect"):
            options = {**self.options, "access_key": None, "username": "me", "password": password}
            options = {name: value for name, value in options.items() if value is not None}
            said = loads(module({**options, "name": "not/good"}))
            self.assertEqual((said["error"]["code"], said["error"]["field"], said["outcome"], said["changed"], said["failed"]),
                             ("ARGUMENT", "name", "none", False, True), password)
            said = loads(module({**options, "name": "my-cluster"}))
            self.assertEqual((said["error"]["code"], said["outcome"], said["changed"]), ("TRANSPORT", "none", False), password)
            with contextlib.closing(infrastate.Client(**options)) as client:
                for desired, code, field in (({"name": "not/good"}, "ARGUMENT", "name"), ({"name": "my-cluster"}, "TRANSPORT", None)):
                    answer = client._call("infrastate_plan", {"resource": "access_key", "desired": desired}, None, None)
                    self.assertEqual((answer["code"], answer["outcome"], answer["error"]["code"]), (code, "none", code), password)
                    if field is not None:
                        self.assertEqual(answer["error"]["field"], field, password)


class StarsTest(ServerTest):
    """A password that consists of the characters that replace passwords, and a user with such a name."""

    def test_a_run_ends(self):
        users = self.folder / "users.json"
        users.write_text(json.dumps([{"name": "a****b", "password": "****", "role": "admin"},
                                     {"name": "none", "password": "none", "role": "admin"},
                                     {"name": "connector@example.com", "password": "OK", "role": "admin"}]))
        program = support.BUILD / "simulator" / "infra-simulator"
        with subprocess.Popen([program, "--die-with-parent", "--users", users], stdout=subprocess.PIPE, text=True) as process:
            try:
                ready = json.loads(process.stdout.readline())
                for user, password in (("a****b", "****"), ("none", "none"), ("connector@example.com", "OK")):
                    options = {"host": ready["url"], "server_certificate_file": ready["ca_file"], "username": user, "password": password}
                    with self.subTest(user=user), contextlib.closing(infrastate.Client(**options)) as client:
                        for desired in ({"name": "k1", "user": user}, {"name": "k1", "user": user, "state": "absent"}):
                            for check in (True, False):
                                said = loads(module({**options, **desired}, check))
                                self.assertNotIn("failed", said)
                                self.assertEqual(said["outcome"], "none" if check else "changed")
                                if not check and desired.get("state") is None:
                                    self.assertEqual((said["name"], said["user"]), ("k1", user))
                            self.assertEqual(client._call("infrastate_plan", {"resource": "access_key", "desired": desired}, None, None)["code"], "OK")
                        said = client._call("infrastate_info", {"resource": "access_key", "query": {"user": user}}, None, None)
                        self.assertEqual((said["code"], said["outcome"]), ("OK", "none"))
                        self.assertEqual({key["user"] for key in said["access_keys"]} | {user}, {user})
            finally:
                process.terminate()
