# SPDX-License-Identifier: Apache-2.0
"""What a run does if the simulator fails between the deletion of a key and the creation of its successor."""

from executable import ExecutableTest
from simulator import SimulatorTest

POST = {"match": {"method": "POST", "path": "/api/access-keys"}}


class CompletionTest(SimulatorTest, ExecutableTest):
    def setUp(self):
        SimulatorTest.setUp(self)
        ExecutableTest.setUp(self)

    def keys_named(self):
        return sorted(row["id"] for row in self.rows(self.connector, name="example"))

    def replaced(self, *rules, **more):
        """Replaces a live key of the user connector while these faults are set."""
        arguments = {"user": "connector", "timeout": "20s", **more}
        self.key(**arguments)
        old = self.keys_named()
        self.faults(*rules)
        result = self.key(recreate="always", **arguments)
        self.faults()
        self.done(result, "delete", "create")
        self.assertEqual(self.keys_named(), [result["id"]])
        self.assertNotEqual(self.keys_named(), old)
        self.assertEqual(self.opens(result["secret"]), self.connector)

    def test_a_busy_server_is_waited_for_whatever_retries_says(self):
        for more in ({}, {"secret_file": None}):
            with self.subTest(**more):
                self.replaced({**POST, "action": "status", "status": 429, "retry_after": 1, "times": 2}, retries=0, **more)
                self.key(user="connector", state="absent")

    def test_one_401_is_waited_for_and_a_restart_where_intents_are_kept(self):
        self.replaced({**POST, "action": "status", "status": 401, "times": 1})
        self.replaced({**POST, "action": "status", "status": 503, "times": 4})

    def test_what_is_asked_to_wait_beyond_the_time_ends_with_one_last_try(self):
        self.replaced({**POST, "action": "status", "status": 429, "retry_after": 600, "times": 1}, timeout="4s")
