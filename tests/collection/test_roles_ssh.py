# SPDX-License-Identifier: Apache-2.0
"""The role connector_ssh with Infra's own connector on the real server. On a machine without systemd a stand-in starts
the process that the unit describes."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import yaml

import roles

UNAUTHORIZED = 401
STAND_IN = pathlib.Path(__file__).resolve().parent / "systemctl.py"


class SshRoleTest(roles.RoleTest):
    role = "connector_ssh"

    def setUp(self):
        super().setUp()
        self.units = self.folder / "systemd" / "units"
        self.units.mkdir(parents=True)
        self.unit = self.units / "infra-connector.service"
        self.stand_in("systemctl", f'#!/bin/sh\nexec {sys.executable} {STAND_IN} {self.folder}/systemd "$@"\n')
        # A manager's environment that would lead the connector astray, and no path: it must not find userdel (docs/adr/0012).
        (self.folder / "systemd" / "manager.json").write_text(json.dumps({
            "PATH": "/nonexistent", "INFRA_ACCESS_KEY": os.environ["INFRA_TEST_ADMIN_KEY"], "INFRA_CONNECTOR_NAME": "elsewhere"}))
        self.addCleanup(self.systemctl, "stop", "infra-connector")
        self.file = self.folder / "etc" / "connector.key"

    def systemctl(self, *words):
        return subprocess.run([self.programs / "systemctl", *words], capture_output=True, text=True, check=False)

    def calls(self):
        """What was asked of systemctl to change something."""
        notes = self.folder / "systemd" / "calls"
        return [line for line in notes.read_text().splitlines() if line.split()[0] in ("start", "stop", "restart")] if notes.exists() else []

    def process(self):
        return int((self.folder / "systemd" / "infra-connector.service.pid").read_text())

    def variables(self):
        return {**super().variables(), "key_name": self.name, "secret_file": str(self.file), "unit_folder": str(self.units),
                "config_file": str(self.folder / "etc" / "connector.yaml"), "program": os.environ.get("INFRA_TEST_BINARY", "/bin/true"),
                "group": f"infrastate-test-{self.name}", "sshd_config": str(self.folder / "sshd_config"), "endpoint": "127.0.0.1:22",
                "key_overlap": "1h", "key_expires_in": "100h", "key_renew_splay": "1h"}


class RealTest(SshRoleTest):
    """With the connector. Needs the real server."""

    def setUp(self):
        super().setUp()
        if self.kind != "real":
            self.skipTest("the connector is a part of the real server")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "hostkey"], check=True)
        (self.folder / "sshd_config").write_text(f"HostKey {self.folder}/hostkey\n")

    def destination(self):
        return [(each["name"], each["kind"], each["connected"]) for each in self.call("GET", f"/api/destinations?name={self.name}", status=200).json["items"]]

    def wait_for_use(self, id):
        """The server records a use every two seconds."""
        for _ in range(100):
            (row,) = [row for row in self.family() if row["id"] == id]
            if row["lastUsed"] > row["created"]:
                return
            time.sleep(0.2)
        self.fail("the connector does not use its key")

    def test_a_connector_is_installed_rotated_without_an_outage_and_removed(self):
        # check mode tells of it, and does nothing
        count, said = self.changed("--check", "--diff")
        self.assertGreaterEqual(count, 4, said)
        self.assertEqual((self.family(), self.calls(), list(self.units.iterdir())), ([], [], []))

        # installed and connected
        self.changed()
        old = self.file.read_text()
        (old_row,) = self.family()
        self.assertEqual((self.destination(), self.calls()), ([(self.name, "ssh", True)], ["start infra-connector"]))
        environment = pathlib.Path("/proc", str(self.process()), "environ").read_text()
        self.assertNotIn("INFRA", environment)
        self.assertEqual((self.changed()[0], len(self.calls())), (0, 1))

        # rotated: both keys live, the connector has the new one
        before = self.process()
        _, said = self.changed(key_rotate_if_created_before=self.a_time_after_all_keys())
        self.assertIn("a new key was made beside it", " ".join(said.split()))
        new, (first, new_row) = self.file.read_text(), self.family()
        self.assertEqual((first["id"], self.status(old), self.status(new)), (old_row["id"], 200, 200))
        self.assertEqual(self.calls(), ["start infra-connector", "restart infra-connector"])
        self.assertNotEqual(self.process(), before)
        self.wait_for_use(new_row["id"])
        self.assertEqual(self.changed()[0], 0)

        # the old key is retired after its time, and nothing is restarted for it
        self.pass_time(3700)
        self.wait_for_use(new_row["id"])
        count, said = self.changed()
        self.assertEqual(count, 1, said)
        self.assertIn("a predecessor was deleted", said)
        self.assertEqual(([row["id"] for row in self.family(expired=True)], self.status(old), self.status(new)), ([new_row["id"]], UNAUTHORIZED, 200))
        self.assertEqual((self.changed()[0], len(self.calls())), (0, 2))

        # removed; the row stays, and the role says so
        self.assertGreaterEqual(self.changed("--check", state="absent")[0], 3)
        self.assertEqual(len(self.calls()), 2)
        _, said = self.changed(state="absent")
        self.assertIn(f"Infra still lists the destination {self.name}", said)
        self.assertEqual((self.calls()[2:], self.family(expired=True), self.status(new)), (["stop infra-connector"], [], UNAUTHORIZED))
        self.assertEqual([path.name for path in self.file.parent.iterdir()], [".connector.key.infrastate.lock"])
        self.assertEqual((list(self.units.iterdir()), len(self.destination())), ([], 1))
        self.assertEqual(self.changed(state="absent")[0], 0)

    def test_a_run_that_ended_before_the_restart_is_made_up_for(self):
        self.changed()
        before, old = self.process(), self.file.read_text()
        # Ended between the key and the unit: the next run finds the unit to be of another key, and restarts.
        broken = self.run_role(key_rotate_if_created_before=self.a_time_after_all_keys(), unit_folder="/nonexistent/folder")
        self.assertNotEqual(broken.code, 0)
        old_row, new_row = self.family()
        # That restart is lost, as if the run had ended between the unit and the restart.
        self.changed(wait=False, settings={"environment": {"PATH": self.path_that_restarts_nothing()}})
        self.assertIn(f"key            {new_row['id']}", self.unit.read_text())
        self.assertEqual(((self.folder / "lost").read_text(), self.calls(), self.process()), ("restart infra-connector\n", ["start infra-connector"], before))
        # After the overlap the module warns of the old key, and the role restarts.
        self.pass_time(3700)
        self.assertEqual(self.status(old), 200)  # as the connector does every few minutes
        self.wait_for_use(old_row["id"])
        _, said = self.changed()
        self.assertIn("still using the old key", said)
        self.assertEqual(self.calls()[1:], ["restart infra-connector"])
        self.wait_for_use(new_row["id"])
        self.changed()
        self.assertEqual([row["id"] for row in self.family(expired=True)], [new_row["id"]])

    def path_that_restarts_nothing(self):
        idle = self.folder / "idle"
        idle.mkdir()
        (idle / "systemctl").write_text(f"""#!/bin/sh
