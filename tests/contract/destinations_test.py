# SPDX-License-Identifier: Apache-2.0
"""Destinations on a server: how connectors make and keep them, and what the info module reports about
them and waits for. The tests act as the connectors."""

import datetime
import json
import os
import secrets
import signal
import subprocess
import threading
import time

from executable import ExecutableTest
from rigs import sql
from server import IDENTIFIER, TIME, ContractTest, moment

DESTINATIONS = "/api/destinations"
CONNECTED_FOR = 6 * 60  # seconds after its connector was last seen


class Connecting:
    """What a connector does, with an access key of the user connector."""

    def connector_key(self):
        key = self.created(self.connector, f"c{secrets.token_hex(4)}")
        self.addCleanup(self.call, "DELETE", f"/api/access-keys/{key['id']}")
        return key["accessKey"]

    def body(self, name, **members):
        return {"name": name, "uniqueID": f"u-{name}", "kind": "kubernetes", "version": "0.21.0",
                "connection": {"url": "k8s.example.com:443", "ca": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"},
                "resources": ["default", "web"], "roles": ["edit", "view"], **members}

    def connect(self, name, seen=True, token=Ellipsis, **members):
        """Registers a destination; with `seen` as its own connector would."""
        headers = {"Infra-Destination-Name": name} if seen else None
        answer = self.call("POST", DESTINATIONS, self.body(name, **members), status=201, headers=headers, token=token)
        self.addCleanup(self.call, "DELETE", f"{DESTINATIONS}/{answer.json['id']}")
        return answer.json

    def sign_of_life(self, name, token=Ellipsis):
        return self.call("GET", "/api/users/self", headers={"Infra-Destination-Name": name}, token=token)

    def listed(self, query=""):
        return self.call("GET", DESTINATIONS + query, status=200).json["items"]

    def seen_before(self, name, seconds):
        """Sets when its connector was last seen, in seconds before now."""
        if self.kind == "simulator":
            then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds)
            self.call("POST", "/_simulator/destinations", {"name": name, "last_seen": then.strftime("%Y-%m-%dT%H:%M:%SZ")},
                      token=os.environ["INFRA_TEST_CONTROL_TOKEN"], version=None, status=204)
        elif "INFRA_TEST_RIG_DIR" in os.environ:
            sql(f"UPDATE destinations SET last_seen_at = now() - interval '{seconds} seconds' WHERE name = '{name}'")
        else:
            self.skipTest("this server was given without its database")

    def name(self):
        return f"d{secrets.token_hex(6)}"


