# SPDX-License-Identifier: Apache-2.0
"""Values in and out of the Python package. Python's own types are accepted; others are refused with their
parameter's name. Results cannot be changed."""

import collections
import copy
import datetime
import decimal
import enum
import json
import os
import pathlib
import pickle
import types
import unittest.mock

import infrastate
from infrastate import _request
from support import LibraryTest, ServerTest

HOUR = datetime.timedelta(hours=1)
BERLIN = datetime.timezone(HOUR)


def deep(levels):
    value = {}
    for _ in range(levels):
        value = {"x": value}
    return value


class RequestTest(LibraryTest):
    """Without a server: a client that can be opened, and the text that would be sent."""

    def setUp(self):
        super().setUp()
        self.client = infrastate.Client(host="https://localhost:1", access_key="aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb", retries=0)
        self.addCleanup(self.client.close)

    def refused(self, kind, sentence, act, *arguments, **options):
        with self.assertRaises(kind) as caught:
            act(*arguments, **options)
        self.assertIs(type(caught.exception), kind)
        self.assertEqual(str(caught.exception), sentence)

    def test_timeouts_are_seconds_or_a_timedelta(self):
        for given, milliseconds in ((5, 5000), (0.25, 250), (0.0001, 1), (1.0001, 1001), (datetime.timedelta(seconds=1.5), 1500), (10**9, 10**12)):
            for made in (_request.single("access_key", "desired", {}, given), _request.batch([], given), _request.config({}, given)):
                self.assertEqual(json.loads(made.text().raw)["timeout_ms"], milliseconds)
        self.assertNotIn("timeout_ms", json.loads(_request.config({}, None).text().raw))

    def test_other_timeouts_are_refused_by_name(self):
        calls = [lambda timeout: self.client.plan("access_key", {}, timeout=timeout), lambda timeout: self.client.info("access_key", timeout=timeout),
                 lambda timeout: self.client.apply_all([], timeout=timeout), lambda timeout: infrastate.Client(access_key="x", timeout=timeout)]
        for call in calls:
            for given in ("5", b"5", True, False, [5], decimal.Decimal(5), infrastate.Secret("5")):
                self.refused(TypeError, f"timeout must be a number of seconds or a timedelta, not {type(given).__name__}", call, given)
            for given in (0, -1, -0.5, float("nan"), float("inf"), float("-inf"), 1e308, 10**400):
                self.refused(ValueError, f"timeout must be a finite number of seconds above 0, not {given}", call, given)
            self.refused(ValueError, "timeout must be a finite number of seconds above 0, not -3600.0", call, -HOUR)
        self.refused(TypeError, "timeout and timeout_ms are the same; give one of them", infrastate.Client, access_key="x", timeout=5, timeout_ms=5000)

    def test_a_token_is_a_token(self):
        for call in (self.client.plan, self.client.apply, self.client.info):
            for given in (5, False, "x", object):
                self.refused(TypeError, f"cancel must be a Cancel, not {type(given).__name__}", call, "access_key", {}, cancel=given)

    def test_values_of_pythons_own_kinds(self):
        class Word(str, enum.Enum):
            NEVER = "never"

        values = {"secret_file": pathlib.Path("/etc/key"), "name": "some-key", "recreate": Word.NEVER, "expires_in": 30 * 24 * HOUR,
                  "overlap": datetime.timedelta(milliseconds=1500), "renew_before": -HOUR / 2,
                  "expires_at": datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=BERLIN),
                  "rotate_if_created_before": datetime.datetime(2030, 1, 2, 3, 4, 5, 60, tzinfo=datetime.timezone.utc),
                  "keepers": collections.UserDict(a=1, b=True, c=0.5, d=None), "current_secret": infrastate.Secret("s"),
                  "more": types.MappingProxyType({"x": ("y", ["z", pathlib.PurePath("w")])})}
        text = json.loads(_request.single("access_key", "desired", collections.ChainMap(values), None).text().raw)
        self.assertEqual(text, {"resource": "access_key", "desired": {
            "secret_file": "/etc/key", "name": "some-key", "recreate": "never", "expires_in": "2592000s", "overlap": "1.5s", "renew_before": "-1800s",
            "expires_at": "2030-01-02T02:04:05Z", "rotate_if_created_before": "2030-01-02T03:04:05.000060Z",
            "keepers": {"a": 1, "b": True, "c": 0.5, "d": None}, "current_secret": "s", "more": {"x": ["y", ["z", "w"]]}}})

    def test_other_values_are_refused_by_name(self):
        half = "\ud83d"
        for given, kind, says in (
                (b"x", TypeError, "is bytes; text is needed: decode it"), (bytearray(b"x"), TypeError, "is bytearray; text is needed: decode it"),
                (float("nan"), ValueError, "is nan, which JSON has no number for"), (float("-inf"), ValueError, "is -inf, which JSON has no number for"),
                (half, ValueError, "holds half of a surrogate pair, which is no character"),
                (infrastate.Secret(half), ValueError, "holds half of a surrogate pair, which is no character"),
                (pathlib.Path(os.fsdecode(b"/\xff")), ValueError, "holds half of a surrogate pair, which is no character"),
                (datetime.datetime(2030, 1, 1), ValueError, "is a datetime without a time zone, so no moment; give one with tzinfo"),
                (datetime.date(2030, 1, 1), TypeError, "is of a type that JSON has no form for: date"),
                ({"x"}, TypeError, "is of a type that JSON has no form for: set"), (object(), TypeError, "is of a type that JSON has no form for: object")):
            self.refused(kind, f"user {says}", self.client.plan, "access_key", {"user": given})
            self.refused(kind, f"keepers.a {says}", self.client.apply, "access_key", {"keepers": {"a": given}})
            self.refused(kind, f"user {says}", self.client.info, "access_key", {"user": given})
            self.refused(kind, f"requests[1].desired.names[0] {says}", self.client.plan_all, [("x", {}), ("x", {"names": [given]})])
            self.refused(kind, f"host {says}", infrastate.Client, host=given)
            self.refused(kind, f"resource {says}", self.client.plan, given, {})
        self.refused(TypeError, "keepers has a name that is no text: int", self.client.plan, "access_key", {"keepers": {5: "x"}})
        self.refused(ValueError, f"a name in keepers holds half of a surrogate pair, which is no character", self.client.plan, "x", {"keepers": {half: 1}})
        self.refused(ValueError, f"keepers{'.x' * 30} is nested more than 32 deep", self.client.plan, "access_key", {"keepers": deep(40)})
        circle = {}
        circle["x"] = circle
        self.refused(ValueError, f"keepers{'.x' * 30} is nested more than 32 deep", self.client.plan, "access_key", {"keepers": circle})

    def test_what_is_no_mapping_is_refused_by_name(self):
        for given in ("ab", 5, [("name", "x")], None):
            self.refused(TypeError, f"desired must be a mapping, not {type(given).__name__}", self.client.apply, "access_key", given)
        self.refused(TypeError, "query must be a mapping, not str", self.client.info, "access_key", "ab")

    def test_items_of_a_batch_are_mappings_or_pairs(self):
        for call in (self.client.plan_all, self.client.apply_all):
            for given, found in (("ab", "str"), (("x", {}, 5), "tuple of 3"), (("x",), "tuple of 1"), (b"ab", "bytes"), ({"x", "y"}, "set"), (5, "int")):
                self.refused(TypeError, f"requests[1] must be a mapping or a pair (resource, desired), not {found}", call, [("x", {}), given])
            self.refused(TypeError, "requests[0] must be a mapping or a pair (resource, desired), not str", call, {"resource": "x", "desired": {}})
            self.refused(TypeError, "requests[0].desired must be a mapping, not int", call, [("x", 5)])
        made = _request.batch((each for each in (("x", {"a": 1}), ["y", {}], collections.UserDict(resource="z", desired={}))), None)
        self.assertEqual([each["resource"] for each in json.loads(made.text().raw)["requests"]], ["x", "y", "z"])

    def test_a_secret_is_made_of_text(self):
        for given in (None, b"x", 5, infrastate.Secret("x")):
            self.refused(TypeError, f"a Secret is made of text, not of {type(given).__name__}", infrastate.Secret, given)


