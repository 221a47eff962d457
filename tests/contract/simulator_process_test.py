# SPDX-License-Identifier: Apache-2.0
"""infra-simulator as a program: what it prints, what it leaves behind, and its options."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from server import KEYS, SECRET, Server

PROGRAM = os.environ.get("INFRA_SIMULATOR", "")


@contextlib.contextmanager
def running(*options, **environment):
    """The started process and its ready line."""
    with subprocess.Popen([PROGRAM, *options], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()


def admin_request(ready, method, path, body=None, **more):
    return Server(ready["url"], ready["ca_file"]).request(method, path, body, token=ready["admin_key"], **more)


class ProcessTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="simulator.")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def wait_for(self, condition, what):
        end = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def test_the_ready_line_is_all_that_is_needed(self):
        with running() as (process, ready):
            self.assertEqual(set(ready), {"url", "ca_file", "admin_user", "admin_key", "admin_password", "dev_user", "dev_password",
                                          "control_url", "control_token", "version", "pid"})
            self.assertEqual(ready["pid"], process.pid)
            self.assertRegex(ready["admin_key"], SECRET)
            self.assertEqual(admin_request(ready, "GET", "/api/users/self").json["name"], ready["admin_user"])

    def test_it_ends_on_signals_and_leaves_nothing(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            wanted = self.folder / "made" / "for-it"
            with running("--dir", str(wanted)) as (process, ready):
                self.assertEqual(pathlib.Path(ready["ca_file"]), wanted / "ca.pem")
                self.assertEqual([path.name for path in wanted.iterdir()], ["ca.pem"])
                process.send_signal(number)
                self.assertEqual(process.wait(30), 0)
            self.assertFalse(wanted.exists())

    def test_a_folder_that_was_there_stays_with_what_is_in_it(self):
        (self.folder / "mine").write_text("mine")
        with running("--dir", str(self.folder)) as (process, _):
            process.terminate()
            self.assertEqual(process.wait(30), 0)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["mine"])

    def test_no_private_key_is_written(self):
        with running("--dir", str(self.folder)):
            self.assertEqual([path.name for path in self.folder.iterdir()], ["ca.pem"])
            self.assertNotIn("PRIVATE", (self.folder / "ca.pem").read_text())

    def test_it_ends_while_requests_are_held(self):
        with running() as (process, ready):
            server = Server(ready["url"], ready["ca_file"])
            rules = {"rules": [{"action": "hang", "ms": 600000}]}
            self.assertEqual(server.request("PUT", "/_simulator/faults", rules, token=ready["control_token"]).status, 200)
            connection = server.connect()
            self.addCleanup(connection.close)
            connection.request("GET", "/api/version")
            process.terminate()
            self.assertEqual(process.wait(30), 0)

    def test_it_dies_with_its_parent(self):
        script = ("import subprocess, sys; p = subprocess.Popen([sys.argv[1], '--die-with-parent'], stdout=subprocess.PIPE, text=True); "
                  "print(p.stdout.readline(), end='', flush=True); sys.stdin.read()")
        with subprocess.Popen([sys.executable, "-c", script, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
            ready = json.loads(parent.stdout.readline())
            os.kill(ready["pid"], 0)
            parent.kill()

        def gone():
            try:
                state = pathlib.Path(f"/proc/{ready['pid']}/stat").read_text()
            except FileNotFoundError:
                return True
            return state.rpartition(") ")[2].startswith("Z")

        self.wait_for(gone, "the simulator outlived its parent")
        self.wait_for(lambda: not pathlib.Path(ready["ca_file"]).exists(), "its file outlived it")

    def test_the_certificate_is_good_for_all_names_of_this_machine(self):
        for listen, host in (("127.0.0.1:0", "127.0.0.1"), ("localhost:0", "localhost"), ("[::1]:0", "[::1]")):
            if host == "[::1]" and not pathlib.Path("/proc/net/if_inet6").exists():
                continue  # a machine without IPv6 cannot listen on such an address
            with running("--listen", listen) as (_, ready):
                self.assertTrue(ready["url"].startswith(f"https://{host}:"), ready["url"])
                self.assertEqual(admin_request(ready, "GET", "/api/version").status, 200)

    def test_the_administrators_key_can_be_given(self):
        key = "aaaaaaaaaa." + "b" * 24
        with running("--admin-key", key) as (_, ready):
            self.assertEqual(ready["admin_key"], key)
            self.assertEqual(admin_request(ready, "GET", KEYS).status, 200)
        with running(INFRA_SIMULATOR_ADMIN_KEY=key) as (_, ready):
            self.assertEqual(ready["admin_key"], key)

    def test_users_can_be_given(self):
        file = self.folder / "users.json"
        file.write_text(json.dumps([{"name": "root@example.com", "role": "admin"},
                                    {"name": "viewer@example.com", "role": "view", "access_key": "cccccccccc." + "d" * 24},
                                    {"name": "plain@example.com", "password": "obviously fake"}]))
        with running("--users", str(file)) as (_, ready):
            self.assertEqual((ready["admin_user"], ready["dev_user"], ready["dev_password"]),
                             ("root@example.com", "plain@example.com", "obviously fake"))
            server = Server(ready["url"], ready["ca_file"])
            viewer = "cccccccccc." + "d" * 24
            self.assertEqual(server.request("GET", KEYS, token=viewer).status, 200)
            refusal = server.request("POST", "/api/users", {"name": "x@example.com"}, token=viewer)
            self.assertEqual(refusal.message, "create identity: you do not have permission to create user, requires role admin")
            names = [item["name"] for item in admin_request(ready, "GET", "/api/users").json["items"]]
            self.assertEqual(names, ["plain@example.com", "root@example.com", "viewer@example.com"])

    def test_the_version_can_be_given(self):
        with running("--version", "0.19.3") as (_, ready):
            self.assertEqual(admin_request(ready, "GET", "/api/version").json, {"version": "0.19.3"})
            self.assertIn("The current version is 0.19.3", admin_request(ready, "GET", KEYS, version=None).message)

    def test_newer_rows_are_for_newer_clients_only(self):
        with running("--row-shape", "newer") as (_, ready):
            owner = admin_request(ready, "GET", "/api/users?name=connector&showSystem=true").json["items"][0]["id"]
            old = {"userID": owner, "name": "by-old", "expiry": "1h", "inactivityTimeout": "-1s"}
            new = {"issuedForID": owner, "issuedForKind": "user", "name": "by-new", "expiry": "1h", "inactivityTimeout": "1h"}
            made = admin_request(ready, "POST", KEYS, old)
            self.assertEqual(made.status, 201, made.text)
            answer = admin_request(ready, "POST", KEYS, new, version="0.22.0")
            self.assertEqual(answer.status, 201, answer.text)
            self.assertEqual((answer.json["issuedForID"], answer.json["issuedForKind"]), (owner, "user"))
            row = admin_request(ready, "GET", f"{KEYS}?name=by-new", version="0.22.0").json["items"][0]
            self.assertEqual((row["issuedForID"], row["issuedForKind"], row["issuedForUser"]), (owner, "user", "connector"))
            self.assertNotIn("issuedFor", row)
            row = admin_request(ready, "GET", f"{KEYS}?name=by-new").json["items"][0]
            self.assertEqual((row["issuedFor"], row["issuedForName"]), (owner, "connector"))
            refusal = Server(ready["url"], ready["ca_file"]).request("GET", "/api/users/self", token=made.json["accessKey"])
            self.assertEqual((refusal.status, refusal.message), (401, "access key has expired due to inactivity"))

    def test_a_certificate_can_be_given(self):
        certificate, key = self.folder / "given.crt", self.folder / "given.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=given", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        with running("--cert", str(certificate), "--key", str(key), "--ca-file", str(certificate)) as (_, ready):
            self.assertEqual(ready["ca_file"], str(certificate))
            self.assertEqual(admin_request(ready, "GET", "/api/version").status, 200)

    def test_wrong_options_are_told_in_one_line(self):
        bad_users = self.folder / "bad.json"
        bad_users.write_text('[{"name": "x", "role": "king"}]')
        for options, words in ((["--bogus", "1"], "--bogus: is not known"), (["--listen"], "--listen: a value is missing"),
                               (["--listen", "nowhere"], "--listen: expected is HOST:PORT"),
                               (["--listen", "127.0.0.1:99999"], "--listen: the port must be"),
                               (["--listen", "127.0.0.1:"], "--listen: the port must be"),
                               (["--admin-key", "short"], "--admin-key: expected are ten letters"),
                               (["--version", "new"], "--version: expected is a version"),
                               (["--row-shape", "round"], "--row-shape: expected is released or newer"),
                               (["--users", "/nonexistent"], "--users: cannot read /nonexistent"),
                               (["--users", str(bad_users)], "role must be admin, view, connector or empty"),
                               (["--cert", "x"], "--cert: must be given together with --key")):
            done = subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""), options)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(words, done.stderr)

    def test_what_cannot_be_had_is_told(self):
        for options in (["--cert", "/nonexistent", "--key", "/nonexistent"], ["--listen", "192.0.2.1:0"]):
            done = subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""), options)
            self.assertTrue(done.stderr.startswith("infra-simulator: "), done.stderr)

    def test_help_names_every_option(self):
        text = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
        for option in ("--listen", "--dir", "--cert", "--key", "--ca-file", "--admin-key", "--users", "--version", "--row-shape",
                       "--die-with-parent", "/_simulator/", "act_late", "cut_body"):
            self.assertIn(option, text)
