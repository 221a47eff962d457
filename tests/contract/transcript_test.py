# SPDX-License-Identifier: Apache-2.0
"""Replays the recorded exchanges of a real Infra 0.21.0 in their order and expects each answer again:
status, headers that matter, every member of the body. What differs from run to run (ids, times, secrets) is
compared by its kind and its relations."""

import copy
import json
import os
import pathlib
import re
import time

from server import IDENTIFIER, SECRET, TIME, ContractTest, moment

RECORDING = pathlib.Path(__file__).parent / "transcripts" / "infra-0.21.0.jsonl"
ID_FIELDS = {"id", "issuedFor", "providerID", "userID", "user", "createdBy"}
# The server that was recorded was built without a version.
RECORDED_VERSION = "99.99.99999"
# A secret that was recorded as "other": the step that made its key.
TOKEN_FROM = {
    "connector key self": "create connector key",
    "connector key lists keys": "create connector key",
    "connector key grants": "create connector key",
    "connector key destinations": "create connector key",
    "token of deleted key": "create connector key",
    "expired token": "short key",
    "inactive token": "short inactivity",
    "dev creates own key": "login",
    "dev creates for connector (403)": "login",
    "dev lists all (403?)": "login",
    "dev lists own": "login",
    "dev deletes connector key (403)": "login",
    "logout": "login",
    "dev key creates key (scope)": "dev creates own key",
}
UNKNOWN_KEY = "aaaaaaaaaa." + "b" * 24
LITERAL_TOKEN = {"bad token": UNKNOWN_KEY, "unknown key id": "zzzzzzzzzz." + "b" * 24, "malformed token": "nonsense"}
SHORT_LIVED = "durations 500ms/500ms"


class TranscriptTest(ContractTest):
    def setUp(self):
        self.ids = {}  # recorded id -> the id of this run
        self.tokens = {}  # step -> secret

    def bind(self, recorded, live):
        """Learns which ids of this run correspond to which recorded ones."""
        if isinstance(recorded, dict) and isinstance(live, dict):
            for field in ID_FIELDS & recorded.keys() & live.keys():
                if IDENTIFIER.match(str(recorded[field])) and IDENTIFIER.match(str(live[field])):
                    self.ids.setdefault(recorded[field], live[field])
            if "items" in recorded and len(recorded["items"]) == 1 == len(live.get("items") or []):
                self.bind(recorded["items"][0], live["items"][0])

    def translate(self, text):
        for recorded, live in self.ids.items():
            text = text.replace(recorded, live)
        return text

    def token(self, exchange):
        step, auth = exchange["step"], exchange["request"]["auth"]
        if auth == "admin":
            return self.admin
        if auth == "none":
            return None
        return LITERAL_TOKEN.get(step) or self.tokens[TOKEN_FROM[step]]

    def canonical(self, value, field=None):
        """The value, with everything that may differ replaced by its kind."""
        if isinstance(value, dict):
            return {name: self.canonical(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.canonical(item) for item in value]
        if not isinstance(value, str):
            return value
        if field in ID_FIELDS and IDENTIFIER.match(value):
            return "IDENTIFIER"
        if field == "accessKey" and SECRET.match(value):
            return "SECRET"
        if TIME.match(value):
            return "TIME"
        value = value.replace(RECORDED_VERSION, "VERSION").replace(self.version, "VERSION")
        if field == "sshLoginName":
            return re.sub(r"^dev\d{3}$", "devNNN", value)
        return re.sub(r"-[1-9a-km-zA-HJ-NP-Z]{10,11}$", "-IDENTIFIER", value) if field == "name" else value

    def check_spans(self, recorded, live, step):
        """A key lives as long as the recorded one. Whole seconds of two reads of a clock may differ by one."""
        if isinstance(recorded, dict) and "created" in recorded:
            spans = ["expires"] + (["inactivityTimeout"] if "accessKey" in recorded else [])
            for field in spans:
                if recorded.get(field) is None:
                    continue
                wanted = moment(recorded[field]) - moment(recorded["created"])
                self.assertIn(moment(live[field]) - moment(live["created"]) - wanted, (-1, 0, 1), f"{step}: {field}")
        for item, other in zip(recorded.get("items", []), live.get("items", [])) if isinstance(recorded, dict) else ():
            # Lists are ordered by name. Generated names differ, so two such keys may swap.
            if "name" in item and self.canonical(item["name"], "name") == item["name"] == other["name"]:
                self.check_spans(item, other, step)

    def check_cookie(self, recorded, live, step):
        def generic(text):
            return re.sub(r"Max-Age=25919\d\d", "Max-Age=MONTH", re.sub(r"^auth=\w{10}\.\w{24};", "auth=SECRET;", text))

        self.assertEqual(generic(live), generic(recorded), step)

    def exchange(self, recorded):
        request, wanted = recorded["request"], recorded["response"]
        step = recorded["step"]
        body = copy.deepcopy(request["body"])
        if step.startswith("login") and step != "login wrong":
            body = self.dev_credentials()
        if isinstance(body, str):
            body = body.encode()
        elif body is not None:
            body = json.loads(self.translate(json.dumps(body)))
            if "passwordCredentials" in body:
                body["passwordCredentials"]["name"] = os.environ["INFRA_TEST_DEV_USER"]
        path = self.translate(request["path"]).replace("dev@example.com", os.environ["INFRA_TEST_DEV_USER"])
        answer = self.server.request(request["method"], path, body, token=self.token(recorded), version=request["infra_version"])

        self.assertEqual(answer.status, wanted["status"], f"{step}: {answer.text}")
        for name, value in wanted["headers"].items():
            if name == "set-cookie":
                self.check_cookie(value, answer.headers[name], step)
            else:
                self.assertEqual(answer.headers.get(name), value, f"{step}: header {name}")
        if wanted["body"] is None:
            self.assertIn(answer.text, ("", "null"), step)
            return
        if step == SHORT_LIVED:
            self.dies_at = time.monotonic() + 0.4
        if step == "page 0" and time.monotonic() > self.dies_at and answer.json["totalCount"] == wanted["body"]["totalCount"] - 1:
            # On a slow machine a key that lives half a second is dead by now, and a list of live keys counts
            # one less.
            for count in ("totalCount", "totalPages"):
                wanted["body"][count] -= 1
        self.assertEqual(self.canonical(answer.json), self.canonical(wanted["body"]), step)
        self.bind(wanted["body"], answer.json)
        self.check_spans(wanted["body"], answer.json, step)
        if isinstance(answer.json, dict) and "accessKey" in answer.json:
            self.tokens[step] = answer.json["accessKey"]

    def test_every_recorded_exchange_is_answered_again(self):
        self.version = self.call("GET", "/api/version", status=200).json["version"]
        exchanges = [json.loads(line) for line in RECORDING.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(len(exchanges), 99)
        recorded_connector, recorded_nobody = "2vc1qNZcG2w", "2vc1qNZcG2x"
        self.ids[recorded_connector] = self.connector
        # Far from the ids that are given out now, which follow each other.
        self.ids[recorded_nobody] = self.connector[:4] + ("x" if self.connector[4] != "x" else "y") + self.connector[5:]
        for recorded in exchanges:
            if recorded["step"] == "expired token":
                time.sleep(3.1)  # the keys of the two steps before live 1 and 2 seconds
            self.exchange(recorded)