class DestinationsTest(Connecting, ContractTest):
    def test_a_connector_registers_its_destination(self):
        name = self.name()
        made = self.connect(name, token=self.connector_key())
        self.assertRegex(made["id"], IDENTIFIER)
        for member in ("created", "updated", "lastSeen"):
            self.assertRegex(made[member], TIME)
        self.assertEqual((made["connected"], made["kind"], made["version"]), (True, "kubernetes", "0.21.0"))
        self.assertEqual((made["resources"], made["roles"]), (["default", "web"], ["edit", "view"]))
        self.assertEqual(self.listed(f"?name={name}"), [made])
        self.assertEqual(self.call("GET", f"{DESTINATIONS}/{made['id']}", status=200).json, made)
        self.assertEqual(set(made), {"id", "uniqueID", "name", "kind", "created", "updated", "connection", "resources", "roles",
                                     "lastSeen", "connected", "version"})

    def test_one_that_nobody_serves_was_never_seen(self):
        made = self.connect(self.name(), seen=False, kind="ssh", resources=None, roles=None, version="")
        self.assertEqual((made["connected"], made["lastSeen"], made["resources"], made["roles"]), (False, None, None, None))

    def test_filters_are_exact_and_go_together(self):
        first, second = self.name(), self.name()
        self.connect(first)
        self.connect(second, kind="ssh")
        self.assertEqual([row["name"] for row in self.listed(f"?name={first}&kind=kubernetes")], [first])
        self.assertEqual(self.listed(f"?name={first}&kind=ssh"), [])
        self.assertEqual([row["name"] for row in self.listed(f"?unique_id=u-{second}")], [second])
        self.assertEqual(self.listed(f"?name={first[:-1]}"), [])
        self.assertEqual(self.listed(f"?name={first.upper()}"), [])

    def test_a_request_with_its_name_is_a_sign_of_life(self):
        name, key = self.name(), self.connector_key()
        made = self.connect(name, seen=False)
        time.sleep(2.2)  # the server records it only that often
        for headers in ({"Infra-Destination-Name": name}, {"Infra-Destination": f"u-{name}"}):
            before = self.listed(f"?name={name}")[0]["lastSeen"]
            self.call("GET", "/api/users/self", headers=headers, token=key, status=200)
            (row,) = self.listed(f"?name={name}")
            self.assertTrue(row["connected"])
            self.assertGreater(moment(row["lastSeen"]), moment(before or made["created"]))
            time.sleep(2.2)

    def test_who_may_not_serve_it_is_told_so(self):
        name = self.name()
        self.connect(name, seen=False)
        session = self.login()
        refused = self.sign_of_life(name, token=session)
        self.assertEqual((refused.status, refused.message), (403, "you do not have permission to update destination, requires role connector, or admin"))
        self.assertFalse(self.listed(f"?name={name}")[0]["connected"])
        refused = self.call("POST", DESTINATIONS, self.body(self.name()), token=session, status=403)
        self.assertEqual(refused.message, "create destination: you do not have permission to create destination, requires role admin, or connector")
        self.assertEqual(len(self.call("GET", f"{DESTINATIONS}?name={name}", token=session, status=200).json["items"]), 1)

    def test_names_are_taken_once(self):
        name = self.name()
        self.connect(name)
        taken = self.call("POST", DESTINATIONS, self.body(name, uniqueID="another"), status=409)
        self.assertEqual(taken.json["fieldErrors"], [{"fieldName": "", "errors": ["a destination with that value already exists"]}])
        taken = self.call("POST", DESTINATIONS, self.body(self.name(), uniqueID=f"u-{name}"), status=409)
        self.assertEqual(taken.message, "create destination: a destination with that uniqueID already exists")

    def test_what_is_no_destination_is_refused(self):
        for members, problem in (({"name": "a.b"}, "name: character '.' at position 1 is not allowed"),
                                 ({"name": "infra"}, "name: infra is reserved and can not be used"), ({"name": ""}, "name: is required"),
                                 ({"connection": {"url": "h:1", "ca": ""}}, "connection.ca: is required")):
            refused = self.call("POST", DESTINATIONS, {**self.body("free"), **members}, status=400)
            self.assertEqual(refused.message, f"validation failed: {problem}")

    def test_changed_and_deleted(self):
        name, other = self.name(), self.name()
        made = self.connect(name)
        changed = self.call("PUT", f"{DESTINATIONS}/{made['id']}", {**self.body(other, uniqueID=made["uniqueID"]), "resources": ["new"]},
                            status=200).json
        self.assertEqual((changed["id"], changed["name"], changed["resources"], changed["kind"]), (made["id"], other, ["new"], "kubernetes"))
        gone = self.connect(name, uniqueID="once-more")
        self.call("DELETE", f"{DESTINATIONS}/{gone['id']}", status=204)
        again = self.call("DELETE", f"{DESTINATIONS}/{gone['id']}", status=404)
        self.assertEqual(again.message, "record not found")
        self.assertEqual(self.listed(f"?name={name}"), [])


    def test_six_minutes_after_the_last_sign_of_life_it_is_disconnected(self):
        name = self.name()
        self.connect(name)
        for seconds, connected in ((CONNECTED_FOR - 30, True), (CONNECTED_FOR + 1, False)):
            self.seen_before(name, seconds)
            self.assertEqual(self.listed(f"?name={name}")[0]["connected"], connected)


