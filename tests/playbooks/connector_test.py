# SPDX-License-Identifier: Apache-2.0
"""Infra's own connector, on the real server, with a key that the module made."""

import os
import subprocess

import play


class ConnectorTest(play.PlayCase):
    def test_infras_own_connector_connects_with_the_key(self):
        (made,) = self.play(self.arguments())
        key_file = self.scratch / "connector.key"
        # The connector takes a line break for a part of the key.
        key_file.write_text(made["secret"])
        key_file.chmod(0o600)
        connector = str(play.ROOT / "tests" / "realserver" / "infra-connector")
        where = ["--server-dir", os.environ["INFRA_TEST_RIG_DIR"], "--name", self.name]
        try:
            started = subprocess.run([connector, "start", *where, "--key-file", str(key_file)], capture_output=True, text=True)
            self.assertEqual(started.returncode, 0, started.stdout + started.stderr)
            shown = self.server.request("GET", "/api/destinations", token=self.admin).json["items"]
            self.assertIn((self.name, True), [(each["name"], each["connected"]) for each in shown])
        finally:
            subprocess.run([connector, "stop", *where], check=True, capture_output=True)
