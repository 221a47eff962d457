# SPDX-License-Identifier: Apache-2.0
"""No secret gets out. Runs have known secrets in every input. They succeed, or fail with every error that the
simulator can produce. The secrets are searched in all output: both streams, every file, and, by strace, every
byte that is written or sent unencrypted. The only exception is the `secret` field with the new key's secret."""

import base64
import json
import os
import secrets
import shutil
import string
import subprocess
import unittest
import urllib.parse

import echo_server
import whole_run
from whole_run import KEYS

CALLS = (("GET", KEYS), ("GET", "/api/users"), ("GET", "/api/version"), ("POST", KEYS), ("DELETE", KEYS))


def fake_key():
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(10)) + "." + "".join(secrets.choice(letters) for _ in range(24))


class LeakTest(whole_run.WholeRunTest):
    def setUp(self):
        super().setUp()
        self.known = {"the administrator's key": self.admin, "the user's password": self.password}
        self.kept = set()

    def spellings(self):
        """Each secret in the forms in which it may occur: as it is, encoded, or cut."""
        for what, secret in self.known.items():
            raw = secret.encode()
            for text in (secret, secret[:14] if len(secret) > 20 else secret, urllib.parse.quote(secret, safe=""),
                         json.dumps(secret)[1:-1], base64.b64encode(raw).decode(), raw.hex()):
                yield what, text.encode()

    def search(self, where, data, allowed=b""):
        if allowed:
            data = data.replace(allowed, b"", 1)
        for what, text in self.spellings():
            at = data.find(text)
            self.assertEqual(at, -1, f"{what} is in {where}: ...{data[max(0, at - 80):at + 60]!r}...")

    def check(self, run, made_files=()):
        """No secret is in the streams, nor in any file that the run could have written."""
        new = b""
        if run.result is not None and run.result.get("secret"):
            new = json.dumps(run.result["secret"]).encode()
            self.assertEqual(run.out.count(run.result["secret"].encode()), 1, "the new secret stands in one place")
        self.search("standard output", run.out, new)
        self.search("standard error", run.err)
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self.inputs():
                self.search(str(path), path.read_bytes())
        return run

    def inputs(self):
        return self.kept | {self.folder / name for name in ("arguments.json", "admin.key", "client.pem", "client.key", "echo.pem", "echo.key", "trace")}

    def ways_to_authenticate(self):
        key_file = self.write("admin.key", self.admin + "\n")
        none = {"access_key": None}
        return (("access_key", self.arguments(), {}), ("access_key_file", self.arguments(**none, access_key_file=key_file), {}),
                ("INFRA_ACCESS_KEY", self.arguments(**none), {"INFRA_ACCESS_KEY": self.admin}),
                ("INFRA_ACCESS_KEY_FILE", self.arguments(**none), {"INFRA_ACCESS_KEY_FILE": key_file}),
                ("password", self.as_user(), {}),
                ("INFRA_PASSWORD", self.arguments(**none, user=self.user), {"INFRA_USERNAME": self.user, "INFRA_PASSWORD": self.password}))

    def test_success_shows_the_new_secret_in_its_field_and_nothing_else(self):
        for way, arguments, environment in self.ways_to_authenticate():
            with self.subTest(way=way):
                self.control("POST", "/reset")
                actions = []
                for more in ({"_ansible_check_mode": True}, {"_ansible_diff": True}, {}, {"expires_in": "9h", "_ansible_diff": True}, {"state": "absent"}):
                    run = self.check(self.run_module({**arguments, **more}, environment=environment))
                    self.assertNotIn("failed", run.result)
                    actions.append(run.result["actions"])
                    if run.result.get("secret"):
                        self.known["a key that was made"] = run.result["secret"]
                        self.check(self.run_module({**arguments, **more, "_ansible_check_mode": True}, environment=environment))
                        del self.known["a key that was made"]
                self.assertEqual(actions, [["create"], ["create"], [], ["delete", "create"], ["delete"]])
                self.check(self.run_module(arguments, "--self-test", environment=environment))

    def test_no_failure_of_the_server_shows_a_secret(self):
        echo = f"you said {self.admin}; " + "x" * 460 + self.admin
        faults = [{"action": "reset"}, {"action": "act_then_reset"}, {"action": "hang", "ms": 60000}, {"action": "cut_body", "bytes": 9},
                  {"action": "unauthorized"}, {"action": "garbage"}, {"action": "huge_body", "bytes": 5000000}, {"action": "html", "body": echo},
                  {"action": "drip", "ms": 60000}, {"action": "no_date"}, {"action": "status", "status": 200, "body": json.dumps({"version": self.admin})},
                  {"action": "status", "status": 201, "body": json.dumps({"accessKey": self.admin, "name": self.admin, "id": self.admin})}]
        for status in (302, 400, 401, 403, 404, 409, 429, 500, 503):
            faults.append({"action": "status", "status": status, "message": echo})
            faults.append({"action": "status", "status": status, "body": json.dumps(
                {"code": status, "message": echo, "fieldErrors": [{"fieldName": self.admin, "errors": [self.admin]}]})})
        failed = 0
        for method, path in CALLS:
            self.control("POST", "/reset")
            for fault in faults:
                with self.subTest(method=method, path=path, fault=str(fault)[:60]):
                    # A key that has drifted is deleted and made: so all calls are made.
                    self.run_module(self.arguments(expires_in="1h"))
                    self.faults({**fault, "times": 0, "match": {"method": method, "path": path}})
                    run = self.check(self.run_module(self.arguments(expires_in="9h", timeout="800ms", retries=1, _ansible_diff=True)))
                    failed += run.result.get("failed", False)
                    self.control("DELETE", "/faults")
        self.assertGreater(failed, 100, "most of these are failures")

    def test_no_failure_of_the_server_shows_a_kept_secret(self):
        """A secret in secret_file or in current_secret is tried, so the server could repeat it."""
        path = str(self.folder / "kept")
        made = self.run_module(self.arguments(secret_file=path)).result["secret"]
        self.known["the kept secret"] = made
        self.kept = {self.folder / "kept"}
        holders = ({"secret_file": path}, {"current_secret": made}, {"secret_file": path, "current_secret": made})
        echo = f"you said {made}; " + "x" * 460 + made
        failed = 0
        for holder in holders:
            for call in ("/api/users/self", KEYS):
                for fault in ({"action": "status", "status": 401, "message": echo}, {"action": "status", "status": 500, "message": echo},
                              {"action": "status", "status": 403, "body": json.dumps({"code": 403, "message": made, "fieldErrors": [
                                  {"fieldName": made, "errors": [made]}]})}, {"action": "html", "body": echo}, {"action": "cut_body", "bytes": 30}):
                    with self.subTest(holder=[*holder], call=call, fault=str(fault)[:40]):
                        self.faults({**fault, "times": 0, "match": {"path": call}})
                        run = self.check(self.run_module(self.arguments(**holder, verify_secret="always", timeout="2s", retries=0,
                                                                        recreate="never", _ansible_diff=True)))
                        failed += run.result.get("failed", False)
                        self.control("DELETE", "/faults")
            good = self.check(self.run_module(self.arguments(**holder, verify_secret="always")))
            self.assertEqual((good.result["secret"], good.result["changed"]), (made, False))
        self.assertGreaterEqual(failed, 15, "a listing that fails ends the run; a try that does is a warning")

    def test_no_failure_of_a_login_shows_the_password(self):
        password = "Geheim \"9\\ü%" + secrets.token_hex(6)
        self.known["a wrong password"] = password
        self.check(self.run_module({**self.as_user(), "password": password}))
        for path, used in (("/api/login", password), ("/api/logout", self.password)):
            for fault in ({"action": "status", "status": 401, "message": f"no user has the password {used}"}, {"action": "html", "body": used},
                          {"action": "act_then_reset"}, {"action": "hang", "ms": 60000}, {"action": "status", "status": 201, "body": json.dumps(used)}):
                with self.subTest(fault=str(fault)[:60], path=path):
                    self.control("POST", "/reset")
                    self.faults({**fault, "match": {"path": path}})
                    self.check(self.run_module({**self.as_user(timeout="1s"), "password": used}))

    def test_no_wrong_parameter_shows_a_secret(self):
        self.known["a key in the wrong place"] = key = fake_key()
        for wrong in ({"access_key": key + "\nX: y"}, {"access_key": key + " " + key}, {"access_key": [key]}, {"access_key": {key: key}},
                      {"access_key": key, "bogus": key}, {"access_key": key, "name": key + "/"}, {"access_key": key, "timeout": key},
                      {"access_key": key, "retries": key}, {"access_key": key, "expires_in": key}, {"access_key": key, "recreate": key},
                      {"access_key": key, "host": f"https://me:{key}@infra.example.com"}, {"access_key": key, "access_key_file": "/" + key},
                      {"access_key": key, "server_certificate": key}, {"access_key": key, "client_cert": "x", "client_key": key},
                      {"access_key": key, "proxy": f"https://me:{key}@proxy.example.com"}, {"access_key": key, "proxy": f"http://{key}:{key}@:0"},
                      {"access_key": None, "username": "me"}, {"access_key": None, "username": "me", "password": [key]},
                      {"access_key": None, "username": key, "password": key, "access_key_file": None},
                      {"access_key": key, "client_key_passphrase": key}):
            with self.subTest(wrong=str(wrong)[:150]):
                run = self.check(self.run_module({**self.arguments(server_certificate_file=None), **wrong, "_ansible_diff": True}))
                self.assertTrue(run.result["failed"], run.result["reason"])
                self.check(self.run_module({**self.arguments(server_certificate_file=None), **wrong}, "--self-test"))
        for text in ("{" + f'"access_key": "{key}', f'{{"access_key": "{key}", "access_key": "{key}"}}', f'["{key}"]', key, f'"{key}"'):
            with self.subTest(text=text):
                self.check(self.run_module(text))
        for name, content in (("a token", key + "\n" + key), ("a key", "-----BEGIN PRIVATE KEY-----\n" + key)):
            path = self.write("admin.key", content)
            with self.subTest(file=name):
                self.check(self.run_module(self.arguments(access_key=None, access_key_file=path)))
                self.check(self.run_module(self.arguments(client_cert=path)))

    def test_no_client_key_and_no_passphrase_is_shown(self):
        passphrase = "Losung-" + secrets.token_hex(8)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "2", "-subj", "/CN=client", "-passout", "pass:" + passphrase,
                        "-keyout", self.folder / "client.key", "-out", self.folder / "client.pem"], check=True, capture_output=True)
        key = (self.folder / "client.key").read_text()
        self.known.update({"the passphrase": passphrase, "the client key": key.splitlines()[5]})
        certificate = (self.folder / "client.pem").read_text()
        for given in (passphrase, None, "not-" + passphrase):
            for inline in (False, True):
                with self.subTest(passphrase=given, inline=inline):
                    more = {"client_cert": certificate if inline else str(self.folder / "client.pem"),
                            "client_key": key if inline else str(self.folder / "client.key"), "client_key_passphrase": given}
                    run = self.check(self.run_module(self.arguments(**more, state="absent", _ansible_diff=True)))
                    # A text of several lines is no path, but people paste one.
                    self.assertEqual("failed" in run.result, inline or given != passphrase, run.result["msg"] if "msg" in run.result else "")

    def test_a_hostile_server_that_echoes_the_token_shows_it_nowhere(self):
        certificate, key = echo_server.make_certificate(self.folder)
        server = echo_server.EchoServer(certificate, key)
        self.addCleanup(server.close)
        page = '{"page":1,"limit":1000,"totalPages":1,"totalCount":1,"count":1,"items":[%s]}'
        row = ('{"id":"k1","name":"TOKEN","created":"2026-11-23T01:56:35Z","lastUsed":null,"expires":"TOKEN","inactivityTimeout":null,'
               '"issuedFor":"u1","issuedForName":"TOKEN"}')
        good = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
        length = lambda body: f"Content-Length: {len(body) + body.count('TOKEN') * (len(self.admin) - 5)}\r\n\r\n{body}"
        for text in ("TOKEN", "Bearer TOKEN", "xxxxxxTOKEN\r\n", "HTTP/1.1 200 TOKEN\r\n\r\n", "HTTP/1.1 TOKEN\r\n\r\n", "HTTP/TOKEN 200 OK\r\n\r\n",
                     good + "TOKEN\r\n\r\n", good + "TOKEN: x\r\n: TOKEN\r\n\r\n", good + "X: \x01TOKEN\r\n\r\n", good + " TOKEN\r\n\r\n",
                     good + "Content-Length: TOKEN\r\n\r\n", good + "Content-Length: 1234567890123TOKEN\r\n\r\n", good + "Transfer-Encoding: TOKEN\r\n\r\n",
                     good + "Content-Encoding: some-encoding-TOKEN\r\n\r\n", good + "Transfer-Encoding: chunked\r\n\r\nTOKEN\r\n",
                     good + "Transfer-Encoding: chunked\r\n\r\n2\r\nTOKEN\r\n0\r\n\r\n", good + "Transfer-Encoding: chunked\r\n\r\n0\r\nTOKEN\r\n\r\n",
                     "HTTP/1.1 302 TOKEN\r\nLocation: https://evil.test/TOKEN\r\n" + length("TOKEN"),
                     "HTTP/1.1 503 TOKEN\r\nRetry-After: TOKEN\r\n" + length("TOKEN"), "HTTP/1.1 429 x\r\nRetry-After: 99999TOKEN\r\n" + length("{}"),
                     good + "Date: TOKEN\r\nAge: TOKEN\r\n" + length(page % row), good + length('"TOKEN"'), good + length('{"items":"TOKEN","TOKEN":1}'),
                     good + length(page % '"TOKEN"'), good + length(page % '{"id":"TOKEN/"}'), good + length('{"TOKEN":1,"TOKEN":2}'),
                     *(f"HTTP/1.1 {status} x\r\nConnection: close\r\n" + length('{"code":%d,"message":"%sTOKEN"}' % (status, "x" * pad))
                       for status in (400, 401, 403, 404, 409, 500) for pad in (0, 480, 490, 500))):
            with self.subTest(answer=text[:120]):
                server.template = text.encode()
                more = {"host": f"127.0.0.1:{server.port}", "server_certificate_file": str(certificate), "retries": 0, "timeout": "3s", "_ansible_diff": True}
                for arguments in (self.arguments(**more), self.as_user(**more)):
                    self.check(self.run_module(arguments))
                    self.check(self.run_module(arguments, "--self-test"))

    def test_a_hostile_proxy_that_echoes_its_credentials_shows_them_nowhere(self):
        proxy = echo_server.EchoProxy()
        self.addCleanup(proxy.close)
        password = "Vertreter:9@%" + secrets.token_hex(4)
        quoted = urllib.parse.quote(password, safe="")
        self.known.update({"the proxy's password": password, "the proxy's credentials": f"me:{password}"})
        url = f"http://me:{quoted}@127.0.0.1:{proxy.port}"
        for text in ("TOKEN", "HTTP/1.1 407 TOKEN\r\n\r\n", "HTTP/1.1 403 TOKEN\r\nX: TOKEN\r\n\r\nTOKEN", "HTTP/1.1 200 OK\r\n\r\nTOKEN",
                     f"HTTP/1.1 502 {password} {quoted} {url}\r\n\r\n", f"HTTP/1.1 {password}\r\n\r\n"):
            for arguments, environment in ((self.arguments(proxy=url), {}), (self.arguments(), {"https_proxy": url}), (self.arguments(), {"HTTPS_PROXY": url})):
                with self.subTest(answer=text, environment=environment):
                    proxy.template = text.encode()
                    run = self.check(self.run_module({**arguments, "retries": 0, "_ansible_diff": True}, environment=environment))
                    self.assertTrue(run.result["failed"])
                    self.check(self.run_module(arguments, "--self-test", environment=environment))