class DestinationInfoTest(Connecting, ExecutableTest):
    def asked(self, **arguments):
        result = self.run_module("infra_destination_info", user=None, **arguments)
        self.assertFalse(result["changed"])
        return result

    def test_a_destination_with_all_that_is_known_of_it(self):
        name = self.name()
        made = self.connect(name)
        result = self.asked(name=name)
        self.assertEqual(result["destinations"], [{
            "id": made["id"], "name": name, "kind": "kubernetes", "connected": True, "last_seen": made["lastSeen"], "created": made["created"],
            "version": "0.21.0", "connection_url": "k8s.example.com:443", "resources": ["default", "web"], "roles": ["edit", "view"]}])
        self.assertEqual((result["connected"], result.get("waited_seconds")), (True, None))
        self.assertIn("is connected", result["explanation"])

    def test_filters_and_order(self):
        names = sorted((self.name(), self.name()))
        for name in reversed(names):
            self.connect(name, seen=name == names[0])
        shown = [each["name"] for each in self.asked()["destinations"]]
        self.assertEqual([each for each in shown if each in names], names)
        self.assertEqual(shown, sorted(shown))
        self.assertEqual(self.asked(name=names[0], kind="ssh")["destinations"], [])
        missing = self.asked(name="nobody-has-this")
        self.assertEqual((missing["destinations"], missing["connected"]), ([], False))

    def test_more_than_a_page(self):
        connection = self.server.connect()
        self.addCleanup(connection.close)
        prefix = self.name()
        for number in range(120):
            body = self.body(f"{prefix}-{number:03}", kind="ssh")
            made = self.call("POST", DESTINATIONS, body, status=201, connection=connection).json
            self.addCleanup(self.call, "DELETE", f"{DESTINATIONS}/{made['id']}")
        shown = [each["name"] for each in self.asked(kind="ssh")["destinations"] if each["name"].startswith(prefix)]
        self.assertEqual(shown, [f"{prefix}-{number:03}" for number in range(120)])

    def test_fail_if_disconnected(self):
        name = self.name()
        self.failed(self.asked(name=name, fail_if_disconnected=True), "REFUSED", f"there is no destination '{name}'")
        self.connect(name, seen=False)
        failed = self.asked(name=name, fail_if_disconnected=True)
        self.failed(failed, "REFUSED", f"destination '{name}' is not connected (never seen)")
        self.assertEqual((failed["error"]["detail"], len(failed["destinations"])), ("disconnected", 1))
        self.sign_of_life(name)
        self.assertNotIn("failed", self.asked(name=name, fail_if_disconnected=True))

    def later(self, seconds, do):
        timer = threading.Timer(seconds, do)
        timer.start()
        self.addCleanup(timer.join)

    def test_waiting_for_one_that_is_not_there_yet(self):
        name = self.name()
        self.later(2, lambda: self.connect(name))
        result = self.asked(name=name, wait_for="connected", wait_timeout="40s")
        self.assertEqual((result["connected"], len(result["destinations"])), (True, 1))
        self.assertGreaterEqual(result["waited_seconds"], 1)

    def test_waiting_for_one_that_goes(self):
        name = self.name()
        made = self.connect(name)
        self.later(2, lambda: self.call("DELETE", f"{DESTINATIONS}/{made['id']}"))
        result = self.asked(name=name, wait_for="disconnected", wait_timeout="40s")
        self.assertEqual((result["connected"], result["destinations"]), (False, []))

    def test_a_wait_in_vain(self):
        name = self.name()
        failed = self.asked(name=name, wait_for="connected", wait_timeout="2s")
        self.failed(failed, "DEADLINE", "after 2s there is still no destination", "raise wait_timeout")
        self.assertEqual((failed["error"]["detail"], failed["error"]["retryable"]), ("not_connected", True))
        self.connect(name)
        failed = self.asked(name=name, wait_for="disconnected", wait_timeout="2s")
        self.failed(failed, "DEADLINE", "still is connected")
        self.assertEqual((failed["error"]["detail"], len(failed["destinations"])), ("not_disconnected", 1))

    def test_one_that_fell_silent_is_disconnected(self):
        name = self.name()
        self.connect(name)
        self.seen_before(name, CONNECTED_FOR - 3)
        result = self.asked(name=name, wait_for="disconnected", wait_timeout="40s")
        self.assertEqual((result["connected"], len(result["destinations"])), (False, 1))
        self.assertGreaterEqual(result["waited_seconds"], 1)

    def test_a_sign_of_life_after_the_change(self):
        name = self.name()
        self.connect(name)
        time.sleep(1.1)
        # The old connector was seen, which satisfies "connected", but not a time after now.
        self.assertTrue(self.asked(name=name, wait_for="connected")["connected"])
        failed = self.asked(name=name, wait_for="connected", seen_after="now", wait_timeout="2s")
        self.failed(failed, "DEADLINE", "gave no sign of life after")
        self.later(2, lambda: self.sign_of_life(name))
        self.assertTrue(self.asked(name=name, wait_for="connected", seen_after="now", wait_timeout="40s")["connected"])
        seen = self.listed(f"?name={name}")[0]["lastSeen"]
        self.failed(self.asked(name=name, fail_if_disconnected=True, seen_after=seen), "REFUSED", "no sign of life")

    def test_a_connectors_key_may_ask(self):
        name = self.name()
        key = self.connector_key()
        self.connect(name, token=key)
        self.assertTrue(self.asked(name=name, access_key=key)["connected"])

    def test_who_is_not_known_may_not(self):
        self.failed(self.asked(access_key="aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"), "AUTH")

    def test_bad_input_is_one_sentence(self):
        for arguments, parts in (
                ({"kind": "docker"}, ("kind", "kubernetes", "ssh")),
                ({"wait_for": "connected"}, ("name",)),
                ({"name": "x", "wait_for": "gone"}, ("wait_for", "connected", "disconnected")),
                ({"name": "x", "wait_for": "connected", "wait_timeout": "72h"}, ("wait_timeout", "12h")),
                ({"name": "x", "wait_for": "connected", "wait_timeout": "0s"}, ("wait_timeout",)),
                ({"name": "x", "wait_for": "connected", "seen_after": "2999-01-01T00:00:00Z"}, ("seen_after", "future")),
                ({"name": "x", "seen_after": "now"}, ("seen_after: needs wait_for: connected",)),
                ({"name": "x", "wait_for": "disconnected", "seen_after": "now"}, ("seen_after",)),
                ({"name": "x", "wait_for": "disconnected", "fail_if_disconnected": True}, ("fail_if_disconnected", "disconnected")),
                ({"name": "x", "wait_for": "connected", "wait_timeout": "1m", "timeout": "10s"}, ("wait_timeout", "1m30s", "10s"))):
            with self.subTest(arguments):
                self.failed(self.asked(**arguments), "ARGUMENT", *parts)

    def test_a_timeout_that_is_long_enough_is_obeyed(self):
        name = self.name()
        self.connect(name)
        self.assertTrue(self.asked(name=name, wait_for="connected", wait_timeout="1m", timeout="2m")["connected"])

    def test_a_signal_ends_the_waiting(self):
        program = f"{os.environ['INFRASTATE_MODULES']}/infra_destination_info"
        given = {"host": os.environ["INFRA_TEST_URL"], "access_key": self.admin, "name": self.name(), "wait_for": "connected",
                 "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"]}
        with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            process.stdin.write(json.dumps(given))
            process.stdin.close()
            time.sleep(1.5)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            result = json.loads(process.stdout.read())
            process.wait(timeout=60)
        self.assertEqual(result["error"]["code"], "CANCELLED", result)
        self.assertLess(time.monotonic() - began, 30)  # it does not wait until the end in five minutes
