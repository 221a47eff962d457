# SPDX-License-Identifier: Apache-2.0
"""Each fault does what it says, for the requests that it matches, and that many times."""

import email.utils
import http.client
import json
import threading
import time

from server import KEYS, moment
from simulator import SimulatorTest

CREATE = {"method": "POST", "path": KEYS}


class MatchTest(SimulatorTest):
    def statuses(self, count, method="GET", path="/api/version"):
        return [self.call(method, path).status for _ in range(count)]

    def test_a_rule_hits_once_unless_told_otherwise(self):
        self.faults({"action": "status", "status": 503})
        self.assertEqual(self.statuses(3), [503, 200, 200])
        self.faults({"action": "status", "status": 503, "times": 2})
        self.assertEqual(self.statuses(3), [503, 503, 200])
        self.faults({"action": "status", "status": 503, "times": 0})
        self.assertEqual(self.statuses(3), [503, 503, 503])

    def test_nth_skips_the_matches_before(self):
        self.faults({"action": "status", "status": 503, "match": {"nth": 3}, "times": 2})
        self.assertEqual(self.statuses(6), [200, 200, 503, 503, 200, 200])

    def test_method_path_and_contents_must_all_match(self):
        self.faults({"action": "status", "status": 503, "times": 0, "match": {"method": "GET", "path": KEYS, "contains": "name=x"}})
        self.assertEqual(self.call("GET", f"{KEYS}?name=x").status, 503)
        self.assertEqual(self.call("GET", f"{KEYS}?name=y").status, 200)
        self.assertEqual(self.call("DELETE", f"{KEYS}?name=xx").status, 404)
        self.assertEqual(self.call("GET", "/api/users?name=x").status, 200)

    def test_rules_are_taken_in_order(self):
        self.faults({"action": "status", "status": 500}, {"action": "status", "status": 502})
        self.control("POST", "/faults", {"rules": [{"action": "status", "status": 504}]})
        self.assertEqual(self.statuses(4), [500, 502, 504, 200])
        rules = self.control("GET", "/faults")["rules"]
        # A later rule does not match a request that an earlier rule took.
        self.assertEqual([(rule["seen"], rule["applied"]) for rule in rules], [(4, 1), (3, 1), (2, 1)])
        self.control("DELETE", "/faults")
        self.assertEqual(self.control("GET", "/faults"), {"rules": []})

    def test_control_calls_have_no_faults(self):
        self.faults({"action": "reset", "times": 0})
        self.control("GET", "/clock")
        self.control("DELETE", "/faults")
        self.call("GET", "/api/version", status=200)

    def test_bad_rules_are_refused_in_words(self):
        for rule, words in (({}, "action must be a string"), ({"action": "explode"}, "action is not known: explode"),
                            ({"action": "delay"}, "lacks ms"), ({"action": "delay", "ms": "1"}, "ms must be an integer"),
                            ({"action": "delay", "ms": 1, "bytes": 1}, "bytes does not belong to the action delay"),
                            ({"action": "reset", "match": {"verb": "GET"}}, "match.verb is not known"),
                            ({"action": "reset", "match": {"nth": 0}}, "match.nth must be"),
                            ({"action": "reset", "times": -1}, "times must be"), ({"action": "status", "status": 42}, "status must be 100"),
                            ({"action": "cut_body", "bytes": 1, "end": "bang"}, "end must be reset, plain or close"),
                            ({"action": "reset", "bogus": 1}, "bogus does not belong")):
            message = self.control("PUT", "/faults", {"rules": [rule]}, status=400)["message"]
            self.assertIn(words, message, rule)
        self.control("PUT", "/faults", {"rules": {}}, status=400)
        # If one rule of a list is wrong, nothing changes.
        self.assertEqual(self.control("GET", "/faults"), {"rules": []})


