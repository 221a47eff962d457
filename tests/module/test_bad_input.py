# SPDX-License-Identifier: Apache-2.0
"""Bad input: one clear sentence that names the parameter, nothing changed, no secret repeated."""

import json

import support


class BadInput(support.ModuleTest):
    def setUp(self):
        super().setUp()
        self.key = support.access_key()

    def good(self, **more):
        return {"name": "my-cluster", "access_key": self.key, **more}

    def passed_config(self, **more):
        """The connection's parameters as the engine gets them."""
        seen = self.folder / "seen.json"
        self.assertIn("no server here", self.run_module(self.good(**more), script={"seen": str(seen)})["msg"])
        return json.loads(seen.read_text())["config"]

    def test_text_that_is_no_json_object(self):
        for text, part in {
                b"": "empty", b" \r\n\t ": "empty", b"{": "cannot be read", b"{\"name\": \"x\",}": "cannot be read",
                b"[]": "a list", b"\"name\"": "a string", b"null": "null", b"12": "an integer", b"{} {}": "cannot be read",
                b"name=my-cluster": "cannot be read", b"\xff\xfe{}": "cannot be read", b"{\"name\": \"\xc3\x28\"}": "cannot be read",
                b"{\"name\": NaN}": "cannot be read", b"[" * 100000: "cannot be read"}.items():
            with self.subTest(text=text[:40]):
                self.refused(text, "arguments", part)

    def test_a_duplicate_name_is_refused(self):
        self.refused(b'{"name": "aa", "access_key": "x", "name": "bb"}', "cannot be read", "already has")

    def test_an_escaped_nul_is_refused(self):
        self.refused(b'{"name": "aa\\u0000bb"}', "cannot be read", "NUL")

    def test_a_broken_text_is_not_repeated(self):
        result = self.refused(b'{"access_key": "' + self.key.encode() + b'", }', "cannot be read")
        self.assertNotIn(self.key, json.dumps(result))

    def test_ten_megabytes_are_refused_and_the_limit_is_named(self):
        text = json.dumps(self.good(name="a" * 10_000_000)).encode()
        self.refused(text, "longer than 1 MiB", "1048576")
        outcome = self.start(text=text)
        self.assertIn("longer than 1 MiB", self.checked(outcome)["msg"])

    def test_just_below_the_limit_is_read(self):
        text = json.dumps(self.good(user="u" * 1_000_000)).encode()
        self.refused(text, "user: must not be longer than", field="user")

    def test_a_file_that_cannot_be_read(self):
        for path, part in ((self.folder / "none.json", "No such file"), (self.folder, "Is a directory")):
            result = self.checked(self.start(path))
            self.assertIn(part, result["msg"])
            self.assertTrue(result["failed"])

    def test_unknown_parameters(self):
        self.refused(self.good(bogus=1, another="x"),
                     "Unsupported parameters for (infra_access_key) module: another, bogus. Supported parameters include: ")

    def test_an_unknown_parameters_value_is_not_repeated(self):
        result = self.refused({"name": "my-cluster", "acess_key": self.key, "access_key_file": "/x"}, "Unsupported parameters")
        self.assertNotIn(self.key, json.dumps(result))

    def test_a_null_parameter_counts_as_not_given(self):
        result = self.run_module(self.good(expires_in=None, expires_at="2027-11-23T07:56:35Z"), script={})
        self.assertIn("no server here", result["msg"])

    def test_missing_parameters(self):
        self.refused({"name": "my-cluster"}, "one of the following is required: access_key, access_key_file, username")
        self.refused({"name": "my-cluster", "username": "me@example.com"}, "parameters are required together: username, password")
        self.refused(self.good(client_key="/k.pem"), "missing parameter(s) required by 'client_key': client_cert")
        for name, value in (("mode", "0600"), ("owner", "root"), ("group", 0), ("keepers", {"a": 1})):
            self.refused(self.good(**{name: value}), f"missing parameter(s) required by '{name}': secret_file", field="secret_file")
        self.refused(self.good(renew_splay="1h"), "missing parameter(s) required by 'renew_splay': renew_before", field="renew_before")

    def test_parameters_that_exclude_each_other(self):
        self.refused(self.good(expires_in="1h", expires_at="2027-11-23T07:56:35Z"),
                     "parameters are mutually exclusive: expires_in|expires_at", field="expires_in")
        self.refused(self.good(renew_before="1h", expires_at="2027-11-23T07:56:35Z"),
                     "parameters are mutually exclusive: renew_before|expires_at", field="renew_before")
        self.refused(self.good(access_key_file="/x"), "parameters are mutually exclusive: access_key|access_key_file|username")
        self.refused(self.good(skip_tls_verify=True, server_certificate_file="/x"),
                     "mutually exclusive: skip_tls_verify|server_certificate|server_certificate_file")

    def test_wrong_types(self):
        for name, value, part in (
                ("skip_tls_verify", "perhaps", "unable to convert to bool"),
                ("skip_tls_verify", 2, "unable to convert to bool"),
                ("skip_tls_verify", [], "unable to convert to bool"),
                ("retries", "many", "unable to convert to int"),
                ("retries", 3.7, "unable to convert to int"),
                ("retries", True, "unable to convert to int"),
                ("name", ["a"], "unable to convert to str"),
                ("expires_in", {"hours": 1}, "unable to convert to str"),
                ("keepers", ["a"], "unable to convert to dict"),
                ("keepers", "a=b", "unable to convert to dict"),
                ("secret_file", {}, "unable to convert to path"),
                ("server_certificate_file", ["/x"], "unable to convert to path")):
            with self.subTest(name=name, value=value):
                self.refused(self.good(**{name: value}), f"argument '{name}' is of type {type(value).__name__} and we were unable to convert to ", part, field=name)

    def test_choices(self):
        self.refused(self.good(state="Present"), "value of state must be one of: present, absent, got: Present", field="state")
        for name, choices in (("retire", "when_replaced_in_use, on_time"), ("adopt", "never, replace"),
                              ("current_secret_missing", "fail, replace"), ("verify_secret", "auto, always, never")):
            self.refused(self.good(**{name: "maybe"}), f"value of {name} must be one of: {choices}, got: maybe", field=name)
        self.refused(self.good(recreate=True), "value of recreate must be one of: never, dead, state_change, always, got: True")

    def test_durations(self):
        for name in ("expires_in", "inactivity_timeout"):
            for text, part in (("1d2x", "is not a duration"), ("-1h", "negative"), ("0s", "zero"), ("0", "zero"),
                               ("1e3h", "is not a duration"), ("2629800h", "too long"), ("2562047h47m17s", "too long"),
                               ("9223372036854775808ns", "too long"), ("3600", "is not a duration"), ("1h ", "is not a duration"),
                               ("h", "is not a duration"), ("1h\n", "is not a duration")):
                with self.subTest(name=name, text=text):
                    self.refused(self.good(**{name: text}), name + ": ", part, field=name)

    def test_spans_and_percentages(self):
        for name in ("renew_before", "renew_splay", "overlap"):
            for text, part in (("soon", "is not a duration"), ("-1h", "negative"), ("00", "is not a duration")):
                with self.subTest(name=name, text=text):
                    more = {} if name != "renew_splay" else {"renew_before": "1h"}
                    self.refused(self.good(**more, **{name: text}), name + ": ", part, field=name)
        for text in ("0%", "91%", "2.5%", "-5%", "%", "20 %"):
            with self.subTest(text=text):
                self.refused(self.good(renew_before=text), "renew_before: must be ", "from 1% to 90%", field="renew_before")

    def test_a_current_secret_that_is_none_is_not_shown(self):
        for text in ("not-a-key", self.key[:-1], self.key + "x", "the value"):
            with self.subTest(text=text):
                result = self.refused(self.good(current_secret=text), "current_secret: must be an access key of Infra", field="current_secret")
                self.assertNotIn(text, json.dumps(result))

    def test_nested_keepers_and_modes(self):
        self.refused(self.good(secret_file="/x", keepers={"deep": {"a": 1}}), "keepers: ", "'deep' is an object", field="keepers")
        for mode in ("rw", "0888", "=rw,", 99999):
            with self.subTest(mode=mode):
                self.refused(self.good(secret_file="/x", mode=mode), "mode: ", "0600", field="mode")

    def test_identifiers(self):
        for text in ("a/b", " ", "x" * 65):
            with self.subTest(text=text):
                self.refused(self.good(id=text), "id: ", field="id")

    def test_times(self):
        self.refused(self.good(rotate_if_created_before="yesterday"), "rotate_if_created_before: ", "RFC 3339",
                     field="rotate_if_created_before")
        for text in ("tomorrow", "2027-11-23", "2027-11-23T07:56:35", "2027-13-01T00:00:00Z", "1700000000", "2027-02-30T00:00:00Z"):
            with self.subTest(text=text):
                self.refused(self.good(expires_at=text), "expires_at: ", "RFC 3339", field="expires_at")

    def test_names(self):
        for text, part in (("a", "2 to 240"), ("a" * 257, "not 257"), ("a" * 241, "2 to 240"), ("my cluster", "position 3"),
                           ("caf\u00e9", "letters"), ("x.rot-1-0123abcd", ".rot-"), ("a/b", "position 2")):
            with self.subTest(text=text):
                self.refused(self.good(name=text), "name: ", part, field="name")

    def test_a_header_cannot_be_injected(self):
        for name, value in (("host", "infra.example.com\r\nX-Evil: 1"), ("host", "infra.example.com evil"),
                            ("access_key", "aaaaaaaaaa.bbbb\r\nX-Evil: 1"), ("access_key", "with blank"),
                            ("access_key", "caf\u00e9"), ("access_key", "two\nlines"), ("proxy", "http://p:1\r\nX: y"),
                            ("username", "me\nyou")):
            with self.subTest(name=name, value=value):
                arguments = {"name": "my-cluster", "access_key": self.key, name: value}
                if name == "username":
                    arguments.pop("access_key")
                    arguments["password"] = "obviously-fake"
                result = self.refused(arguments, name + ": ", "position", field=name)
                if name == "access_key":
                    self.assertNotIn(value.split("\n")[0].strip(), result["msg"])

    def test_line_breaks_around_an_access_key_are_dropped(self):
        for value in (self.key + "\n", "\n" + self.key + "\r\n", f"  {self.key} \n"):
            self.assertEqual(self.passed_config(access_key=value)["access_key"], self.key)
        self.refused({"name": "my-cluster", "access_key": "\n"}, "access_key: must not be empty", field="access_key")

    def test_what_a_person_meant_is_said(self):
        self.refused(self.good(expire_in="1h"), "Unsupported parameters", "Did you mean expires_in?")
        self.refused(self.good(expires_in="30d"), "a day is 24h, so write 720h", field="expires_in")
        for mode in (640, 400, 600):
            self.refused(self.good(secret_file="/tmp/x/y", mode=mode), f"mode: {mode} without quotes is a decimal number; write it in quotes, '0{mode}'",
                         field="mode")
        for host in ("https//infra.example.com", "https:/infra.example.com:443", "ftp://infra.example.com"):
            self.refused(self.good(host=host), "host: ", "write it like infra.example.com or https://infra.example.com:8443",
                         field="host", program=support.real())
        for value, words in (("/etc/ssl/ca.pem", "server_certificate_file"), ("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", "base64"),
                             ("-----BEGIN CERTIFICATE----- MIIB -----END CERTIFICATE-----", "line breaks are lost")):
            self.refused(self.good(server_certificate=value), "server_certificate: ", words, field="server_certificate")

    def test_a_certificate_with_escaped_line_breaks_is_read(self):
        pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        self.assertEqual(self.passed_config(server_certificate=pem.replace("\n", "\\n"))["server_certificate"], pem)

    def test_timeouts_and_retries(self):
        for value in ("0", "-1", "soon", "25h", 0, -3, 90000, "1ms", "1d"):
            with self.subTest(value=value):
                self.refused(self.good(timeout=value), "timeout: ", field="timeout")
        for value in (-1, 11, "99"):
            with self.subTest(value=value):
                self.refused(self.good(retries=value), "retries: ", "from 0 to 10", field="retries")

    def test_a_certificate_that_is_none(self):
        self.refused(self.good(server_certificate="trust me"), "server_certificate: ", "PEM", field="server_certificate")

    def test_an_unknown_module(self):
        copy = self.folder / "other"
        copy.symlink_to(support.scripted())
        self.refused(self.good(), "which module", "infra_access_key", program=copy)
        self.refused(self.good(_ansible_module_name="ns.col.other"), "which module", program=copy)

    def test_a_check_mode_that_is_no_boolean_never_becomes_a_real_run(self):
        seen = self.folder / "seen.json"
        self.refused(self.good(_ansible_check_mode="perhaps"), "_ansible_check_mode", script={"seen": str(seen)})
        self.assertFalse(seen.exists())


