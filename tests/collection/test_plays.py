# SPDX-License-Identifier: Apache-2.0
"""Tasks of the collection with the keywords that users give them."""

import json
import os
import pathlib
import shutil
import stat

import support
from support import INFO, NAME


class LifeTest(support.PlayTest):
    def test_a_key_is_made_kept_changed_and_removed(self):
        run = self.play(self.key(), self.key(), self.key(keywords={"check_mode": True}, inactivity_timeout="80h"),
                        self.key(inactivity_timeout="80h"), self.task(INFO, secret_file=str(self.file)), self.key(state="absent"), self.key(state="absent"))
        self.assertEqual([result["changed"] for result in run.results], [True, False, True, True, False, True, False], run.output)
        self.assertEqual([result.get("reason") for result in run.results[:4]], ["absent", "ok", "drifted", "drifted"])
        self.assertEqual(run[2]["actions"], run[3]["actions"])
        self.assertRegex(run[0]["secret"], support.SECRET)
        self.assertEqual(len(run[4]["access_keys"]), 1)
        self.assertFalse(self.file.exists())

    def test_check_mode_changes_nothing_and_leaves_no_secret_file(self):
        run = self.play(self.key(), arguments=["--check", "--diff"])
        self.assertTrue(run[0]["changed"])
        self.assertIn("+name: " + self.name, run.output)
        self.assertFalse(self.file.exists())
        self.assertEqual(self.play(self.key(state="absent")).results[0]["changed"], False)

    def test_the_executable_is_put_there_once_and_nothing_else_is_left(self):
        self.play(self.key())
        kept, = self.kept_folders()
        program = self.home / ".ansible" / "infrastate" / kept / "infra_access_key"
        before = program.stat()
        self.assertEqual(stat.S_IMODE(before.st_mode), 0o700)
        for folder in (program.parent, program.parent.parent):
            self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        run = self.play(self.key(), arguments=["-vvv"])
        after = program.stat()
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))
        self.assertNotIn("PUT ", run.output.split("TASK [ansible.builtin.copy]")[0])
        self.assertEqual({path.name for path in program.parent.iterdir()}, {"infra_access_key", "verified"})

    def test_a_loop_of_50(self):
        loop = {"loop": "{{ range(50) | list }}"}
        many = self.task(keywords=loop, name=self.name + "-{{ item }}", secret_file=str(self.folder / "key-{{ item }}"))
        run = self.play(many, many)
        self.assertEqual([[item["changed"] for item in result["results"]] for result in run.results], [[True] * 50, [False] * 50], run.output[-3000:])
        self.assertEqual(len({item["secret"] for item in run[0]["results"]}), 50)

    def test_defaults_of_the_group_reach_every_module(self):
        for_all = {"module_defaults": {"group/infrastate.infra.infra": self.connection()}}
        run = self.play({NAME: {"name": self.name}}, {INFO: {"name": self.name}}, {"infrastate.infra.infra_destination_info": {}}, settings=for_all)
        for result in run.results:
            self.assertFalse(result.get("failed"), result)

    def test_the_environment_of_a_task_reaches_the_module_and_no_command(self):
        given = self.connection()
        environment = {"INFRA_HOST": given["host"], "INFRA_ACCESS_KEY": given["access_key"], "INFRA_SERVER_CERTIFICATE": given["server_certificate"],
                       "STRANGE": "a\\n'\"$(touch /nowhere)\n=%s`x`", "NUMBER": 7}
        run = self.play({NAME: {"name": self.name}, "environment": environment}, arguments=["-vvv"])
        self.assertTrue(run[0]["changed"], run[0])
        refused = self.play({NAME: {"name": self.name}, "environment": {"A B": "x"}})
        self.assertIn('environment: "A B" is no name of a variable', refused[0]["msg"])

    def test_a_task_without_python_on_the_target(self):
        self.inventory["localhost"]["ansible_python_interpreter"] = "/nonexistent/python"
        run = self.play(self.key(), self.key())
        self.assertEqual([result["changed"] for result in run.results], [True, False], run.output)

    def test_delegation_asks_the_other_host(self):
        self.inventory["other"] = {"ansible_connection": "local", "infrastate_executable": str(support.EXECUTABLE)}
        self.inventory["localhost"]["infrastate_executable"] = "/nonexistent/of-the-inventory-host"
        run = self.play(self.key(keywords={"delegate_to": "other"}), arguments=["--limit", "localhost"])
        self.assertTrue(run[0]["changed"], run[0])

    def test_an_installed_executable_is_used_by_its_variable(self):
        self.inventory["localhost"]["infrastate_executable"] = str(support.EXECUTABLE)
        run = self.play(self.key(), self.task(INFO, name=self.name))
        self.assertTrue(run[0]["changed"], run[0])
        self.assertEqual(len(run[1]["access_keys"]), 1, "the second module of the same executable")
        self.assertEqual(self.kept_folders(), [])
        self.inventory["localhost"]["infrastate_executable"] = "/nonexistent/infra_access_key"
        missing = self.play(self.key())
        self.assertIn("infrastate_executable: there is no executable /nonexistent/infra_access_key on the target", missing[0]["msg"])


