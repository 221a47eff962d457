# SPDX-License-Identifier: Apache-2.0
"""A neutral value excludes nothing and needs nothing, in every spelling that Ansible passes on. Modes and
times are read in the same way in every place."""

import json

import support

NO = (False, "no", "False", "off", 0, 0.0, "0")
NOTHING = ("0s", "0", 0, "0h0m0s")


class NeutralValues(support.ModuleTest):
    def good(self, **more):
        return {"name": "my-cluster", "access_key": support.access_key(), **more}

    def passed(self, arguments, environment=None):
        """The parameters as the engine gets them, if nothing was wrong with them."""
        seen = self.folder / "seen.json"
        outcome = self.run_module(arguments, script={"seen": str(seen)}, environment=environment)
        self.assertIn("no server here", outcome["msg"])
        return json.loads(seen.read_text())

    def test_no_verification_is_no_other_way_to_verify(self):
        for no in NO:
            for name, value in (("server_certificate_file", "/x"), ("server_certificate", "-----BEGIN CERTIFICATE-----")):
                with self.subTest(no=no, name=name):
                    config = self.passed(self.good(skip_tls_verify=no, **{name: value}))["config"]
                    self.assertEqual((config["skip_tls_verify"], config[name]), (False, value))

    def test_an_explicit_no_overrides_its_variable_and_hides_no_other(self):
        variables = {"INFRA_SKIP_TLS_VERIFY": "true", "INFRA_SERVER_CERTIFICATE_FILE": "/ca"}
        for no in NO:
            with self.subTest(no=no):
                config = self.passed(self.good(skip_tls_verify=no), variables)["config"]
                self.assertEqual((config["skip_tls_verify"], config["server_certificate_file"]), (False, "/ca"))
        self.assertNotIn("server_certificate_file", self.passed(self.good(skip_tls_verify=True), variables)["config"])

    def test_no_time_at_all_is_no_renewal(self):
        for nothing in NOTHING:
            with self.subTest(nothing=nothing):
                self.passed(self.good(renew_before=nothing, expires_at="2040-01-01T00:00:00Z"))
                self.passed(self.good(renew_splay=nothing))
                self.passed(self.good(renew_splay=nothing, renew_before=nothing, overlap=nothing, recreate="always"))
                self.refused(self.good(renew_splay="1h", renew_before=nothing), "required by 'renew_splay': renew_before")

    def test_no_keepers_need_no_file(self):
        for none in ({}, {"a": None}, "{}", "", None):
            with self.subTest(none=none):
                self.assertNotIn("keepers", self.passed(self.good(keepers=none))["desired"])

    def test_an_empty_text_is_left_out(self):
        self.passed(self.good(expires_in="1h", expires_at="", renew_before="", secret_file="", mode="", owner="", group="", id=""))
        self.passed(self.good(server_certificate_file="", server_certificate="", client_key="", username="", password=""))
        config = self.passed({"name": "my-cluster", "access_key": "", "host": ""}, {"INFRA_ACCESS_KEY": "obviously-fake", "INFRA_HOST": "h"})
        self.assertEqual(config["config"]["host"], "h")
        self.refused({"name": "my-cluster", "access_key": ""}, "one of the following is required")

    def test_a_lifetime_of_nothing_stays_an_error(self):
        for name in ("expires_in", "inactivity_timeout", "timeout"):
            for nothing in ("0s", "0"):
                with self.subTest(name=name, nothing=nothing):
                    self.refused(self.good(**{name: nothing}), name + ": ", field=name)

    def test_modes_are_read_as_chmod_does(self):
        for mode in ("g=u", "g=u-w", "u=rw,g=r", "640", "0640", "00640", 416, "g+r"):
            with self.subTest(mode=mode):
                self.passed(self.good(secret_file="/x", mode=mode))
        for mode in ("u+s", "4600", "o+w", "0666", "u=", "+r", "g=z", "u=g=", "07777", 1023):
            with self.subTest(mode=mode):
                self.refused(self.good(secret_file="/x", mode=mode), "mode: ", "0600", field="mode")

    def test_times_as_python_and_yaml_write_them(self):
        for text in ("2040-01-01 00:00:00+00:00", "2040-01-01t00:00:00z", "2040-01-01 01:00:00.5+01:00"):
            for name in ("expires_at", "rotate_if_created_before"):
                with self.subTest(text=text, name=name):
                    self.assertTrue(self.passed(self.good(**{name: text}))["desired"][name].startswith("2040-01-01T00:00:00"))
        self.assertEqual(self.passed(self.good(rotate_if_created_before="now"))["desired"]["rotate_if_created_before"], "now")
        for name, text in (("expires_at", "now"), ("rotate_if_created_before", "Now"), ("rotate_if_created_before", "now "),
                           ("expires_at", "2040-01-01  00:00:00Z"), ("expires_at", "2040-01-01 00:00:00")):
            with self.subTest(text=text, name=name):
                self.refused(self.good(**{name: text}), name + ": ", "RFC 3339", field=name)
