# SPDX-License-Identifier: Apache-2.0
"""The example tree as it stands, with the pillar of this test's server."""

import os

import installed
import minion

EXAMPLES = installed.ROOT / "integrations" / "salt" / "examples"


class ExampleTest(minion.MinionTest):
    def setUp(self):
        super().setUp()
        self.app = self.folder / "my-app"
        self.key_file = self.app / "infra.key"
        self.keepers.add(self.key_file)
        self.calls = self.folder / "calls"
        programs = self.folder / "bin"
        programs.mkdir()
        for name in ("systemctl", "logger"):
            program = programs / name
            # Salt itself asks systemctl for its version.
            program.write_text(f'#!/bin/sh\n[ "$1" = --version ] || echo "{name} $*" >>{self.calls}\n')
            program.chmod(0o755)
        self.variables = {"TEST_ADMIN_KEY": self.admin, "PATH": f"{programs}:{os.environ['PATH']}"}

    def use(self, release):
        profile = {**self.profile(), "access_key": "sdb://osenv/TEST_ADMIN_KEY"}
        del profile["access_key_file"]
        self.configure(infra=None, file_roots={"base": [str(EXAMPLES / "states")]}, osenv={"driver": "env"},
                       pillar={"infra": profile, "my_app": {"folder": str(self.app), "user": self.user, "release": release}})

    def run_sls(self, name, *words):
        answer = self.salt_call("state.apply", name, *words, env=self.variables)
        return answer.states

    def test_an_application_from_its_first_key_to_its_last(self):
        self.use(7)
        states = self.run_sls("my_app")
        self.assertEqual(states["my-app"]["changes"]["actions"], ["create"])
        self.assertEqual(self.calls.read_text(), "logger the access key of my-app changes now\nsystemctl restart my-app\n")
        self.calls.unlink()
        self.assertEqual({name: each["changes"] for name, each in self.run_sls("my_app").items() if each["changes"]}, {})
        self.assertFalse(self.calls.exists())

        # The file is new, then it is as before, then it has changed.
        for release, actions in ((7, ["create"]), (7, None), (8, ["create", "retire"])):
            self.use(release)
            self.assertEqual(self.run_sls("my_app.rotate")["my-app"]["changes"].get("actions"), actions)
            if actions:
                self.learn()
        self.assertEqual(len(self.live()), 2)
        self.assertIn("delete_file", self.run_sls("my_app.absent")["my-app"]["changes"]["actions"])
        self.assertEqual((self.live(), self.key_file.exists()), ([], False))

    def test_the_connector_and_the_top_file_can_be_rendered(self):
        self.use(7)
        shown = self.salt_call("state.show_sls", "connector", level="quiet", env=self.variables).value
        self.assertEqual({name: next(key for key in each if not key.startswith("__")) for name, each in shown.items()},
                         {"connector-key": "infra_access_key", "infra-connector": "cmd", "minion": "infra_destination"})
        top = self.salt_call("state.show_top", "--id=app1", level="quiet", env=self.variables).value
        self.assertEqual(top, {"base": ["my_app"]})
