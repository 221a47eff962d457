# SPDX-License-Identifier: Apache-2.0
"""Runs the plays to start from in playbooks/, with stand-ins for what a test machine does not have."""

import json
import os

import yaml

import keeping
import play
import stand_in

BOOKS = play.ROOT / "playbooks"


def group(name):
    """What playbooks/inventory/group_vars says."""
    return yaml.safe_load((BOOKS / "inventory" / "group_vars" / f"{name}.yml").read_text())


def inventory(folder, name, hosts):
    """An inventory with this group, whose hosts are all this machine."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
    path = folder / "inventory.json"
    path.write_text(json.dumps({"all": {"hosts": {"localhost": local}}, name: {"hosts": {host: local for host in hosts}}}))
    return path


class PlaceCase(keeping.KeepingCase):
    def setUp(self):
        super().setUp()
        self.programs = stand_in.Programs(self.scratch)
        self.kept = self.programs.notes / "kept"

    def run_play(self, name, *arguments, fails=False, variables=None, inventory=None):
        run = play.ansible_playbook(BOOKS / name, "-i", str(inventory or BOOKS / "inventory"), "-e", json.dumps(variables or {}), "--diff", *arguments,
                                    INFRA_HOST=os.environ["INFRA_TEST_URL"], INFRA_ACCESS_KEY=os.environ["INFRA_TEST_ADMIN_KEY"],
                                    INFRA_SERVER_CERTIFICATE_FILE=os.environ["INFRA_TEST_CA_FILE"], PATH=self.programs.path)
        self.output = run.stdout + run.stderr
        self.assertEqual(run.returncode != 0, fails, self.output)
        self.assertNotIn(os.environ["INFRA_TEST_ADMIN_KEY"], self.output)
        return run

    def unchanged(self, run):
        return run.stdout.count("changed=0 ") == run.stdout.count("changed=")

    def check_hidden(self, *secrets):
        for secret in secrets:
            self.assertRegex(secret, keeping.SECRET)
            self.assertNotIn(secret, self.output)
            self.assertNotIn(secret, self.programs.seen_by_others())