class ResultTest(ServerTest):
    def test_a_result_cannot_be_changed(self):
        result = self.client().apply("access_key", {"name": "fixed"})
        self.assertEqual(result["actions"], ("create",))
        for change in (lambda: result["actions"].append("x"), lambda: result["resource"].update(id="x"), lambda: setattr(result, "ok", False),
                       lambda: setattr(result, "novel", 1), lambda: result.update({})):
            self.assertRaises(AttributeError, change)
        for change in (lambda: result.__setitem__("ok", False), lambda: result["resource"].__setitem__("id", "x"), lambda: result.__delitem__("ok")):
            self.assertRaises((TypeError, AttributeError), change)
        result.actions.append("x")
        result.warnings.append("x")
        self.assertEqual((result.actions, "x" in result.warnings), (["create"], False))
        self.assertEqual([copy.copy(result), copy.deepcopy(result)], [result, result])

    def test_a_batch_cannot_be_changed(self):
        batch = self.client().apply_all([("access_key", {"name": "one"}), ("access_key", {"name": "?"})])
        self.assertEqual((batch.ok, batch.code, batch.changed, batch.outcome), (False, "PARTIAL", True, "changed"))
        for name in ("ok", "code", "changed", "outcome", "warnings", "message", "novel"):
            self.assertRaises(AttributeError, setattr, batch, name, True)
        for change in (lambda: batch.__setitem__(0, None), lambda: batch[0:2].append(None), lambda: batch.append(None)):
            self.assertRaises((TypeError, AttributeError), change)
        self.assertEqual([each.code for each in batch[0:2]], ["OK", "ARGUMENT"])
        self.assertEqual(batch[-1].error.field, "name")

    def test_a_result_has_a_plain_form(self):
        client = self.client()
        result = client.apply("access_key", {"name": "plain"})
        written = json.loads(json.dumps(result.as_dict()))
        self.assertEqual((written["secret"], written["actions"], written["resource"]["name"]), ("********", ["create"], "plain"))
        self.assertEqual({**result.as_dict(reveal=True), "secret": "********"}, written)
        self.assertEqual(result.as_dict(reveal=True)["secret"], result.secret.reveal())
        batch = client.apply_all([("access_key", {"name": "plain-too"}), ("access_key", {"name": "plain"})])
        written = json.loads(json.dumps(batch.as_dict()))
        self.assertEqual([each["secret"] for each in written["results"]], ["********", None])
        self.assertEqual(batch.as_dict(reveal=True)["results"][0]["secret"], batch[0].secret.reveal())

    def test_results_without_a_secret_are_pickled(self):
        client = self.client()
        for result in (client.plan("access_key", {"name": "pickled"}), client.info("access_key", {"user": "connector"})):
            again = pickle.loads(pickle.dumps(result))
            self.assertEqual((type(again), again, again.actions), (infrastate.Result, result, result.actions))
        batch = client.plan_all([("access_key", {"name": "pickled"})])
        again = pickle.loads(pickle.dumps(batch))
        self.assertEqual((list(again), again.code), (list(batch), batch.code))

    def test_a_client_takes_its_timeout(self):
        self.control("PUT", "/faults", {"rules": [{"action": "delay", "ms": 3000, "match": {"method": "GET"}}]})
        self.addCleanup(self.control, "DELETE", "/faults")
        client = self.client(timeout=datetime.timedelta(milliseconds=300), server_certificate_file=pathlib.Path(os.environ["INFRA_TEST_CA_FILE"]))
        with self.assertRaises(infrastate.DeadlineExceeded):
            client.plan("access_key", {"name": "some-key"})

    def test_times_are_understood(self):
        moment = datetime.datetime.now(BERLIN) + 5 * HOUR
        key = self.client().apply("access_key", {"name": "timed", "expires_at": moment, "inactivity_timeout": 2 * HOUR}).resource
        self.assertEqual(key["inactivity_timeout"], "2h0m0s")
        self.assertEqual(key["expires_at"][:16], moment.astimezone(datetime.timezone.utc).isoformat()[:16])
