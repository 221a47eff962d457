# SPDX-License-Identifier: Apache-2.0
"""Plays that consist of a role of the collection, and stand-ins for the programs that it calls."""

import datetime
import json
import os
import re
import time

import rigs
import support
import yaml

ROLES = support.ROOT / "collection" / "roles"


class RoleTest(support.PlayTest):
    role = None

    def setUp(self):
        super().setUp()
        self.programs = self.folder / "programs"
        self.programs.mkdir()

    def stand_in(self, name, text):
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)

    def variables(self):
        """The role's variables without its prefix."""
        return {"name": self.name, "server_url": os.environ["INFRA_TEST_URL"], "access_key": os.environ["INFRA_TEST_ADMIN_KEY"],
                "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"]}

    def given(self, **variables):
        """The variables of a run, with the role's prefix. One that is None is not set."""
        return {f"{self.role}_{name}": value for name, value in {**self.variables(), **variables}.items() if value is not None}

    def run_play(self, play, *arguments):
        book = self.folder / "role.json"
        book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, **play}]))
        hosts = self.folder / "hosts.json"
        hosts.write_text(json.dumps({"all": {"hosts": self.inventory}}))
        path = f"{self.programs}:{support.ANSIBLE}:{os.environ['PATH']}"
        run = support.Run(self.ansible("ansible-playbook", "-i", hosts, *arguments, book, PATH=path, ANSIBLE_PIPELINING="1"), None)
        self.check_output(run)
        self.assertNotIn(os.environ["INFRA_TEST_ADMIN_KEY"], run.output)
        return run

    def run_role(self, *arguments, settings=None, **variables):
        return self.run_play({"vars": self.given(**variables), "roles": [f"infrastate.infra.{self.role}"], **(settings or {})}, *arguments)

    def check_refusals(self, *cases):
        """Runs the role with each of these variables, in one play. It must fail with the sentence that is beside them."""
        results = self.folder / "refusals"
        results.mkdir()
        tasks = []
        for number, (variables, _) in enumerate(cases):
            note = {"content": "{{ ansible_failed_result.msg }}", "dest": str(results / str(number)), "mode": "0600"}
            tasks.append({"block": [{"ansible.builtin.include_role": {"name": f"infrastate.infra.{self.role}"}, "vars": self.given(**variables)}],
                          "rescue": [{"ansible.builtin.copy": note}]})
        self.run_play({"tasks": tasks})
        for number, (variables, sentence) in enumerate(cases):
            with self.subTest(variables=variables):
                self.assertTrue((results / str(number)).is_file(), "it was not refused")
                said = re.sub(r"^Validation of arguments failed:\s*", "", (results / str(number)).read_text())
                self.assertRegex(said, f"^{sentence}$")

    def changed(self, *arguments, **variables):
        """Runs the role, which must succeed: how many tasks changed something, and the output."""
        run = self.run_role(*arguments, **variables)
        self.assertEqual(run.code, 0, run.output[-6000:])
        return int(re.search(r"changed=(\d+)", run.output)[1]), run.output

    def refused(self, *arguments, **variables):
        """Runs the role, which must fail: the message, in one line."""
        run = self.run_role(*arguments, **variables)
        self.assertNotEqual(run.code, 0, run.output)
        self.assertIn("failed=1", run.output)
        return re.sub(r"\\n|\s+", " ", run.output)

    def family(self, expired=False):
        """The connector's keys of this test's name, the rotated ones among them, by age."""
        rows = self.rows(self.connector, expired=expired)
        return sorted((row for row in rows if row["name"].startswith(self.name)), key=lambda row: (row["created"], row["name"]))

    def a_time_after_all_keys(self):
        time.sleep(2.1)
        return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def pass_time(self, seconds):
        """Makes this test's keys older, on the real server."""
        rigs.make_older(self.name, seconds)

    def check_defaults(self):
        """What the specification says of a default is the default."""
        options = yaml.safe_load((ROLES / self.role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
        defaults = yaml.safe_load((ROLES / self.role / "defaults" / "main.yml").read_text())
        self.assertEqual({name: option["default"] for name, option in options.items() if "default" in option}, defaults)
        self.assertEqual({name for name, option in options.items() if option.get("required")}, set(options) - set(defaults))
        readme = (ROLES / self.role / "README.md").read_text()
        self.assertEqual([name for name in options if f"`{name.replace(f'{self.role}_', '', 1)}`" not in readme], [])
