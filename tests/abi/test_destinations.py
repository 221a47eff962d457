# SPDX-License-Identifier: Apache-2.0
"""Destinations through library, Python package and executable, which must answer alike. Also a wait that is
cancelled, one that is too long for the client's timeout, and batches of waits."""

import json
import os
import subprocess
import threading
import time

import infrastate
from support import BUILD, ServerTest, loads
from test_two_doors import core_of_library, core_of_module

NAME = "my-cluster"


class DestinationsTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.client = infrastate.Client(**self.options())
        self.addCleanup(self.client.close)

    def connect(self, name=NAME):
        body = {"name": name, "uniqueID": f"u-{name}", "connection": {"url": "k8s.example.com:443", "ca": "none"}, "roles": ["view"]}
        answer = self.server.request("POST", "/api/destinations", body, token=self.admin, headers={"Infra-Destination-Name": name})
        self.assertEqual(answer.status, 201, answer.text)

    def both(self, **query):
        arguments = dict(self.options(), **query)
        done = subprocess.run([BUILD / "modules" / "infra_destination_info"], input=json.dumps(arguments), capture_output=True, text=True,
                              check=False, timeout=60, env={"PATH": os.environ["PATH"]})
        module = core_of_module(loads(done.stdout))
        library = core_of_library(self.client._call("infrastate_info", {"resource": "destination", "query": query}, None, None))
        self.assertEqual(module, library)
        return library

    def test_both_doors_answer_alike(self):
        self.assertEqual(self.both()["destinations"], [])
        self.connect()
        self.connect("another")
        self.assertEqual([each["name"] for each in self.both()["destinations"]], ["another", NAME])
        self.assertTrue(self.both(name=NAME, wait_for="connected")["connected"])
        for query in ({"name": NAME, "seen_after": "now", "fail_if_disconnected": True}, {"name": "nobody", "fail_if_disconnected": True},
                      {"name": NAME, "wait_for": "disconnected", "wait_timeout": "1s"}, {"kind": "docker"}, {"wait_for": "connected"},
                      {"name": NAME, "seen_after": "now"}, {"name": NAME, "wait_for": "connected", "wait_timeout": "99h"}):
            with self.subTest(query):
                self.assertFalse(self.both(**query)["ok"])

    def test_the_package_says_it_by_its_habits(self):
        self.connect()
        found = self.client.info("destination", {"name": NAME})
        self.assertTrue(found["connected"])
        self.assertEqual(found["destinations"][0]["roles"], ("view",))
        with self.assertRaises(infrastate.ArgumentError) as refused:
            self.client.info("destination", {"nam": NAME})
        self.assertIn("did you mean 'name'", str(refused.exception))

    def test_a_cancelled_wait_ends_at_once(self):
        cancel = infrastate.Cancel()
        self.addCleanup(cancel.close)
        timer = threading.Timer(1, cancel.set)
        timer.start()
        self.addCleanup(timer.join)
        began = time.monotonic()
        with self.assertRaises(infrastate.Cancelled):
            self.client.info("destination", {"name": NAME, "wait_for": "connected", "wait_timeout": "5m"}, cancel=cancel)
        self.assertLess(time.monotonic() - began, 60)

    def test_a_timeout_that_somebody_set_is_not_stretched(self):
        query = {"name": NAME, "wait_for": "connected", "wait_timeout": "1m"}
        with infrastate.Client(**{**self.options(), "timeout": 20}) as client, self.assertRaises(infrastate.ArgumentError) as refused:
            client.info("destination", query)
        self.assertIn("needs a timeout of 1m30s at least, and it is 20s", str(refused.exception))
        with self.assertRaises(infrastate.ArgumentError) as refused:
            self.client.info("destination", query, timeout=40)
        self.assertIn("and it is 40s", str(refused.exception))
        self.assertEqual(self.requests(), [])