@unittest.skipIf(whole_run.sanitized(), "the leak checker cannot work under strace")
class TraceTest(LeakTest):
    """What the system sees: arguments of the process, and every byte written or sent."""

    def run_module(self, arguments, *options, **more):
        trace = self.folder / "trace"
        wrapper = ["strace", "-f", "-qq", "-s", "1000000", "-o", str(trace), "-e",
                   "trace=execve,write,writev,pwrite64,sendto,sendmsg,sendmmsg,connect,openat,open,creat,rename,renameat,renameat2,link,linkat,symlink"]
        run = super().run_module(arguments, *options, wrapper=wrapper, **more)
        for line in trace.read_text(errors="replace").splitlines():
            call = line.partition(" ")[2]
            if call.startswith("write(1, "):
                continue # standard output, which is checked separately
            # A path that the task names is opened as it is. A proxy gets its credentials, and nothing
            # else secret.
            if call.startswith(("openat(", "open(")) and "O_RDONLY" in call:
                continue
            if "Proxy-Authorization" in call:
                call = call.partition("Proxy-Authorization")[0]
            self.search(f"the system call {call[:60]}", call.encode())
            if call.startswith(("openat(", "open(", "creat(")) and "/dev/" not in call:
                self.fail(f"a file is opened for writing: {call[:200]}")
        return run

    # Each kind of run once under strace; the long tables run without it.
    test_no_failure_of_the_server_shows_a_secret = None
    test_no_failure_of_the_server_shows_a_kept_secret = None  # it writes the file, as it must
    test_a_hostile_server_that_echoes_the_token_shows_it_nowhere = None


if shutil.which("strace") is None and os.environ.get("CI") != "true":
    del TraceTest

if __name__ == "__main__":
    unittest.main()
