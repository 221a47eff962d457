# SPDX-License-Identifier: Apache-2.0
"""Starts the module executable on the server under test, with a user and a folder of its own for each
test."""

import json
import os
import pathlib
import subprocess
import tempfile

from server import ContractTest

CHECK = {"_ansible_check_mode": True}


class ExecutableTest(ContractTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="executable.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "connector.key"
        self.owner, self.user = self.new_user()

    def run_module(self, module="infra_access_key", **arguments):
        """The result; arguments that are null count as left out."""
        program = pathlib.Path(os.environ["INFRASTATE_MODULES"]) / module
        given = {"host": os.environ["INFRA_TEST_URL"], "access_key": self.admin, "user": self.user,
                 "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"], "_ansible_diff": True, **arguments}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("INFRA") and not name.lower().endswith("_proxy")}
        done = subprocess.run([str(program)], input=json.dumps(given), capture_output=True, text=True, env=kept, timeout=120, check=False)
        self.assertEqual(done.stderr, "")
        result = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if result.get("failed") else 0, result)
        self.assertNotIn(self.admin, done.stdout)
        # A secret is in `secret` and nowhere else.
        if result.get("secret"):
            self.assertEqual(done.stdout.count(result["secret"]), 1, result)
        if arguments.get("current_secret"):
            shown = arguments["current_secret"] == result.get("secret")
            self.assertEqual(done.stdout.count(arguments["current_secret"]), 1 if shown else 0, result)
        return result

    def key(self, **arguments):
        return self.run_module(**{"name": "example", "secret_file": str(self.file), **arguments})

    def info(self, **arguments):
        return self.run_module("infra_access_key_info", **arguments)

    def done(self, result, *actions, reason=None):
        """The run succeeded and did exactly this."""
        self.assertNotIn("failed", result, result.get("msg"))
        self.assertEqual(result["actions"], list(actions), result)
        self.assertEqual(result["changed"], bool(actions))
        if reason is not None:
            self.assertEqual(result["reason"], reason)
        return result

    def failed(self, result, code, *parts, changed=False):
        self.assertTrue(result.get("failed"), result)
        self.assertEqual((result["error"]["code"], result["changed"]), (code, changed), result["msg"])
        for part in parts:
            self.assertIn(part, result["msg"])
        return result

    def opens(self, secret):
        """The user whose key it is; nothing if the server refuses it."""
        answer = self.server.request("GET", "/api/users/self", token=secret)
        return answer.json["id"] if answer.status == 200 else None

    def live(self):
        return sorted(row["id"] for row in self.rows(self.owner, expired=False))
