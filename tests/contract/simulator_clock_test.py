# SPDX-License-Identifier: Apache-2.0
"""The settable clock: it passes years of a key's life at once, and hits moments that are rare in real time."""

import email.utils

from server import KEYS, moment
from simulator import SimulatorTest


class ClockTest(SimulatorTest):
    def test_the_clock_can_be_advanced_and_set(self):
        before = moment(self.control("GET", "/clock")["now"])
        self.assertGreaterEqual(moment(self.clock(advance="8766h")["now"]) - before, 8766 * 3600)
        self.assertGreaterEqual(moment(self.clock(advance="-8766h")["now"]) - before, 0)
        self.assertEqual(self.clock(frozen=True, set="2031-02-03T04:05:06Z")["now"], "2031-02-03T04:05:06Z")
        self.assertEqual(self.clock(advance="500ms")["now_us"] % 1000000, 500000)
        self.assertEqual(self.clock(frozen=False)["frozen"], False)
        self.assertGreaterEqual(self.control("GET", "/clock")["now"], "2031-02-03T04:05:06Z")

    def test_dates_and_rows_follow_the_clock(self):
        self.clock(frozen=True, set="2031-02-03T04:05:06Z")
        key = self.created(self.connector, "future", "24h", "1h")
        self.assertEqual((key["created"], key["expires"], key["inactivityTimeout"]),
                         ("2031-02-03T04:05:06Z", "2031-02-04T04:05:06Z", "2031-02-03T05:05:06Z"))
        self.assertEqual(self.call("GET", "/api/version").headers["date"], "Mon, 03 Feb 2031 04:05:06 GMT")

    def test_keys_die_when_the_clock_says_so(self):
        self.clock(frozen=True)
        key = self.created(self.connector, "dying", "10h", "1h")
        self.clock(advance="59m59s")
        self.call("GET", "/api/users/self", token=key["accessKey"], status=200)
        self.clock(advance="1h")  # exactly at the deadline, which still counts as alive
        self.call("GET", "/api/users/self", token=key["accessKey"], status=200)
        self.clock(advance="1h1s")
        self.check_error(self.call("GET", "/api/users/self", token=key["accessKey"]), 401, "access key has expired")
        self.assertEqual(self.rows(self.connector, expired=False), [])
        self.assertEqual(self.create(self.connector, "dying").status, 409)

    def test_a_step_makes_two_looks_at_the_clock_differ(self):
        # A create reads the clock five times: twice for the caller's key, then for the expiry, the deadline
        # and the creation. Here a second begins before the last of them.
        self.clock(frozen=True, set="2031-01-01T00:00:00.9983Z", step_us=500)
        key = self.created(self.connector, "edge", "1h", "10m")
        self.assertEqual(moment(key["inactivityTimeout"]) - moment(key["created"]), 599)
        self.assertEqual(moment(key["expires"]) - moment(key["created"]), 3599)
        # A use reads the clock twice, and a second begins in between.
        self.clock(set="2031-01-01T00:01:00.9998Z")
        self.call("GET", "/api/users/self", token=key["accessKey"], status=200)
        row = self.row(self.connector, "edge")
        self.assertEqual(moment(row["inactivityTimeout"]) - moment(row["lastUsed"]), 599)
        self.assertEqual(row["lastUsed"], "2031-01-01T00:01:01Z")

    def test_use_is_throttled_by_the_clock(self):
        self.clock(frozen=True, set="2031-01-01T00:00:00Z")
        key = self.created(self.connector, "throttled", "10h", "1h")
        for seconds, recorded in (("1.9s", "00:00:00"), ("99ms", "00:00:00"), ("1ms", "00:00:02"), ("1s", "00:00:02"), ("1s", "00:00:04")):
            self.clock(advance=seconds)
            self.call("GET", "/api/users/self", token=key["accessKey"], status=200)
            self.assertEqual(self.row(self.connector, "throttled")["lastUsed"], f"2031-01-01T{recorded}Z", seconds)

    def test_identifiers_stay_unique_when_the_clock_goes_back(self):
        self.clock(frozen=True)
        seen = set()
        for name in ("one", "two", "three"):
            seen.add(self.created(self.connector, name)["id"])
            self.clock(advance="-24h")
        self.assertEqual(len(seen), 3)

    def test_bad_orders_are_refused_in_words(self):
        for order, start in (({"set": "yesterday"}, "bad request: set: "), ({"advance": "1d"}, "bad request: advance: "),
                             ({"when": "now"}, "bad request: when: expected are set"), ({"frozen": "yes"}, "bad request: frozen: expected")):
            self.assertTrue(self.control("POST", "/clock", order, status=400)["message"].startswith(start), order)


