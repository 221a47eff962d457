# SPDX-License-Identifier: Apache-2.0
"""The executable and the library share one core: to the same question they give the same answer, except for
Ansible's envelope and wording. Every key that the contract suite makes or removes is asked for through both,
in the state in which the suite has left it. Then each key is made again and goes through a whole life."""

import json
import os
import re
import subprocess
import sys
import unittest
import unittest.mock

import infrastate
import server as contract
from support import ROOT, ServerTest, executable, loads

sys.path.insert(0, str(ROOT / "tests" / "contract"))
SUITE = ["protocol_test", "keys_test", "bodies_test", "owners_test", "lifetime_test", "sessions_test"]
SECRET = re.compile(r"^[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
MOMENTS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?|(?<=\bid )[1-9a-km-zA-HJ-NP-Z]{9,11}\b|t[0-9a-f]{12}@example\.com")


def comparable(value, name=""):
    """What must be the same for two runs a moment apart, on keys of two users: of secrets the form, of times and
    ids that they exist."""
    if isinstance(value, dict):
        return {key: comparable(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [comparable(each, name) for each in value]
    if isinstance(value, str):
        if name == "secret":
            return "a secret" if SECRET.match(value) else "no secret"
        if name in ("id", "previous_id", "live_keys"):
            return "an identifier"
        return "a moment" if TIME.match(value) else MOMENTS.sub("*", value)
    if name in ("remaining_seconds", "remaining_percent") and value is not None:
        return "what remains"
    return value


def core_of_module(output):
    """The output without Ansible's own members. A result that failed has its reason in `msg`."""
    core = {name: value for name, value in output.items() if name not in ("invocation", "diff", "failed", "msg", "warnings")}
    core["ok"] = not output.get("failed", False)
    core["warnings"] = output.get("warnings", [])
    if "error" in core:
        core["error"] = {name: value for name, value in core["error"].items() if value not in (None, "")}
        # Wrong parameters are reported in Ansible's words, which classify some of them differently.
        if core["error"]["code"] != "ARGUMENT":
            core["error"]["message"] = output["msg"]
        else:
            core["error"] = {"code": "ARGUMENT", "field": core["error"].get("field")}
    return comparable(core)


def core_of_library(answer):
    core = {name: value for name, value in answer.items() if name not in ("code", "diff", "resource")}
    for name, value in (answer.get("resource") or {}).items():
        core.setdefault(name, value)
    if "error" in core:
        core["error"] = {name: value for name, value in core["error"].items() if value not in (None, "")}
        if core["error"]["code"] == "ARGUMENT":
            core["error"] = {"code": "ARGUMENT", "field": core["error"].get("field")}
    return comparable(core)


class Doors:
    """The same request through both."""

    def __init__(self, options):
        self.options = options
        self.client = infrastate.Client(**options)
        self.asked = 0

    def module(self, desired, check):
        arguments = dict(self.options, _ansible_check_mode=check, _ansible_no_log=True, **desired)
        done = subprocess.run([executable()], input=json.dumps(arguments), capture_output=True, text=True, check=False, timeout=60,
                              env={"PATH": os.environ["PATH"]})
        return core_of_module(loads(done.stdout))

    def library(self, desired, check):
        request = {"resource": "access_key", "desired": desired}
        return core_of_library(self.client._call("infrastate_plan" if check else "infrastate_apply", request, None, None))

    def differences(self, desired, check, other=None):
        """The differences of the two answers; `other` is what the library is asked instead, for a twin."""
        self.asked += 1
        module, library = self.module(desired, check), self.library(other or desired, check)
        return [f"{'plan' if check else 'apply'} {desired}: {name}: module {module.get(name)!r}, library {library.get(name)!r}"
                for name in sorted(set(module) | set(library)) if module.get(name) != library.get(name)]


class TwoDoorsTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.doors = Doors(self.options())
        self.addCleanup(self.doors.client.close)

    def test_over_the_whole_contract_suite(self):
        differences, described, names = [], {}, {}
        ask = contract.Server.request
        doors = self.doors

        def watched(this, method, path, body=None, token=None, **more):
            answer = ask(this, method, path, body, token=token, **more)
            if method == "POST" and path == "/api/users" and answer.status == 201:
                names[answer.json["id"]] = answer.json["name"]
            if method == "POST" and path == contract.KEYS and isinstance(body, dict):
                user = names.get(body.get("userID"))
                desired = {"name": body.get("name"), "expires_in": body.get("expiry"), "inactivity_timeout": body.get("inactivityTimeout")}
                desired = {name: value for name, value in desired.items() if isinstance(value, str) and value}
                life = {name: value for name, value in desired.items() if name != "name"}
                described.setdefault(json.dumps(life, sort_keys=True), {"name": "twin", **life})
                if user is not None:
                    for wanted in (desired, {"name": desired.get("name", "ab")}, {"name": desired.get("name", "ab"), "state": "absent"}):
                        differences.extend(doors.differences({**wanted, "user": user}, check=True))
            return answer

        loader = unittest.TestLoader()
        suite = loader.loadTestsFromNames(SUITE)
        with unittest.mock.patch.object(contract.Server, "request", watched):
            result = unittest.TestResult()
            suite.run(result)
        self.assertGreater(result.testsRun, 60)
        self.assertEqual(differences, [])
        self.assertGreater(self.doors.asked, 60)

        # Each lifetime that was asked for goes once more through a whole life, with one user for
        # each side. Parts of seconds are left out: what the server makes of them depends on the
        # moment of the request.
        for desired in described.values():
            if any(re.search(r"\.|ms|us|ns|\u00b5s|\u03bcs", str(value)) for value in desired.values()):
                continue
            _, one = self.new_user()
            _, other = self.new_user()
            for step in ({}, {}, {"expires_in": "77h"}, {"recreate": "always"}, {"recreate": "never", "expires_in": "5h"}, {"state": "absent"}, {"state": "absent"}):
                wanted = {**desired, **step}
                for check in (True, False):
                    differences += self.doors.differences({**wanted, "user": one}, check, {**wanted, "user": other})
        self.assertEqual(differences, [])
        self.assertGreater(self.doors.asked, 150)

    def test_failures_are_the_same(self):
        _, user = self.new_user()
        _, twin = self.new_user()
        wanted = [{"name": "ab", "user": "nobody@example.com"}, {"name": "?", "user": user}, {"user": user},
                  {"name": "ab", "user": user, "expires_at": "2001-01-01T00:00:00Z"},
                  {"name": "ab", "user": user, "expires_in": "1h", "expires_at": "2030-01-01T00:00:00Z"},
                  {"name": "ab", "user": user, "state": "gone"}, {"name": "ab", "user": user, "expires_in": "soon"},
                  {"name": "ab", "user": user, "unknown": "x"}]
        faults = [None, {"action": "status", "status": 500, "times": 0}, {"action": "status", "status": 404, "times": 0},
                  {"action": "reset", "times": 0, "match": {"method": "POST"}}, {"action": "reset", "times": 0},
                  {"action": "status", "status": 409, "times": 0, "match": {"method": "POST"}}]
        differences = []
        for fault in faults:
            for desired in wanted + [{"name": "faulty", "user": user}]:
                self.control("PUT", "/faults", {"rules": [fault] if fault else []})
                other = {**desired, "user": twin} if desired.get("user") == user else None
                differences += self.doors.differences(desired, False, other)
        self.control("DELETE", "/faults")
        self.assertEqual(differences, [])

    def test_failures_of_the_connection_are_the_same(self):
        desired = {"name": "ab"}
        for options in ({"host": "https://localhost:1", "retries": 0}, {"access_key": "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"},
                        {"server_certificate_file": None, "server_certificate": None}, {"host": "https://127.0.0.2:" + os.environ["INFRA_TEST_URL"].rsplit(":", 1)[1]}):
            with self.subTest(options=options):
                doors = Doors(self.options(**options))
                self.assertEqual(doors.differences(desired, check=False), [])
                doors.client.close()

    def test_a_login_is_the_same(self):
        user = os.environ["INFRA_TEST_DEV_USER"]
        doors = Doors(self.options(access_key=None, username=user, password=os.environ["INFRA_TEST_DEV_PASSWORD"]))
        self.addCleanup(doors.client.close)
        self.assertEqual(doors.differences({"name": "own", "user": user}, check=True), [])
        doors.module({"name": "own", "user": user}, False)
        for check in (True, False):
            self.assertEqual(doors.differences({"name": "own", "user": user}, check), [])
