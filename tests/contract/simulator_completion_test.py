# SPDX-License-Identifier: Apache-2.0
"""What a run does when the simulator fails between the deletion of a key and the making of its successor."""

from executable import ExecutableTest
from simulator import SimulatorTest

POST = {"match": {"method": "POST", "path": "/api/access-keys"}}


class CompletionTest(SimulatorTest, ExecutableTest):
    def setUp(self):
        SimulatorTest.setUp(self)
        ExecutableTest.setUp(self)

    def replaced(self, *rules, **more):
        """Replaces a live key while these faults strike."""
        self.key(**more)
        old = self.live()
        self.faults(*rules)
        result = self.key(recreate="always", timeout="20s", **more)
        self.faults()
        self.assertNotEqual(self.live(), old)
        return result

    def test_a_busy_server_is_waited_for_whatever_retries_says(self):
        for more in ({}, {"secret_file": None}):
            with self.subTest(**more):
                self.done(self.replaced({**POST, "action": "status", "status": 429, "retry_after": 1, "times": 2}, retries=0,
                                        user="connector", **more), "delete", "create")
                self.run_module(name="example", user="connector", state="absent", secret_file=str(self.file))

    def test_one_401_is_waited_for(self):
        self.done(self.replaced({**POST, "action": "status", "status": 401, "times": 1}, user="connector"), "delete", "create")