class ControlTest(SimulatorTest):
    def test_every_control_call_needs_the_control_token(self):
        for token in (None, self.admin, "nonsense"):
            for method, path in (("GET", ""), ("GET", "/state"), ("POST", "/reset"), ("POST", "/clock")):
                answer = self.server.request(method, "/_simulator" + path, token=token)
                self.assertEqual((answer.status, answer.message), (401, "the control token is required"))

    def test_the_index_lists_calls_that_exist(self):
        index = self.control("GET", "/")
        self.assertGreater(len(index), 8)
        for entry in index:
            method, path = entry.split()
            answer = self.server.request(method, path, token=self.control_token)
            self.assertNotEqual(answer.status, 404, entry)
        self.control("GET", "/nope", status=404)

    def test_requests_are_recorded_with_digests_only(self):
        self.call("GET", f"{KEYS}?name=x", status=200)
        key = self.created(self.connector, "recorded")
        self.call("GET", "/api/users/self", token=key["accessKey"], status=200)
        records = self.requests()
        self.assertEqual([(record["method"], record["path"], record["status"], record["acted"]) for record in records],
                         [("GET", f"{KEYS}?name=x", 200, 200), ("POST", KEYS, 201, 201), ("GET", "/api/users/self", 200, 200)])
        text = str(records) + str(self.keys())
        for secret in (key["accessKey"], self.admin, key["accessKey"].split(".")[1]):
            self.assertNotIn(secret, text)
        # The digest tells which key a secret opens.
        row = next(row for row in self.keys() if row["name"] == "recorded")
        self.assertEqual(records[-1]["bearer_sha256"], row["secret_sha256"])
        self.assertEqual(row["id"], key["id"])
        # Only later records.
        after = self.control("GET", f"/requests?after={records[-1]['number']}")
        self.assertEqual((after["requests"], after["last"]), ([], records[-1]["number"]))

    def test_counters_count_by_method_and_status(self):
        self.call("GET", "/api/version")
        self.call("GET", "/api/nope")
        self.created(self.connector, "counted")
        counters = self.control("GET", "/counters")
        self.assertEqual((counters["requests"], counters["with_faults"], counters["late_effects_pending"]), (3, 0, 0))
        self.assertEqual(counters["by_method"], {"GET": 2, "POST": 1})
        self.assertEqual(counters["answered"], {"200": 1, "201": 1, "404": 1})

    def test_state_shows_what_no_list_does(self):
        self.created(self.connector[:4] + ("x" if self.connector[4] != "x" else "y") + self.connector[5:], "of-nobody")
        self.created(self.connector, "dead", "-1h")
        names = [key["name"] for key in self.keys()]
        self.assertIn("of-nobody", names)
        self.assertIn("dead", names)

    def test_reset_brings_back_the_start(self):
        self.created(self.connector, "gone")
        self.clock(advance="48h")
        self.faults({"action": "reset", "times": 0})
        self.control("POST", "/reset")
        self.assertEqual([key["issuedForName"] for key in self.keys()], [self.call("GET", "/api/users/self", status=200).json["name"]])
        date = email.utils.parsedate_to_datetime(self.call("GET", "/api/version").headers["date"])
        self.assertLess(date.timestamp(), moment(self.control("GET", "/clock")["now"]) + 2)
