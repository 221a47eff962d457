# SPDX-License-Identifier: Apache-2.0
"""--self-test on the simulator: what it says if everything is good. The first error ends it, with a sentence
that says what to do."""

import unittest

import whole_run
from whole_run import KEYS

STEPS = ["parameters", "authorities", "name", "connection", "TLS", "server", "clock"]


class SelfTestTest(whole_run.WholeRunTest):
    def lines(self, arguments, code, **options):
        run = self.run_module(arguments, "--self-test", **options)
        self.assertEqual((run.code, run.err), (code, b""), run.out)
        found = []
        for line in run.out.decode("ascii").splitlines():
            self.assertRegex(line, r"^(ok  |note|FAIL) \S")
            found.append((line[:4].strip(), line[5:18].strip(), line[18:]))
        return found

    def test_when_all_is_well_each_step_says_what_it_found(self):
        lines = self.lines(self.arguments(), 0)
        self.assertEqual([what for _, what, _ in lines], STEPS + ["access key"])
        self.assertEqual({verdict for verdict, _, _ in lines}, {"ok"})
        text = {what: text for _, what, text in lines}
        self.assertEqual(text["parameters"], f"the server is {self.url}, with an access key")
        self.assertIn("server_certificate", text["authorities"])
        self.assertIn(str(self.server.port), text["connection"])
        self.assertRegex(text["TLS"], r"^TLSv1\.[23], \S+, a certificate that is valid until \d{4}-")
        self.assertEqual(text["server"], "Infra 0.21.0")
        self.assertIn("agree within", text["clock"])
        self.assertIn("accepted as admin@example.com", text["access key"])

    def test_nothing_is_changed(self):
        before = [(key["id"], key["name"]) for key in self.keys()]
        self.lines(self.arguments(name=self.name), 0)
        self.lines(self.as_user(), 0)
        self.assertEqual([(key["id"], key["name"]) for key in self.keys()], before)
        changes = [call for call in self.calls() if call[0] != "GET"]
        self.assertEqual(changes, [("POST", "/api/login"), ("POST", "/api/logout")])

    def test_a_user_is_logged_in_and_out_again_also_when_something_fails(self):
        lines = self.lines(self.as_user(), 0)
        self.assertEqual(lines[-1][:2], ("ok", "login"))
        self.faults({"action": "status", "status": 500, "times": 0, "match": {"path": KEYS}})
        lines = self.lines(self.as_user(), 1)
        self.assertEqual(lines[-1][:2], ("FAIL", "login"))
        self.assertEqual(self.calls()[-1], ("POST", "/api/logout"))

    def test_the_first_thing_that_is_wrong_ends_it_and_says_what_to_do(self):
        wrong_key = "a" * 10 + "." + "b" * 24
        status = lambda **more: {"action": "status", "times": 0, **more}
        for what, advice, arguments, fault in (
                ("authorities", "which is not a readable file", self.arguments(), {"SSL_CERT_FILE": "/nonexistent"}),
                ("parameters", "is empty", self.arguments(server_certificate_file=self.write("empty.pem", "")), None),
                ("authorities", "server_certificate_file: holds no certificate", self.arguments(server_certificate_file=self.write("none.pem", "x")), None),
                ("name", "check its spelling", self.arguments(host="nowhere.invalid"), None),
                ("connection", "check the address", self.arguments(host="127.0.0.1:1"), None),
                ("connection", "the proxy 127.0.0.1:1", self.arguments(proxy="http://127.0.0.1:1"), None),
                ("TLS", "give its certificate in server_certificate_file", self.arguments(server_certificate_file=None), None),
                ("server", "is this an Infra server", self.arguments(), status(status=404, body="<html>", match={"path": "/api/version"})),
                ("server", "speak HTTP", self.arguments(), {"action": "garbage", "times": 0}),
                ("server", "upgrade the server", self.arguments(), status(status=200, body='{"version":"0.19.9"}', match={"path": "/api/version"})),
                ("access key", "check that the access key is complete", self.arguments(access_key=wrong_key), None),
                ("access key", "403", self.arguments(), status(status=403, message="you do not have permission", match={"path": KEYS})),
                ("login", "check username and password", {**self.as_user(), "password": "not-" + self.password}, None)):
            with self.subTest(what=what, advice=advice):
                environment = fault if fault and "action" not in fault else {}
                self.control("POST", "/reset")
                self.faults(*([fault] if fault and "action" in fault else []))
                lines = self.lines(arguments, 1, environment=environment)
                self.assertEqual(lines[-1][:2], ("FAIL", what), lines)
                self.assertIn(advice, lines[-1][2])
                self.assertNotIn("FAIL", [verdict for verdict, _, _ in lines[:-1]])
                self.assertEqual([name for _, name, _ in lines[:-1]], STEPS[:len(lines) - 1])

    def test_a_clock_that_is_off_is_noted_with_the_difference(self):
        for seconds, words in ((-3600, "ahead of"), (3600, "behind")):
            self.faults({"action": "date", "seconds": seconds, "times": 0})
            lines = self.lines(self.arguments(), 0)
            verdict, _, text = lines[STEPS.index("clock")]
            self.assertEqual(verdict, "note")
            self.assertRegex(text, rf"this machine is (3599|3600|3601) s {words} the server")
        self.faults({"action": "no_date", "times": 0})
        self.assertIn("no exact Date", self.lines(self.arguments(), 0)[STEPS.index("clock")][2])

    def test_skipped_verification_is_noted(self):
        lines = self.lines(self.arguments(server_certificate_file=None, skip_tls_verify=True), 0)
        self.assertEqual(lines[1][:2], ("note", "authorities"))

    def test_it_ends_at_the_timeout(self):
        self.faults({"action": "hang", "ms": 60000, "times": 0})
        start_up = self.start_up()
        run = self.run_module(self.arguments(timeout="1s"), "--self-test")
        self.assertEqual(run.code, 1)
        self.assertLessEqual(run.seconds, 1.5 + start_up)
        self.assertIn(b"FAIL server       asking for the server's version: the time allowed was used up", run.out)


if __name__ == "__main__":
    unittest.main()