class BadInputOfTheRealEngine(support.ModuleTest):
    """What only the connection's code can refuse. No server is needed for it either."""

    def setUp(self):
        super().setUp()
        if not support.real().exists():
            self.fail(f"{support.real()} is not built")

    def good(self, **more):
        return {"name": "my-cluster", "access_key": support.access_key(), "host": "https://127.0.0.1:1", "timeout": 5, **more}

    def test_an_http_host(self):
        self.refused(self.good(host="http://infra.example.com"), "host: ", "https", field="host", program=support.real())

    def test_hosts_that_are_none(self):
        for host in ("https://", "https://user:pass@infra.example.com", "ftp://x", "https://x:99999", "https://x?y=z", "https://x#y"):
            with self.subTest(host=host):
                self.refused(self.good(host=host), "host: ", field="host", program=support.real())

    def test_a_run_without_a_host_is_told_so(self):
        asked = "host is the default, https://api.infrahq.com; if your server is another, give host, or INFRA_HOST in the environment"
        arguments = self.good(proxy="http://127.0.0.1:1", retries=0)
        for host, told in ((None, True), ("https://infra.example.com", False)):
            with self.subTest(host=host):
                result = self.run_module({**arguments, "host": host}, program=support.real())
                self.assertEqual((result["error"]["field"], f"{asked}: cannot connect to the proxy" in result["msg"]), ("proxy", told), result)
                lines = self.start("--self-test", text=json.dumps({**arguments, "host": host}), program=support.real()).out.decode().splitlines()
                self.assertEqual(any(line.startswith("note parameters") and asked in line for line in lines), told, lines)

    def refused_here(self, arguments, *parts, field):
        self.refused(arguments, *parts, field=field, program=support.real())

    def test_a_missing_name_says_both_remedies(self):
        for arguments in (self.good(name=None), self.good(name=None, id="4yJ3n3D8E2"), self.good(name=None, current_secret=support.access_key())):
            self.refused_here(arguments, "name: is missing; either set name", "or set secret_file", field="name")

    def test_secret_files_that_cannot_be(self):
        for path, part in (("connector.key", "is not an absolute path"), ("./key", "is not an absolute path"), ("/etc/", "names a folder"),
                           ("/etc/..", "names a folder"), (f"/tmp/{'x' * 250}", "leave room for the files beside it"),
                           ("/tmp/.key.infrastate.new", "is a name that is kept")):
            with self.subTest(path=path):
                self.refused_here(self.good(secret_file=path), "secret_file: ", part, field="secret_file")
        result = self.run_module(self.good(secret_file="/nonexistent/folder/key"), program=support.real())
        self.assertEqual((result["error"]["code"], result["error"]["field"], result["changed"]), ("FILE", "secret_file", False))
        self.assertIn("does not exist; make it first", result["msg"])

    def test_modes_owners_and_groups_that_cannot_be(self):
        file = str(self.folder / "key")
        for more, field in (({"mode": "0666"}, "mode"), ({"mode": "4600"}, "mode"), ({"mode": "0200"}, "mode"), ({"mode": 600}, "mode"),
                            ({"mode": "=rw"}, "mode"), ({"owner": "nobody-of-that-name"}, "owner"), ({"group": "no-such-group"}, "group"),
                            ({"owner": "99999999999"}, "owner")):
            with self.subTest(**more):
                self.refused_here(self.good(secret_file=file, **more), field + ": ", field=field)
        self.assertEqual(list(self.folder.glob("*key*")), [])

    def test_parameters_that_contradict_each_other(self):
        file = str(self.folder / "key")
        for more, parts, field in (
                ({"renew_before": "40m", "renew_splay": "30m", "expires_in": "1h"}, ("renew_before + renew_splay", "shorter than expires_in"), "renew_before"),
                ({"renew_before": "1h", "overlap": "1h", "expires_in": "2h", "secret_file": file}, ("shorter than expires_in",), "renew_before"),
                ({"overlap": "1h"}, ("set secret_file or current_secret",), "overlap"),
                ({"overlap": "1h", "recreate": "always", "secret_file": file}, ("exclude each other",), "overlap"),
                ({"current_secret": ""}, ("is empty", "current_secret_missing: replace"), "current_secret")):
            with self.subTest(**more):
                self.refused_here(self.good(**more), field, *parts, field=field)

    def test_no_time_at_all_is_the_same_as_not_set(self):
        result = self.run_module(self.good(overlap="0s", renew_before="0s"), program=support.real())
        self.assertEqual(result["error"]["code"], "TRANSPORT")

    def test_questions_that_cannot_be_answered(self):
        info = {"_ansible_module_name": "infra_access_key_info"}
        self.returns_secret = False
        self.refused_here(self.good(**info, name=None, fail_if_expiring_within="1h"), "needs name, user or secret_file",
                          field="fail_if_expiring_within")
        self.refused_here(self.good(**info, secret_file="key"), "secret_file: ", "absolute", field="secret_file")
        self.refused_here(self.good(**info, in_use_within="0s"), "in_use_within: ", "zero", field="in_use_within")
        self.refused_here(self.good(**info, state="present"), "Unsupported parameters for (infra_access_key_info) module: state",
                          field="state")

    def test_files_that_are_missing(self):
        for name in ("server_certificate_file", "client_cert"):
            with self.subTest(name=name):
                result = self.run_module(self.good(**{name: "/nonexistent/file"}), program=support.real())
                self.assertTrue(result["failed"])
                self.assertFalse(result["changed"])
                self.assertIn("/nonexistent/file", result["msg"])
                self.assertEqual(result["error"]["field"], name)
        result = self.run_module({"name": "my-cluster", "access_key_file": "/nonexistent/file"}, program=support.real())
        self.assertEqual(result["error"]["field"], "access_key_file")

    def test_a_server_that_is_not_there(self):
        result = self.run_module(self.good(), program=support.real())
        self.assertTrue(result["failed"])
        self.assertFalse(result["changed"])
        self.assertEqual(result["error"]["code"], "TRANSPORT")
