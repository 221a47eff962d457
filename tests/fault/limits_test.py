# SPDX-License-Identifier: Apache-2.0
"""A whole run keeps its deadline and cleans up before it. It finds authorities and proxies in the environment,
and repeats requests as the server asks."""

import email.utils
import time
import unittest

import whole_run
from whole_run import KEYS

GRACE = 0.5  # how much longer than its timeout a run may take, whatever the server does


class DeadlineTest(whole_run.WholeRunTest):
    def ends_in_time(self, run, timeout, start_up):
        self.assertLessEqual(run.seconds, timeout + GRACE + start_up, run.out)
        self.assertTrue(run.result["failed"], run.result)

    def test_a_hung_server_never_holds_a_run_beyond_its_timeout(self):
        for method, path in (("GET", KEYS), ("GET", "/api/users"), ("GET", "/api/version"), ("POST", KEYS)):
            for action in ({"action": "hang", "ms": 60000}, {"action": "drip", "ms": 60000, "from": "head"},
                           {"action": "drip", "ms": 60000, "from": "body"}):
                with self.subTest(method=method, path=path, action=action):
                    self.control("POST", "/reset")
                    self.faults({**action, "times": 0, "match": {"method": method, "path": path}})
                    start_up = self.start_up()
                    run = self.run_module(self.arguments(timeout="1500ms"))
                    self.ends_in_time(run, 1.5, start_up)
                    self.assertEqual(run.result["error"]["code"], "DEADLINE" if method == "GET" else run.result["error"]["code"])
                    self.assertEqual(run.result["outcome"], "none" if method == "GET" else run.result["outcome"])

    def test_a_session_is_closed_inside_the_reserve_whatever_failed(self):
        for rule in ({"action": "hang", "ms": 60000, "match": {"method": "GET", "path": KEYS}},
                     {"action": "status", "status": 500, "match": {"method": "GET", "path": KEYS}},
                     {"action": "garbage", "match": {"method": "GET", "path": KEYS}},
                     {"action": "hang", "ms": 60000, "match": {"method": "POST", "path": KEYS}},
                     {"action": "act_then_reset", "match": {"method": "POST", "path": KEYS}}):
            with self.subTest(rule=rule):
                self.control("POST", "/reset")
                self.control("DELETE", "/requests")
                sessions = len(self.keys())
                self.faults({**rule, "times": 0})
                start_up = self.start_up()
                run = self.run_module(self.as_user(timeout="2s", retries=0))
                self.assertTrue(run.result["failed"], run.result)
                self.assertLessEqual(run.seconds, 2 + GRACE + start_up)
                calls = self.calls()
                self.assertEqual((calls[0], calls[-1]), (("POST", "/api/login"), ("POST", "/api/logout")))
                left = [key for key in self.keys() if key["name"] != self.name]
                self.assertEqual(len(left), sessions, "a session is left")
                self.assertNotIn("could not be logged out", str(run.result.get("warnings")))

    def test_a_logout_that_hangs_is_told_and_holds_nobody(self):
        self.faults({"action": "hang", "ms": 60000, "times": 0, "match": {"path": "/api/logout"}})
        start_up = self.start_up()
        for more in ({"secret_file": str(self.folder / "kept")}, {}):
            with self.subTest(more=more):
                run = self.run_module(self.as_user(timeout="2s", **more))
                self.assertLessEqual(run.seconds, 2 + GRACE + start_up)
                self.assertTrue(run.result["changed"])
                # If the result holds the only copy of a secret, it is delivered before.
                told = str(run.result["warnings"]) if more else run.err.decode()
                self.assertIn("could not be logged out", told)
                self.control("POST", "/reset")
                self.faults({"action": "hang", "ms": 60000, "times": 0, "match": {"path": "/api/logout"}})