class ValuesTest(support.PlayTest):
    def test_yaml_times_and_dates_become_texts(self):
        """JSON has no times, so this play is YAML."""
        book = self.folder / "times.yml"
        common = "".join(f"        {name}: {json.dumps(value)}\n" for name, value in self.connection().items())
        results = self.folder / "times.json"
        book.write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {NAME}:\n{common}        name: {self.name}\n        expires_at: 2031-02-03T04:05:06Z\n"
                        f"      register: a\n    - {NAME}:\n{common}        name: {self.name}-b\n        expires_at: 2031-02-03\n      register: b\n      ignore_errors: true\n"
                        f"    - ansible.builtin.copy: {{content: '{{{{ [a, b] | to_json }}}}', dest: {results}, mode: '0600'}}\n      no_log: true\n")
        run = support.Run(self.ansible("ansible-playbook", "-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3", book), None)
        self.check_output(run)
        first, second = json.loads(results.read_text())
        self.assertEqual(first.get("expires_at"), "2031-02-03T04:05:06Z", run.output)
        self.assertIn("expires_at", second["msg"])

    def test_a_literal_vault_value_becomes_its_text(self):
        password = self.folder / "password"
        password.write_text("not-a-real-password\n")
        given = self.connection()
        made = self.ansible("ansible-vault", "encrypt_string", "--vault-password-file", password, given["access_key"])
        vault = made.stdout.strip().split("\n")
        self.assertEqual(vault[0], "!vault |", made.stderr)
        secret = "\n".join("          " + line.strip() for line in vault[1:])
        results = self.folder / "vault.json"
        book = self.folder / "vault.yml"
        book.write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {NAME}:\n        host: {given['host']}\n"
                        f"        server_certificate: {json.dumps(given['server_certificate'])}\n        name: {self.name}\n        access_key: !vault |\n{secret}\n"
                        f"      register: a\n    - ansible.builtin.copy: {{content: '{{{{ a | to_json }}}}', dest: {results}, mode: '0600'}}\n      no_log: true\n")
        run = support.Run(self.ansible("ansible-playbook", "-vvv", "-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3", "--vault-password-file", password, book), None)
        self.check_output(run)
        self.assertTrue(json.loads(results.read_text())["changed"], run.output)


class LimitedUserTest(support.PlayTest):
    """A task that becomes a user who may do little. Needs root and a user `nobody`."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.missing("becoming another user needs root")
        self.own = self.folder / "of-nobody"
        self.own.mkdir()
        os.chown(self.own, 65534, 65534)

    def kept(self):
        return self.key(keywords={"become": True, "become_user": "nobody"}, secret_file=str(self.own / "key"))

    def test_by_sudo_with_a_home_that_is_not_there(self):
        place = pathlib.Path("/var/tmp/.infrastate-65534")
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        run = self.play(self.kept(), self.kept(), arguments=["-vvv"])
        self.assertEqual([result.get("changed") for result in run.results], [True, False], run.output)
        self.assertEqual((self.own / "key").stat().st_uid, 65534)
        self.assertEqual((place.stat().st_uid, stat.S_IMODE(place.stat().st_mode)), (65534, 0o700))

    def test_by_su_which_carries_no_standard_input(self):
        settings = {"vars": {"ansible_become_method": "su", "ansible_become_flags": "-s /bin/sh", "ansible_shell_allow_world_readable_temp": True}}
        run = self.play(self.kept(), arguments=["-vvv"], settings=settings)
        self.assertTrue(run[0].get("changed"), run.output)
        self.assertIn("the become method su does not carry standard input", " ".join(run.output.split()))


class AsyncTest(support.PlayTest):
    def test_a_polled_run_shows_no_secret(self):
        for arguments in ((), ("-vvv",)):
            with self.subTest(arguments=arguments):
                run = self.play(self.task(keywords={"async": 60, "poll": 1}, name=self.name + "-".join(arguments)), arguments=arguments)
                self.assertTrue(run[0]["changed"], run.output)
                self.assertRegex(run[0]["secret"], support.SECRET)

    def test_a_failure_to_start_says_why(self):
        self.inventory["localhost"]["ansible_python_interpreter"] = "/nonexistent/python"
        run = self.play(self.key(keywords={"async": 60, "poll": 1}))
        self.assertTrue(run[0]["failed"])
        self.assertIn("/nonexistent/python", run.output)
