# SPDX-License-Identifier: Apache-2.0
"""Options, the sources of arguments, names of the executable, exit codes."""

import json
import os
import pty
import subprocess

import support


class CommandLine(support.ModuleTest):
    def setUp(self):
        super().setUp()
        self.text = json.dumps({"name": "my-cluster", "access_key": support.access_key()})

    def test_help_names_every_option_and_module(self):
        for option in ("--help", "-h"):
            outcome = self.start(option)
            self.assertEqual((outcome.code, outcome.err), (0, ""))
            for part in (b"--module", b"--schema", b"--self-test", b"--version", b"infra_access_key"):
                self.assertIn(part, outcome.out)

    def test_version(self):
        version = (support.ROOT / "VERSION").read_text().strip()
        outcome = self.start("--version")
        self.assertEqual((outcome.code, outcome.out.decode()), (0, f"infra_access_key {version}\n"))

    def test_schema_is_json(self):
        schema = json.loads(self.start("--schema").out)
        self.assertEqual([resource["name"] for resource in schema["resources"]], ["access_key", "access_key_info", "destination_info"])
        self.assertEqual(schema["version"], (support.ROOT / "VERSION").read_text().strip())
        self.assertEqual([code["number"] for code in schema["codes"]], list(range(18)))

    def test_wrong_options_are_one_sentence_and_exit_code_2(self):
        for arguments, part in ((["--bogus"], "unknown option '--bogus'"), (["-x"], "unknown option"), (["--module"], "--module needs"),
                                (["--module", "other"], "there is no module 'other'"), (["--module=other"], "there is no module"),
                                (["a", "b"], "more than one file"), ([""], "is empty")):
            with self.subTest(arguments=arguments):
                outcome = self.start(*arguments)
                self.assertEqual((outcome.code, outcome.out), (2, b""))
                self.assertEqual(outcome.err.count("\n"), 1)
                self.assertIn(part, outcome.err)

    def test_arguments_from_a_file_from_standard_input_and_from_a_dash(self):
        path = self.folder / "a.json"
        path.write_text(self.text)
        for arguments, text in (([path], ""), ([], self.text), (["-"], self.text), (["--module", "infra_access_key", path], ""),
                                (["--module=infra_access_key"], self.text), (["--", path], "")):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.checked(self.start(*arguments, text=text))["msg"], "no server here")

    def test_on_a_terminal_without_arguments_it_explains_itself(self):
        controller, terminal = pty.openpty()
        done = subprocess.run([str(support.scripted())], stdin=terminal, capture_output=True, env=support.clean_environment(),
                              timeout=60, check=False)
        os.close(terminal)
        os.close(controller)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"usage:", done.stdout)

    def test_the_files_name_says_which_module(self):
        for name in ("infra_access_key", "AnsiballZ_infra_access_key", "infra_access_key.bin", "infra_access_key.x86_64",
                     "AnsiballZ_infra_access_key_x86_64", "infra_access_key_aarch64"):
            with self.subTest(name=name):
                copy = self.folder / name
                copy.symlink_to(support.scripted())
                self.assertEqual(self.checked(self.start(text=self.text, program=copy))["msg"], "no server here")

    def test_the_name_that_ansible_gives_says_which_module(self):
        copy = self.folder / "anything"
        copy.symlink_to(support.scripted())
        for name in ("infra_access_key", "ns.col.infra_access_key", "ns.col.infra_access_key_x86_64"):
            with self.subTest(name=name):
                text = json.dumps({**json.loads(self.text), "_ansible_module_name": name})
                self.assertEqual(self.checked(self.start(text=text, program=copy))["msg"], "no server here")

    def test_an_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(support.scripted()), "--version"], stdout=full, stderr=subprocess.DEVNULL,
                                  env=support.clean_environment(), timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
