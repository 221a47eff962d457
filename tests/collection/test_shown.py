# SPDX-License-Identifier: Apache-2.0
"""What a person sees: never a secret, always what matters; and errors in the words of the task."""

import os
import shutil
import subprocess
import textwrap

import support
from support import NAME


class ShownTest(support.PlayTest):
    def test_a_secret_is_censored_and_the_rest_is_shown(self):
        run = self.play(self.key(), self.key(), self.key(inactivity_timeout="80h"), arguments=["-v", "--diff"])
        self.assertEqual(run.output.count("censored"), 4, "three results and that of the test itself")
        self.assertIn("+name: " + self.name, run.output)
        self.assertIn("+inactivity_timeout: 80h0m0s", run.output)
        words = " ".join(run.output.split())
        self.assertIn("[WARNING]: a live access key is replaced", words)
        self.assertIn(run[2]["explanation"], words)

    def test_who_asks_for_it_sees_the_secret(self):
        run = self.play(self.key(), arguments=["-v", "-e", "infrastate_show_secrets=true"], secret=True)
        self.assertIn(run[0]["secret"], run.output)
        self.assertNotIn(os.environ["INFRA_TEST_ADMIN_KEY"], run.output)

    def test_a_task_with_no_log_shows_nothing(self):
        run = self.play(self.key(keywords={"no_log": True}), arguments=["-v", "--diff"])
        self.assertNotIn("+name: " + self.name, run.output)
        self.assertNotIn(run[0]["explanation"], run.output)

    def test_a_failure_that_knows_the_secret_is_told(self):
        """The key is made, and then its file cannot be put in place."""
        run = self.play(self.key(), self.key(), arguments=["-vvv"])
        self.assertFalse(run[1].get("failed"))
        self.file.write_text("something of a user\n")
        run = self.play(self.key(), arguments=["-v"])
        self.assertTrue(run[0]["failed"])
        self.assertIn(run[0]["msg"], " ".join(run.output.replace('\\"', '"').split()))

    def test_messages_name_the_module_as_the_user_wrote_it(self):
        run = self.play(self.task(bogus=1, name=self.name), self.task(keywords={"async": 30, "poll": 1}, bogus=1, name=self.name),
                        self.task(support.INFO, bogus=1))
        for result, module in ((run[0], NAME), (run[1], NAME), (run[2], support.INFO)):
            self.assertTrue(result["msg"].startswith(f"Unsupported parameters for ({module}) module: bogus."), result["msg"])
        self.assertNotIn("x86_64", run[0]["msg"] + run[1]["msg"])
        short = self.play({"infra_access_key": {**self.connection(), "bogus": 1}}, settings={"collections": ["infrastate.infra"]})
        self.assertIn("Unsupported parameters for (infra_access_key) module: bogus.", short[0]["msg"])


class RefusedTest(support.PlayTest):
    def fake_uname(self, text):
        folder = self.folder / "fake"
        folder.mkdir(exist_ok=True)
        (folder / "uname").write_text(f"#!/bin/sh\necho '{text}'\n")
        (folder / "uname").chmod(0o755)
        return f"{folder}:{support.ANSIBLE}:{os.environ['PATH']}"

    def test_a_target_of_another_system_or_processor(self):
        for system in ("Darwin arm64", "Linux armv7l"):
            run = self.play(self.key(), self.key(keywords={"async": 30, "poll": 1}), PATH=self.fake_uname(system))
            for result in run.results:
                self.assertIn(f'the target is "{system}", and the collection has executables for Linux on x86_64', result["msg"])
                self.assertIn("infrastate_executable", result["msg"])

    def test_a_collection_without_executables(self):
        elsewhere = support.install(self.folder / "empty", {})
        run = self.play(self.key(), **support.at(elsewhere))
        self.assertIn("this copy of the collection infrastate.infra holds no executables", run[0]["msg"])

    def test_a_damaged_executable_in_the_collection_is_not_used(self):
        elsewhere = support.install(self.folder / "damaged")
        program, = elsewhere.rglob("files/x86_64/infra_access_key")
        with open(program, "ab") as file:
            file.write(b"x")
        run = self.play(self.key(), **support.at(elsewhere))
        self.assertIn("the executable finds no place on the target", run[0]["msg"])
        self.assertIn("the file did not arrive whole", run[0]["msg"])

    def test_an_executable_that_cannot_be_started_is_told(self):
        wrong = self.folder / "wrong"
        wrong.write_text("#!/nonexistent/interpreter\n")
        wrong.chmod(0o755)
        self.inventory["localhost"]["infrastate_executable"] = str(wrong)
        self.assertIn(f"the executable {wrong} cannot be started on the target (exit code 12", self.play(self.key())[0]["msg"])
        wrong.write_text("#!/bin/sh\ncat >/dev/null; echo out of order >&2; exit 3\n")
        self.assertIn("ended without a result (exit code 3): out of order", self.play(self.key())[0]["msg"])

    def test_two_versions_at_once_do_each_other_no_harm(self):
        """Both stay: each play finds its own between two tasks."""
        other = self.folder / "other"
        shutil.copyfile(support.EXECUTABLE, other)
        with open(other, "ab") as file:
            file.write(b"another version")
        other.chmod(0o755)
        second = support.install(self.folder / "second", {"x86_64": other})
        processes = []
        for number, path in enumerate((support.COLLECTIONS, second) * 2):
            book = self.folder / f"book{number}.yml"
            book.write_text(textwrap.dedent(f"""\
                - hosts: localhost
                  connection: local
                  gather_facts: false
                  tasks:
                    - infrastate.infra.infra_access_key_info: {{host: "{os.environ['INFRA_TEST_URL']}", server_certificate_file: "{os.environ['INFRA_TEST_CA_FILE']}"}}
                      loop: "{{{{ range(4) | list }}}}"
                      environment: {{INFRA_ACCESS_KEY: "{os.environ['INFRA_TEST_ADMIN_KEY']}"}}
                """))
            processes.append(subprocess.Popen([support.ANSIBLE / "ansible-playbook", book], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                              stdin=subprocess.DEVNULL,
                                              env=self.environment(**support.at(path))))
        for process in processes:
            output = process.communicate(timeout=support.PATIENCE)[0]
            self.assertEqual(process.returncode, 0, output)
        self.assertEqual(len(self.kept_folders()), 2)