if [ "$1" = restart ]; then echo "$1 $2" >>{self.folder}/lost; else exec {self.programs}/systemctl "$@"; fi
""")
        (idle / "systemctl").chmod(0o755)
        return f"{idle}:{os.environ['PATH']}"

    def test_a_changed_program_or_configuration_restarts_it_and_a_copy_from_the_controller_is_enough(self):
        program = self.folder / "bin" / "infra"
        program.parent.mkdir()
        source = self.folder / "infra"
        shutil.copyfile(os.environ["INFRA_TEST_BINARY"], source)
        ways = {"program": str(program), "program_source": str(source)}
        self.changed(**ways)
        self.assertEqual(self.calls(), ["start infra-connector"])
        with open(source, "ab") as file:
            file.write(b"another version")
        self.changed(**ways)
        self.assertEqual(self.calls()[1:], ["restart infra-connector"])
        self.changed(**ways, config={"server": {"skipTLSVerify": False, "accessKey": "none"}})
        self.assertEqual(self.calls()[2:], ["restart infra-connector"])
        written = yaml.safe_load((self.folder / "etc" / "connector.yaml").read_text())
        self.assertEqual(written["server"]["accessKey"], str(self.file))
        self.assertFalse(written["server"]["skipTLSVerify"])
        self.assertEqual(self.destination(), [(self.name, "ssh", True)])

    def test_a_connector_that_does_not_connect_is_told(self):
        said = self.refused(wait_timeout="2s", program="/bin/true")
        self.assertIn(f"there is still no destination '{self.name}'", said)
        self.assertIn("what the connector says is in: journalctl --unit infra-connector", said)


class InputTest(SshRoleTest):
    """No server is asked."""

    def test_the_specification_the_defaults_and_the_page_agree(self):
        self.check_defaults()

    def test_wrong_input_is_told_in_a_sentence(self):
        self.check_refusals(
            ({"name": None}, "missing required arguments: connector_ssh_name"),
            ({"server_url": None}, "missing required arguments: connector_ssh_server_url"),
            ({"state": "gone"}, "value of connector_ssh_state must be one of: present, absent, got: gone"),
            ({"environment": "PATH"}, "argument '?connector_ssh_environment'? is of type .*str.* and we were unable to convert to dict: .*"),
            ({"wait": "perhaps"}, "argument '?connector_ssh_wait'? is of type .*str.* and we were unable to convert to bool: .*"),
            ({"program_source": "a", "package": "b"}, "Set connector_ssh_program_source or connector_ssh_package, not both."),
            ({"program": "/opt/my infra"}, "connector_ssh_program must be an absolute path of letters, digits and ._/@\\+=:- only, not '/opt/my infra'."),
            ({"service": "a/b"}, "connector_ssh_service must be a name of letters, digits and _.- only, without .service, not 'a/b'."),
            ({"environment": {"INFRA_ACCESS_KEY": "x"}}, "connector_ssh_environment: 'INFRA_ACCESS_KEY' is refused; a name has letters, digits and _ only, "
             "and does not begin with INFRA, because such a variable beats the connector's configuration."),
            ({"program": "/nonexistent/infra"}, "connector_ssh_program: there is no executable file /nonexistent/infra on the host; "
             "put Infra's executable there, or set connector_ssh_program_source or connector_ssh_package."))
        self.assertEqual((self.calls(), self.family()), ([], []))

    def test_systemd_itself_takes_the_unit(self):
        verify = shutil.which("systemd-analyze")
        if verify is None:
            self.missing("there is no systemd-analyze")
        # The units of a machine are not looked at, and `wait` needs a connector.
        self.changed(wait=False, environment={"HTTPS_PROXY": "http://a:100%25@proxy.example.com:3128", "NOTE": 'with "quotes" and \\'})
        done = subprocess.run([verify, "verify", self.unit], capture_output=True, text=True, check=False)
        self.assertNotRegex(done.stdout + done.stderr, "infra-connector")
        service = self.unit.read_text()
        self.assertIn('Environment="HTTPS_PROXY=http://a:100%%25@proxy.example.com:3128"', service)
        self.assertIn(r'Environment="NOTE=with \"quotes\" and \\"', service)
