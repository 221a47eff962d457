# SPDX-License-Identifier: Apache-2.0
"""--self-test with the scripted engine: its arguments, its lines, its exit code. tests/fault/self_test_test.py
tests what the engine finds out about real servers."""

import json
import os
import pty
import subprocess

import support

FINDINGS = [{"what": "authorities", "verdict": "good", "text": "/etc/ca.pem"}, {"what": "clock", "verdict": "note", "text": "9 s behind"}]


class SelfTest(support.ModuleTest):
    def setUp(self):
        super().setUp()
        self.key = support.access_key()

    def self_test(self, arguments, code=0, **options):
        outcome = self.start("--self-test", text=json.dumps(arguments), **options)
        self.assertEqual((outcome.code, outcome.err), (code, ""), outcome.out)
        return outcome.out.decode("ascii").splitlines()

    def test_each_finding_is_one_line(self):
        lines = self.self_test({"host": "infra.example.com", "access_key": self.key}, script={"findings": FINDINGS})
        self.assertEqual(lines, ["ok   authorities  /etc/ca.pem", "note clock        9 s behind"])

    def test_something_bad_gives_exit_code_1(self):
        bad = FINDINGS + [{"what": "server", "verdict": "bad", "text": "too old\nto use"}]
        lines = self.self_test({"access_key": self.key}, code=1, script={"findings": bad})
        self.assertEqual(lines[-1], "FAIL server       too old to use")

    def test_it_takes_the_arguments_of_a_run(self):
        seen = self.folder / "seen.json"
        run = {"name": "my-cluster", "state": "present", "expires_in": "1h", "user": "connector", "access_key": self.key, "retries": "3",
               "host": None, "_ansible_check_mode": True, "_ansible_module_name": "ns.col.infra_access_key"}
        path = self.folder / "a.json"
        path.write_text(json.dumps(run))
        for arguments, text in ((["--self-test", path], ""), ([path, "--self-test"], ""), (["--self-test", "-"], json.dumps(run))):
            with self.subTest(arguments=arguments):
                outcome = self.start(*arguments, text=text, script={"seen": str(seen)}, environment={"SSL_CERT_FILE": "/etc/ca.pem"})
                self.assertEqual((outcome.code, outcome.err), (0, ""), outcome.out)
                self.assertEqual(json.loads(seen.read_text()), {"ssl_cert_file": "/etc/ca.pem", "config": {
                    "host": "https://api.infrahq.com", "access_key": self.key, "skip_tls_verify": False, "use_proxy": True, "retries": 3}})

    def test_everything_may_come_from_the_environment(self):
        environment = {"INFRA_HOST": "infra.example.com", "INFRA_ACCESS_KEY": self.key}
        for text in ("", " \n", "{}"):
            with self.subTest(text=text):
                self.assertEqual(self.start("--self-test", text=text, environment=environment).code, 0)
        controller, terminal = pty.openpty()
        done = subprocess.run([str(support.scripted()), "--self-test"], stdin=terminal, capture_output=True,
                              env=support.clean_environment(environment), timeout=60, check=False)
        os.close(terminal)
        os.close(controller)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_parameters_that_are_wrong_are_the_first_finding(self):
        for arguments, part in (({}, "one of the following is required: access_key"), ({"access_key": self.key, "bogus": 1}, "bogus"),
                                ({"access_key": self.key, "timeout": "soon"}, "timeout"), ([], "must be a JSON object"),
                                ({"access_key": self.key, "skip_tls_verify": True, "server_certificate": "x"}, "mutually exclusive")):
            with self.subTest(arguments=arguments):
                lines = self.self_test(arguments, code=1)
                self.assertEqual(len(lines), 1)
                self.assertTrue(lines[0].startswith("FAIL parameters   "), lines)
                self.assertIn(part, lines[0])

    def test_a_file_that_cannot_be_read_is_a_wrong_command_line(self):
        outcome = self.start("--self-test", self.folder / "missing")
        self.assertEqual((outcome.code, outcome.out), (2, b""))
        self.assertIn("cannot open the file of arguments", outcome.err)

    def test_no_line_shows_a_secret(self):
        proxy = "http://me:pa%40ss-word@proxy.example.com:3128"
        echo = [{"what": "server", "verdict": "bad", "text": f"it said {self.key}, pa@ss-word, {proxy} and {self.key[:20]}..."}]
        lines = self.self_test({"access_key": self.key, "proxy": proxy}, code=1, script={"findings": echo})
        self.assertEqual(lines[-1], "FAIL server       it said ********, ********, http://me:********@proxy.example.com:3128 and ********...")

    def test_an_output_that_cannot_be_written_is_a_failure(self):
        script = self.folder / "script.json"
        script.write_text(json.dumps({"findings": FINDINGS}))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(support.scripted()), "--self-test"], input=json.dumps({"access_key": self.key}).encode(), stdout=full,
                                  stderr=subprocess.DEVNULL, env=support.clean_environment({"INFRASTATE_TEST_SCRIPT": str(script)}), timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