class ModifierTest(SimulatorTest):
    def test_delays_wait_before_and_after_acting(self):
        for action, acted in (("delay", False), ("delay_answer", True)):
            with self.subTest(action=action):
                self.control("POST", "/reset")
                connector = self.find_user("connector")
                self.faults({"action": action, "ms": 2000, "match": CREATE})
                began = time.monotonic()
                worker = threading.Thread(target=self.create, args=(connector, "delayed"))
                worker.start()
                seen = False
                while time.monotonic() - began < 1.5 and not seen:
                    seen = "delayed" in self.key_names(connector)
                    time.sleep(0.05)
                self.assertEqual(seen, acted)
                worker.join()
                self.assertGreaterEqual(time.monotonic() - began, 2)
                self.assertIn("delayed", self.key_names(connector))

    def test_the_date_can_be_wrong_or_missing(self):
        now = moment(self.control("GET", "/clock")["now"])
        self.faults({"action": "date", "seconds": -86400})
        date = email.utils.parsedate_to_datetime(self.call("GET", "/api/version", status=200).headers["date"]).timestamp()
        self.assertLess(abs(date + 86400 - now), 30)
        self.faults({"action": "no_date"})
        self.assertNotIn("date", self.call("GET", "/api/version", status=200).headers)
        self.assertIn("date", self.call("GET", "/api/version", status=200).headers)

    def test_an_age_can_be_added(self):
        self.faults({"action": "age", "seconds": 120})
        self.assertEqual(self.call("GET", "/api/version", status=200).headers["age"], "120")

    def test_modifiers_add_up_and_go_with_an_ending(self):
        self.faults({"action": "no_date"}, {"action": "age", "seconds": 7}, {"action": "status", "status": 500})
        answer = self.call("GET", "/api/version", status=500)
        self.assertNotIn("date", answer.headers)
        self.assertEqual(answer.headers["age"], "7")
        self.assertEqual(self.requests()[-1]["fault"], "no_date,age,status")


class LostAnswerTest(SimulatorTest):
    def check_lost(self, name):
        with self.assertRaises((ConnectionResetError, http.client.RemoteDisconnected)):
            self.create(self.connector, name)

    def test_reset_does_not_act(self):
        self.faults({"action": "reset", "match": CREATE})
        self.check_lost("never")
        self.assertEqual(self.key_names(self.connector), [])
        record = self.requests()[-1]
        self.assertEqual((record["status"], record["acted"], record["fault"]), (None, None, "reset"))
        self.created(self.connector, "never")

    def test_act_then_reset_acts(self):
        self.faults({"action": "act_then_reset", "match": CREATE})
        self.check_lost("made")
        self.assertEqual(self.key_names(self.connector), ["made"])
        record = self.requests()[-1]
        self.assertEqual((record["status"], record["acted"]), (None, 201))

    def test_a_reset_is_a_tcp_reset_without_a_goodbye(self):
        for action in ("reset", "act_then_reset"):
            self.faults({"action": action})
            self.assertEqual(self.raw("GET", "/api/version"), (b"", "reset"))

    def test_act_late_acts_after_the_connection_is_gone(self):
        self.faults({"action": "act_late", "ms": 1500, "match": CREATE})
        began = time.monotonic()
        self.check_lost("late")
        if time.monotonic() - began < 1:
            self.assertEqual(self.key_names(self.connector), [])
            self.assertEqual(self.control("GET", "/counters")["late_effects_pending"], 1)
        while self.control("GET", "/counters")["late_effects_pending"]:
            self.assertLess(time.monotonic() - began, 60)
            time.sleep(0.05)
        self.assertGreaterEqual(time.monotonic() - began, 1.5)
        self.assertEqual(self.key_names(self.connector), ["late"])
        self.assertEqual(self.requests()[-1]["acted"], 201)

    def test_act_late_can_hold_the_connection(self):
        self.faults({"action": "act_late", "ms": 1000, "connection": "hold", "match": CREATE})
        began = time.monotonic()
        self.check_lost("held")
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.assertEqual(self.key_names(self.connector), ["held"])

    def test_hang_answers_nothing_and_does_nothing(self):
        self.faults({"action": "hang", "ms": 1000, "match": CREATE})
        began = time.monotonic()
        self.check_lost("hung")
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.assertEqual(self.key_names(self.connector), [])

    def test_a_held_request_does_not_hinder_others(self):
        self.faults({"action": "hang", "ms": 3000, "times": 20, "match": {"contains": "hang"}})
        workers = [threading.Thread(target=self.raw, args=("GET", f"{KEYS}?hang")) for _ in range(20)]
        began = time.monotonic()
        for worker in workers:
            worker.start()
        self.call("GET", "/api/version", status=200)
        self.assertLess(time.monotonic() - began, 3)
        for worker in workers:
            worker.join()

    def test_a_lost_delete_has_deleted(self):
        key = self.created(self.connector, "deleted")
        self.faults({"action": "act_then_reset", "match": {"method": "DELETE"}})
        with self.assertRaises((ConnectionResetError, http.client.RemoteDisconnected)):
            self.call("DELETE", f"{KEYS}/{key['id']}")
        self.assertEqual(self.key_names(self.connector), [])


