# SPDX-License-Identifier: Apache-2.0
"""The result as Ansible wants it: form, masking, diff, invocation, check mode, the log."""

import json
import os
import shutil
import subprocess

import support

KEY = {"id": "4yJ3n3D8E2", "name": "my-cluster", "user": "connector", "created": "2026-11-23T07:56:35Z",
       "expires_at": "2027-11-23T13:56:35Z", "expires_in": "8766h0m0s", "inactivity_timeout": "72h0m0s",
       "inactivity_deadline": "2026-11-26T07:56:35Z", "last_used": None, "remaining_seconds": 31557600}


def created(secret, **more):
    return {"ok": True, "code": "OK", "outcome": "changed", "changed": True, "reason": "absent", "reasons": ["absent"],
            "actions": ["create"], "explanation": "It did not exist.", "resource": KEY, "secret": secret, "secret_known": True,
            "diff": {"before": {"state": "absent"}, "after": {"state": "present", "name": "my-cluster", "id": None}},
            "warnings": [], **more}


class Envelope(support.ModuleTest):
    def setUp(self):
        super().setUp()
        self.key = support.access_key()
        self.secret = support.access_key()
        self.arguments = {"name": "my-cluster", "access_key": self.key}

    def seen_by_engine(self, arguments, **options):
        seen = self.folder / "seen.json"
        result = self.run_module(arguments, script={"seen": str(seen), "result": created(self.secret)}, **options)
        self.assertNotIn("failed", result, result)
        return json.loads(seen.read_text())

    def test_the_keys_fields_stand_at_the_top(self):
        result = self.run_module(self.arguments, script={"result": created(self.secret)})
        for name, value in KEY.items():
            self.assertEqual(result[name], value)
        self.assertEqual((result["changed"], result["reason"], result["actions"], result["outcome"]),
                         (True, "absent", ["create"], "changed"))
        for name in ("ok", "code", "resource", "msg", "diff", "warnings", "error"):
            self.assertNotIn(name, result)

    def test_the_new_secret_is_returned_and_stands_nowhere_else(self):
        leaky = created(self.secret, explanation=f"made {self.secret}", warnings=[self.secret, f"x{self.secret}x"])
        outcome = self.start("-", text=json.dumps(self.arguments), script={"result": leaky})
        result = self.checked(outcome)
        self.assertEqual(result["secret"], self.secret)
        self.assertTrue(result["secret_known"])
        self.assertEqual(outcome.out.decode().count(self.secret), 1)
        self.assertEqual(result["explanation"], "made ********")
        self.assertEqual(result["warnings"], [support.MASKED, "x********x"])

    def test_an_unknown_secret_is_null(self):
        result = self.run_module(self.arguments, script={"result": created(None, secret_known=False)})
        self.assertIsNone(result["secret"])
        self.assertFalse(result["secret_known"])

    def test_every_secret_given_is_masked_at_any_depth(self):
        passphrase = support.access_key()
        shouting = created(None, secret_known=False, explanation=f"{self.key} and {passphrase}!", resource={
            **KEY, "name": self.key, "deep": [{"deeper": f"<{passphrase}>"}], "number": 12345})
        result = self.run_module({**self.arguments, "client_cert": "/c", "client_key_passphrase": passphrase}, script={"result": shouting})
        text = json.dumps(result)
        self.assertNotIn(self.key, text)
        self.assertNotIn(passphrase, text)
        self.assertEqual(result["explanation"], "******** and ********!")
        self.assertEqual(result["name"], support.MASKED)
        self.assertEqual(result["deep"], [{"deeper": "<********>"}])
        self.assertEqual(result["invocation"]["module_args"]["access_key"], support.MASKED)

    def test_the_longest_secret_is_masked_first(self):
        result = self.run_module({"name": "my-cluster", "username": "me", "password": "abcd-efgh", "client_cert": "/c",
                                  "client_key_passphrase": "abcd"},
                                 script={"result": created(None, explanation="abcd-efgh abcd", secret_known=False)})
        self.assertEqual(result["explanation"], "******** ********")

    def test_a_number_given_as_a_password_is_masked_in_texts_and_parameters_only(self):
        result = self.run_module({"name": "my-73551", "username": "me", "password": 73551, "retries": 5},
                                 script={"result": created(None, resource={**KEY, "remaining_seconds": 73551}, secret_known=False,
                                                           explanation="73551 it is")})
        self.assertEqual(result["remaining_seconds"], 73551)
        self.assertEqual(result["explanation"], "******** it is")
        given = result["invocation"]["module_args"]
        self.assertEqual((given["name"], given["password"], given["retries"]), ("my-********", support.MASKED, 5))

    def test_words_for_programs_are_never_masked(self):
        """Whatever the password is, no member changes that a play compares or counts with."""
        plain = self.run_module({"name": "my-cluster", "username": "me", "password": "obviously-fake"},
                                script={"result": created(None, secret_known=False)})
        for password in ("none", "changed", "create", "absent", "true", "True", "1", "my-cluster", "connector", *map(str, KEY.values())):
            result = self.run_module({"name": "my-cluster", "username": "me", "password": password},
                                     script={"result": created(None, secret_known=False)})
            for name in set(plain) - {"explanation", "invocation"}:
                self.assertEqual(result[name], plain[name], (password, name))

    def test_the_code_of_a_failure_survives_every_password(self):
        for password in ("ARGUMENT", "none", "name", "INTERNAL"):
            result = self.refused({"username": "me", "password": password, "name": "not/good"}, field="name")
            self.assertEqual((result["error"]["code"], result["error"].get("http_status")), ("ARGUMENT", None))

    def test_stars_as_a_password_end(self):
        for password in ("****", "*", "********", "a*", "*a*"):
            result = self.run_module({"name": "my-cluster", "username": "a****b", "password": password, "host": "https://h****"},
                                     script={"result": created(None, explanation="a****b and " + password, secret_known=False)})
            self.assertEqual(result["invocation"]["module_args"]["password"], support.MASKED)

    def test_a_password_that_reads_true_leaves_booleans_alone(self):
        result = self.run_module({"name": "my-cluster", "username": "me", "password": "True"}, script={"result": created(None)})
        self.assertIs(result["changed"], True)

    def test_secrets_of_the_session_and_of_a_proxy_are_masked(self):
        from_file, proxy_password = support.access_key(), "pa%40ss-word"
        result = self.run_module(
            {"name": "my-cluster", "access_key_file": "/x", "proxy": f"http://me:{proxy_password}@proxy:3128"},
            script={"secrets": [from_file],
                    "result": created(None, explanation=f"{from_file} {proxy_password} pa@ss-word Basic bWU6cGFAc3Mtd29yZA==", secret_known=False)})
        self.assertEqual(result["explanation"], "******** ******** ******** Basic ********")
        self.assertEqual(result["invocation"]["module_args"]["proxy"], "http://me:********@proxy:3128")

    def test_secrets_from_the_environment_are_masked(self):
        result = self.run_module({"name": "my-cluster"}, environment={"INFRA_ACCESS_KEY": self.key},
                                 script={"result": created(None, explanation=self.key, secret_known=False)})
        self.assertEqual(result["explanation"], support.MASKED)

    def test_a_secret_is_masked_in_an_error_about_parameters(self):
        result = self.refused({"name": self.key + "!", "access_key": self.key, "recreate": self.key}, "value of recreate must be one of")
        self.assertNotIn(self.key, json.dumps(result))

    def test_the_diff_is_text_with_headers_and_only_there_if_asked_for(self):
        result = self.run_module({**self.arguments, "_ansible_diff": True}, script={"result": created(self.secret)})
        self.assertEqual(result["diff"], {
            "before_header": "access key my-cluster (before)", "before": "state: absent\n",
            "after_header": "access key my-cluster (after)", "after": "state: present\nname: my-cluster\nid: null\n"})
        self.assertTrue(self.seen_by_engine({**self.arguments, "_ansible_diff": True})["diff"])
        self.assertFalse(self.seen_by_engine(self.arguments)["diff"])

    def test_module_args_hold_every_parameter(self):
        result = self.run_module({**self.arguments, "retries": "3", "expires_in": "8766h"}, script={"result": created(self.secret)})
        given = result["invocation"]["module_args"]
        schema = json.loads(self.start("--schema").out)
        names = [param["name"] for part in (schema["resources"][0], schema["connection"]) for param in part["params"]]
        self.assertEqual(list(given), names)
        self.assertEqual((given["state"], given["retries"], given["expires_in"], given["expires_at"], given["inactivity_timeout"], given["use_proxy"]),
                         ("present", 3, "8766h", None, None, True))

    def test_module_args_are_left_out_where_ansible_does_not_want_them(self):
        result = self.run_module({**self.arguments, "_ansible_inject_invocation": False}, script={"result": created(self.secret)})
        self.assertNotIn("invocation", result)
        result = self.run_module({**self.arguments, "_ansible_inject_invocation": True}, script={"result": created(self.secret)})
        self.assertIn("invocation", result)

    def test_the_engine_gets_only_what_was_set_and_what_the_table_fills(self):
        seen = self.seen_by_engine({**self.arguments, "inactivity_timeout": "1h", "timeout": 5})
        self.assertEqual(seen["desired"], {"state": "present", "name": "my-cluster", "user": "connector",
                                           "inactivity_timeout": "1h0m0s", "recreate": "state_change", "overlap": "0s",
                                           "retire": "when_replaced_in_use", "adopt": "never", "current_secret_missing": "fail",
                                           "verify_secret": "auto"})
        self.assertEqual(seen["config"], {"host": "https://api.infrahq.com", "access_key": self.key, "skip_tls_verify": False,
                                          "use_proxy": True, "timeout": "5s", "retries": 2})
        self.assertEqual((seen["resource"], seen["mode"]), ("access_key", "apply"))

    def test_check_mode_only_plans(self):
        for value in (True, "yes", 1, "True"):
            self.assertEqual(self.seen_by_engine({**self.arguments, "_ansible_check_mode": value})["mode"], "plan")
        for value in (False, "no", 0, None):
            self.assertEqual(self.seen_by_engine({**self.arguments, "_ansible_check_mode": value})["mode"], "apply")

    def test_all_that_ansible_adds_is_accepted(self):
        self.seen_by_engine({**self.arguments, **{f"_ansible_{name}": value for name, value in {
            "no_log": False, "debug": False, "verbosity": 3, "version": "2.21.0", "module_name": "ns.col.infra_access_key",
            "syslog_facility": "LOG_USER", "selinux_special_fs": ["fuse"], "string_conversion_action": "warn", "socket": None,
            "shell_executable": "/bin/sh", "keep_remote_files": False, "tmpdir": "/tmp/x", "remote_tmp": "~/.ansible/tmp",
            "ignore_unknown_opts": False, "target_log_info": None, "tracebacks_for": [], "of_the_future": {"x": 1}}.items()}})

    def test_the_module_is_named_as_ansible_names_it(self):
        self.refused({**self.arguments, "bogus": 1, "_ansible_module_name": "ns.col.infra_access_key"},
                     "Unsupported parameters for (ns.col.infra_access_key) module: bogus. ")

    def test_lax_values_are_read_as_ansible_reads_them(self):
        seen = self.seen_by_engine({"name": 2027, "access_key": self.key, "skip_tls_verify": " Yes ", "retries": " 7 ", "timeout": "2.5"})
        self.assertEqual(seen["desired"]["name"], "2027")
        self.assertEqual((seen["config"]["skip_tls_verify"], seen["config"]["retries"], seen["config"]["timeout"]), (True, 7, "2.5s"))

    def test_paths_are_expanded(self):
        seen = self.seen_by_engine({"name": "my-cluster", "access_key_file": "~/k/$WHICH.key", "server_certificate_file": "${NONE}/x"},
                                   environment={"HOME": "/home/me/", "WHICH": "admin"})
        self.assertEqual(seen["config"]["access_key_file"], "/home/me/k/admin.key")
        self.assertEqual(seen["config"]["server_certificate_file"], "${NONE}/x")

    def test_the_environment_fills_what_the_task_leaves_out(self):
        seen = self.seen_by_engine({"name": "my-cluster"}, environment={
            "INFRA_HOST": "infra.example.com", "INFRA_ACCESS_KEY_FILE": "/etc/key", "INFRA_SKIP_TLS_VERIFY": "true",
            "INFRA_TIMEOUT": "7", "INFRA_RETRIES": "4", "HTTPS_PROXY": "http://upper:1", "https_proxy": "http://lower:1",
            "NO_PROXY": "localhost,.example.org"})
        self.assertEqual(seen["config"], {
            "host": "infra.example.com", "access_key_file": "/etc/key", "skip_tls_verify": True, "timeout": "7s", "retries": 4,
            "proxy": "http://lower:1", "no_proxy": "localhost,.example.org", "use_proxy": True})

    def test_the_environment_says_where_authorities_are(self):
        seen = self.seen_by_engine(self.arguments, environment={"SSL_CERT_FILE": "/etc/ca.pem", "SSL_CERT_DIR": "/etc/ca:/opt/ca"})
        self.assertEqual((seen["ssl_cert_file"], seen["ssl_cert_dir"]), ("/etc/ca.pem", "/etc/ca:/opt/ca"))
        seen = self.seen_by_engine(self.arguments)
        self.assertEqual((seen["ssl_cert_file"], seen["ssl_cert_dir"]), ("", ""))

    def test_a_parameter_beats_a_variable_that_it_excludes(self):
        seen = self.seen_by_engine(self.arguments, environment={
            "INFRA_ACCESS_KEY_FILE": "/etc/key", "INFRA_USERNAME": "me", "INFRA_PASSWORD": "obviously-fake", "INFRA_ACCESS_KEY": "other"})
        self.assertEqual(seen["config"]["access_key"], self.key)
        for name in ("access_key_file", "username", "password"):
            self.assertNotIn(name, seen["config"])

    def test_an_empty_variable_sets_nothing_and_hides_the_next(self):
        seen = self.seen_by_engine(self.arguments, environment={"INFRA_HOST": "", "https_proxy": "", "HTTPS_PROXY": "http://upper:1"})
        self.assertEqual(seen["config"]["host"], "https://api.infrahq.com")
        self.assertNotIn("proxy", seen["config"])

    def test_variables_that_exclude_each_other_are_named(self):
        self.refused({"name": "my-cluster"}, "parameters are mutually exclusive: access_key|access_key_file|username",
                     "INFRA_ACCESS_KEY and INFRA_ACCESS_KEY_FILE are set in the environment",
                     environment={"INFRA_ACCESS_KEY": self.key, "INFRA_ACCESS_KEY_FILE": "/etc/key"})

    def test_a_bad_variable_is_named(self):
        self.refused(self.arguments, "timeout (from the environment variable INFRA_TIMEOUT): ", environment={"INFRA_TIMEOUT": "soon"})

    def test_a_failure_of_the_engine(self):
        error = {"code": "CONFLICT", "detail": "name_taken", "message": "the name is taken", "field": None, "http_status": 409, "retryable": True}
        failed = {**created(None), "ok": False, "code": "CONFLICT", "changed": False, "outcome": "none", "secret_known": False, "error": error}
        result = self.run_module(self.arguments, script={"result": failed})
        self.assertEqual((result["failed"], result["msg"]), (True, "the name is taken"))
        self.assertEqual(result["error"], {name: value for name, value in error.items() if name != "message"})

    def test_a_failure_that_changed_something_says_so(self):
        failed = {**created(None, secret_known=False), "ok": False, "code": "SERVER", "error": {
            "code": "SERVER", "detail": None, "message": "gone", "field": None, "http_status": 500, "retryable": True}}
        result = self.run_module(self.arguments, script={"result": failed})
        self.assertTrue(result["failed"] and result["changed"])
        self.assertEqual(result["outcome"], "changed")

    def as_nobody(self):
        """Words that run a program as a user without rights; it is a copy where that user can read it."""
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.missing("this needs root and setpriv")
        self.folder.chmod(0o755)
        self.copy = self.folder / "infra_access_key"
        if not self.copy.exists():
            shutil.copy(support.scripted(), self.copy)
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    def test_who_may_not_touch_a_file_is_told_of_become(self):
        nobody = self.as_nobody()
        for detail, code, told in (("EACCES", "FILE", True), ("EPERM", "FILE", True), ("ENOSPC", "FILE", False), ("EACCES", "SERVER", False)):
            failure = {"ok": False, "code": code, "outcome": "none", "changed": False,
                       "error": {"code": code, "detail": detail, "field": None, "http_status": None, "message": "words", "retryable": False}}
            for user in ([], nobody):
                with self.subTest(detail=detail, code=code, user=user):
                    outcome = self.start("-", text=json.dumps(self.arguments), script={"result": failure}, program=self.copy, before=user)
                    wanted = "words; with become: true and no become_user the task runs as root" if told and user else "words"
                    self.assertEqual(self.checked(outcome)["msg"], wanted)

    def test_an_exception_becomes_a_result(self):
        result = self.run_module(self.arguments, script={"throw": "something odd " + self.key})
        self.assertEqual((result["error"]["code"], result["outcome"]), ("INTERNAL", "unknown"))
        self.assertIn("something odd ********", result["msg"])

    def test_no_memory_becomes_a_result(self):
        result = self.run_module(self.arguments, script={"throw": "bad_alloc"})
        self.assertEqual((result["error"]["code"], result["outcome"]), ("NO_MEMORY", "unknown"))

    def test_output_is_ascii_whatever_the_text(self):
        odd = "caf\u00e9 \u2028 \u0085 \U0001f511 \x7f"
        result = self.run_module({**self.arguments, "user": "caf\u00e9"}, script={"result": created(None, explanation=odd, secret_known=False)})
        # Invisible characters have become spaces.
        self.assertEqual(result["explanation"], "caf\u00e9     \U0001f511  ")
        self.assertEqual(result["invocation"]["module_args"]["user"], "caf\u00e9")

    def test_names_that_ansible_reserves_never_come_out(self):
        sly = created(None, resource={**KEY, "__ansible_type": "x", "deep": {"__ansible_type": "x", "_ansible_no_log": True}}, secret_known=False)
        self.run_module(self.arguments, script={"result": {**sly, "_ansible_verbose_always": True}})


class Log(support.ModuleTest):
    def contacts_logger(self, **more):
        strace = shutil.which("strace")
        if strace is None:
            self.missing("strace is not installed")
        if support.sanitized():
            self.skipTest("the leak checker cannot run under strace")
        arguments = self.folder / "a.json"
        arguments.write_text(json.dumps({"name": "my-cluster", "access_key": support.access_key(), **more}))
        trace = self.folder / "trace"
        subprocess.run([strace, "-f", "-qq", "-e", "trace=connect", "-o", str(trace), str(support.scripted()), str(arguments)],
                       stdout=subprocess.DEVNULL, env=support.clean_environment(), timeout=60, check=False)
        return "/dev/log" in trace.read_text()

    def test_a_run_is_logged_unless_the_task_says_no_log(self):
        self.assertTrue(self.contacts_logger())
        self.assertFalse(self.contacts_logger(_ansible_no_log=True))

    def test_a_run_whose_parameters_are_wrong_is_not_logged(self):
        self.assertFalse(self.contacts_logger(bogus=1))