class RepeatTest(whole_run.WholeRunTest):
    def test_a_server_that_asks_to_wait_is_waited_for(self):
        for date in (False, True):
            with self.subTest(date=date):
                text = email.utils.formatdate(time.time() + 3, usegmt=True) if date else "1"
                self.faults({"action": "status", "status": 429, "message": "slow down", "retry_after": text,
                             "match": {"method": "GET", "path": KEYS}})
                run = self.run_module(self.arguments(state="absent"))
                self.assertFalse(run.result.get("failed", False), run.result)
                self.assertGreaterEqual(run.seconds, 1)

    def test_a_create_is_never_sent_twice(self):
        for rule in ({"action": "reset"}, {"action": "act_then_reset"}, {"action": "status", "status": 503, "retry_after": "0"},
                     {"action": "cut_body", "bytes": 5}, {"action": "garbage"}):
            with self.subTest(rule=rule):
                self.control("POST", "/reset")
                self.control("DELETE", "/requests")
                self.faults({**rule, "match": {"method": "POST", "path": KEYS}})
                run = self.run_module(self.arguments(retries=5))
                self.assertTrue(run.result["failed"], run.result)
                self.assertEqual(self.calls().count(("POST", KEYS)), 1)


class EnvironmentTest(whole_run.WholeRunTest):
    def test_authorities_come_from_the_environment_too(self):
        without = self.arguments(server_certificate_file=None, state="absent")
        run = self.run_module(without)
        self.assertEqual(run.result["error"]["detail"], "tls_unknown_authority", run.result)
        run = self.run_module(without, environment={"SSL_CERT_FILE": self.ca_file})
        self.assertFalse(run.result.get("failed", False), run.result)
        run = self.run_module(without, environment={"SSL_CERT_FILE": str(self.folder / "missing.pem")})
        self.assertEqual(run.result["error"]["field"], "SSL_CERT_FILE")

    def test_skipped_verification_is_warned_about(self):
        run = self.run_module(self.arguments(server_certificate_file=None, skip_tls_verify=True, state="absent"))
        self.assertFalse(run.result.get("failed", False), run.result)
        self.assertIn("skip_tls_verify is set", run.result["warnings"][0])

    def test_a_proxy_of_the_environment_is_used_but_for_no_proxy_and_use_proxy_false(self):
        absent = self.arguments(state="absent")
        for variables, more, used in (({"https_proxy": "http://127.0.0.1:1"}, {}, True), ({"HTTPS_PROXY": "127.0.0.1:1"}, {}, True),
                                      ({"https_proxy": "", "HTTPS_PROXY": "http://127.0.0.1:1"}, {}, False),
                                      ({"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "other.test," + self.server.host}, {}, False),
                                      ({"HTTPS_PROXY": "http://127.0.0.1:1", "no_proxy": "*"}, {}, False),
                                      ({"https_proxy": "http://127.0.0.1:1"}, {"use_proxy": False}, False),
                                      ({"HTTP_PROXY": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"}, {}, False)):
            with self.subTest(variables=variables, more=more):
                run = self.run_module({**absent, "retries": 0, **more}, environment=variables)
                self.assertEqual(run.result.get("failed", False), used, run.result)
                if used:
                    self.assertIn("the proxy 127.0.0.1:1", run.result["msg"])

    def test_a_policy_of_openssl_that_cannot_be_met_is_named(self):
        policy = self.folder / "openssl.cnf"
        policy.write_text("openssl_conf = all\n[all]\nproviders = providers\nalg_section = properties\n[properties]\n"
                          "default_properties = fips=yes\n[providers]\nbase = base\n[base]\nactivate = 1\n")
        run = self.run_module(self.arguments(), environment={"OPENSSL_CONF": str(policy)})
        self.assertEqual((run.result["error"]["detail"], run.result["changed"]), ("tls_unavailable", False), run.result)
        for part in ("this machine's TLS policy cannot be met", "fips=yes without the FIPS provider", "OPENSSL_CONF"):
            self.assertIn(part, run.result["msg"])

    def test_a_proxy_that_speaks_tls_is_refused_in_a_clear_sentence(self):
        run = self.run_module(self.arguments(), environment={"HTTPS_PROXY": "https://proxy.example.com:3128"})
        self.assertEqual(run.result["error"]["field"], "proxy")
        self.assertIn("starts with https://", run.result["msg"])
        self.assertIn("use_proxy: false", run.result["msg"])


if __name__ == "__main__":
    unittest.main()