class WrongAnswerTest(SimulatorTest):
    def test_a_cut_body_promises_more_than_it_holds(self):
        for end in ("reset", "plain", "close"):
            with self.subTest(end=end):
                self.faults({"action": "cut_body", "bytes": 7, "end": end})
                received, how = self.raw("GET", "/api/version")
                head, _, body = received.partition(b"\r\n\r\n")
                self.assertTrue(not head or b"Content-Length: 20" in head, head)
                self.assertEqual(how, end)
                # A reset may overtake data that was sent before it.
                self.assertIn(body, (b'{"versi', b"") if end == "reset" else (b'{"versi',))

    def test_a_cut_create_has_created(self):
        self.faults({"action": "cut_body", "bytes": 10, "match": CREATE})
        with self.assertRaises((ConnectionResetError, http.client.IncompleteRead)):
            self.create(self.connector, "cut")
        self.assertEqual(self.key_names(self.connector), ["cut"])

    def test_any_status_with_any_text(self):
        self.faults({"action": "status", "status": 503, "message": "gone fishing", "match": CREATE})
        self.check_error(self.create(self.connector, "none"), 503, "gone fishing")
        self.assertEqual(self.key_names(self.connector), [])
        self.faults({"action": "status", "status": 502, "body": "<html>", "content_type": "text/html"})
        answer = self.call("GET", "/api/version", status=502)
        self.assertEqual((answer.text, answer.headers["content-type"]), ("<html>", "text/html"))

    def test_an_error_after_acting(self):
        self.faults({"action": "status", "status": 500, "act": True, "match": CREATE})
        self.assertEqual(self.create(self.connector, "made").status, 500)
        self.assertEqual(self.key_names(self.connector), ["made"])
        record = self.requests()[-1]
        self.assertEqual((record["status"], record["acted"]), (500, 201))

    def test_retry_after_in_seconds_and_as_a_date(self):
        for value in (7, "Mon, 23 Nov 2026 09:44:40 GMT"):
            self.faults({"action": "status", "status": 429, "retry_after": value})
            self.assertEqual(self.call("GET", "/api/version", status=429).headers["retry-after"], str(value))

    def test_a_401_out_of_nothing(self):
        self.faults({"action": "unauthorized"})
        self.check_error(self.call("GET", "/api/users/self"), 401, "unauthorized")
        self.call("GET", "/api/users/self", status=200)

    def test_a_web_page_instead_of_json(self):
        self.faults({"action": "html"})
        answer = self.call("GET", KEYS, status=200)
        self.assertEqual(answer.headers["content-type"], "text/html; charset=utf-8")
        self.assertIn("<html>", answer.text)

    def test_garbage_is_not_http(self):
        self.faults({"action": "garbage", "bytes": 500})
        received, how = self.raw("GET", "/api/version")
        self.assertGreaterEqual(len(received), 500)
        self.assertEqual(how, "close")
        self.assertFalse(received.startswith(b"HTTP"))

    def test_a_huge_body_is_as_huge_as_ordered(self):
        size = 3000000
        for chunked in (False, True):
            self.faults({"action": "huge_body", "bytes": size, "chunked": chunked})
            answer = self.call("GET", KEYS, status=200)
            self.assertEqual(len(answer.raw), size)
            self.assertEqual("content-length" in answer.headers, not chunked)
            self.assertTrue(answer.text.startswith('{"items":['))

    def test_a_client_may_leave_a_huge_body(self):
        self.faults({"action": "huge_body", "bytes": 1 << 40})
        connection = self.server.connect()
        connection.request("GET", KEYS, headers={"Infra-Version": "0.20.0"})
        self.assertEqual(len(connection.getresponse().read(100000)), 100000)
        connection.close()
        self.call("GET", "/api/version", status=200)

    def test_dripping_takes_its_time_and_is_complete(self):
        for start in ("body", "head"):
            self.faults({"action": "drip", "ms": 50, "bytes": 4, "from": start})
            began = time.monotonic()
            answer = self.call("GET", "/api/version", status=200)
            self.assertEqual(list(json.loads(answer.text)), ["version"])
            self.assertGreaterEqual(time.monotonic() - began, 0.25)

    def test_a_connection_goes_on_after_an_answer_on_order(self):
        connection = self.server.connect()
        self.addCleanup(connection.close)
        self.faults({"action": "status", "status": 503}, {"action": "unauthorized"}, {"action": "html"})
        connection.connect()
        first = connection.sock
        for status in (503, 401, 200, 200):
            self.assertEqual(self.call("GET", "/api/version", connection=connection).status, status)
            self.assertIs(connection.sock, first)
