# SPDX-License-Identifier: Apache-2.0
"""What a host may rely on about its own process: each row of the table in docs/abi.md."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading

import infrastate
from shapes import Shapes
from support import ABI, ROOT, ServerTest, library, loads, program, program_environment, sanitized

LONG = os.environ.get("INFRASTATE_LONG") == "true"


def openssl_is_inside():
    """Whether the library brings its own OpenSSL, as a release does."""
    needed = subprocess.run(["readelf", "-d", library()], capture_output=True, text=True, check=True).stdout
    return "libcrypto.so" not in needed


class HostTest(ServerTest):
    def check(self, what, *arguments, name="abi_host_check", before=(), **environment):
        return self.must_run(*before, program(name), what, *arguments, env=program_environment(**environment), timeout=900)

    def test_the_process_is_left_as_it_was(self):
        self.check("same_state")

    def test_a_locale_with_commas_changes_nothing(self):
        listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
        comma = next((name for name in listed if name.lower().startswith(("de_", "fr_")) and "utf" in name.lower()), None)
        environment = {"LC_ALL": comma} if comma else self.made_locale()
        self.check("same_state", **environment)
        code = ("import ctypes, locale, sys; locale.setlocale(locale.LC_ALL, ''); assert locale.localeconv()['decimal_point'] == ',';"
                "sys.path.insert(0, sys.argv[1]); import infrastate, os;"
                "c = infrastate.Client(host=os.environ['INFRA_TEST_URL'], access_key=os.environ['INFRA_TEST_ADMIN_KEY'],"
                "server_certificate_file=os.environ['INFRA_TEST_CA_FILE']); r = c.apply('access_key', {'name': 'comma', 'expires_in': '1.5h'});"
                "assert r.resource['expires_in'] == '1h30m0s', r; c.close()")
        self.must_run(sys.executable, "-c", code, ABI / "bindings" / "python", env=program_environment(**environment))

    def made_locale(self):
        folder = self.folder / "locales"
        folder.mkdir()
        try:
            done = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], capture_output=True, check=False)
        except FileNotFoundError:
            self.missing("there is no localedef")
        if not (folder / "de_DE.UTF-8").is_dir():
            self.missing(f"localedef makes no German locale: {done.stderr.decode()[:200]}")
        return {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8"}

    def test_every_descriptor_closes_on_exec(self):
        self.check("descriptors_close_on_exec")

    def test_loading_and_unloading_does_not_grow(self):
        self.check("loads_are_flat", 1000)

    def test_ten_thousand_clients_do_not_grow(self):
        self.check("clients_are_flat", 10000)

    def test_threads_and_the_process_end_cleanly_with_a_client_open(self):
        self.assertIn("used at exit", self.check("ends_cleanly"))

    def test_the_library_stays_loaded_and_says_so(self):
        self.assertIn("NODELETE", self.must_run("readelf", "-d", library()))
        self.assertIn("stays in memory once it is loaded", (ABI / "infrastate.h").read_text())

    def test_credentials_and_secrets_are_overwritten_when_freed(self):
        def masked(text):
            return bytes(byte ^ 0x5A for byte in text.encode()).hex()
        secrets = {"MASKED_KEY": masked(self.admin), "MASKED_PASSWORD": masked(os.environ["INFRA_TEST_DEV_PASSWORD"]), "FOLDER": str(self.folder)}
        environment = program_environment(**secrets)
        for name in ("INFRA_TEST_ADMIN_KEY", "INFRA_TEST_DEV_PASSWORD"):
            del environment[name]  # the environment is part of the program's memory, so no secret may be in it
        self.assertRegex(self.must_run(program("abi_wipe_check"), env=environment), r"\d{2} searches, 0 failed")

    def test_memory_that_runs_out_is_a_code(self):
        """One allocation fails, or one and all after it: NO_MEMORY for the library's own, any code for OpenSSL's."""
        if openssl_is_inside():
            self.skipTest("OpenSSL is inside of the library, and its allocations cannot be told from the library's own")
        for what in ("describe", "open", "cancel", "token", "plan", "apply", "info", "batch", "logged", "cold"):
            # A handshake makes thousands of allocations, nearly all of them OpenSSL's.
            step = 1 if LONG or what != "cold" else 3
            for which in ("one", "all"):
                with self.subTest(what=what, which=which):
                    answers = self.folder / "answers"
                    print(self.check(what, which, step, name="abi_memory_check", GLIBC_TUNABLES="glibc.malloc.tcache_count=0",
                                     ANSWERS=str(answers)).strip())
                    if what != "cancel":
                        self.check_answers(what, set(answers.read_text().splitlines()))

    def check_answers(self, what, answers):
        """Without memory, too, an answer is as the contract says. It may then leave out the resource."""
        shapes = Shapes()
        of_one = "access_key_info.result" if what == "info" else "opened" if what in ("open", "token") else "access_key.result"
        self.assertTrue(any("NO_MEMORY" in answer for answer in answers))
        for answer in map(loads, answers):
            if what == "describe" and "resources" in answer:
                continue
            if what == "batch":
                self.assertEqual(shapes.faults({**answer, "results": []}, "batch_result"), [], answer)
                self.assertIn(len(answer["results"]), (0, 3) if answer["code"] == "NO_MEMORY" else (3,), answer)
            for each in answer["results"] if what == "batch" else [answer]:
                faults = shapes.faults(each, of_one)
                self.assertTrue(not faults or not each["ok"] and not shapes.faults(each, "result"), (each, faults))
                self.assertEqual(each["ok"], "error" not in each, each)


    def test_valgrind_finds_nothing(self):
        import shutil
        if shutil.which("valgrind") is None:
            self.missing("there is no valgrind")
        if sanitized():
            self.skipTest("a sanitized library cannot run under valgrind")
        output = self.check("ends_cleanly", before=("valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"))
        self.assertNotIn("ERROR SUMMARY", output)
        self.must_run("valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite", program("abi_c_test"),
                      env=program_environment())


class EnvironmentTest(ServerTest):
    MISLEADING = {"INFRA_HOST": "https://localhost:1", "INFRA_ACCESS_KEY": "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb",
                  "INFRA_SKIP_TLS_VERIFY": "true", "https_proxy": "http://localhost:1", "HTTPS_PROXY": "http://localhost:1",
                  "INFRA_TIMEOUT": "1ms", "INFRA_RETRIES": "0"}

    def run_python(self, code, **environment):
        return self.must_run(sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1]); import infrastate, os, json\n" + code,
                             ABI / "bindings" / "python", env=program_environment(OPTIONS=json.dumps(self.options()), **environment))

    def test_the_environment_is_not_read_unless_asked(self):
        self.run_python("options = json.loads(os.environ['OPTIONS'])\n"
                        "print(infrastate.Client(**options).plan('access_key', {'name': 'some-key'}).reason)", **self.MISLEADING)

    def test_the_environment_is_read_at_open_where_asked(self):
        code = ("options = json.loads(os.environ['OPTIONS'])\n"
                "os.environ['INFRA_HOST'] = options.pop('host')\n"
                "os.environ['INFRA_ACCESS_KEY'] = options.pop('access_key')\n"
                "client = infrastate.Client(environment=True, **options)\n"
                "os.environ['INFRA_HOST'] = 'https://localhost:1'\n"
                "print(client.plan('access_key', {'name': 'some-key'}).reason)\n")
        self.assertIn("absent", self.run_python(code))

    # Variables that OpenSSL reads, each once in a process. The processor's abilities are read when
    # libcrypto is loaded, or at the first use of one that is inside of the library. Its
    # configuration, and what that names, are read at its first use.
    OPENSSL_AT_LOAD = {"OPENSSL_ia32cap"}
    OPENSSL_AT_FIRST_USE = {"OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_ENGINES", "OPENSSL_MODULES", "OPENSSL_TRACE", "CTLOG_FILE"}
    # What docs/abi.md says that the resolver reads, for each look-up of a name.
    RESOLVER = {"RES_OPTIONS", "LOCALDOMAIN"}

    def looks(self, host, around, **more):
        """Every read of the environment of a process, from the loading of the library on: {step: {name: how often}}."""
        options = self.options(host=f"https://{host}:{self.server.port}", **more)
        output = self.must_run(program("abi_environment_check"), json.dumps(options), env=program_environment(**around))
        lines = output.splitlines()
        self.assertEqual(lines.pop(), "end")
        counted = {}
        for step, name in (line.split() for line in lines):
            counted.setdefault(step, {}).setdefault(name, 0)
            counted[step][name] += 1
        return counted

    def check_looks(self, seen, **allowed):
        if openssl_is_inside():
            allowed["open"] = allowed["open"] | self.OPENSSL_AT_LOAD
        for step, names in seen.items():
            self.assertEqual(set(names) - allowed.get(step, set()), set(), f"looked at in the step {step!r}")
            for name in set(names) & (self.OPENSSL_AT_LOAD | self.OPENSSL_AT_FIRST_USE):
                self.assertEqual(names[name], 1, f"{name} is looked at again")
        # The program does notice reads: libcrypto always reads its configuration, and the one inside the processor's abilities.
        self.assertIn("OPENSSL_ia32cap" if openssl_is_inside() else "OPENSSL_CONF", seen.get("open", {}))

    def test_nothing_looks_at_the_environment_but_openssl_at_its_start(self):
        self.check_looks(self.looks("127.0.0.1", self.MISLEADING), load=self.OPENSSL_AT_LOAD, open=self.OPENSSL_AT_FIRST_USE)

    def test_where_a_name_is_looked_up_the_resolver_looks_at_what_is_documented(self):
        text = (ROOT / "docs" / "abi.md").read_text()
        for name in self.RESOLVER:
            self.assertIn(f"`{name}`", text)
        seen = self.looks("localhost", self.MISLEADING)
        self.check_looks(seen, load=self.OPENSSL_AT_LOAD, open=self.OPENSSL_AT_FIRST_USE, call=self.RESOLVER)
        self.assertEqual(set(seen["call"]), self.RESOLVER)

    def test_where_it_is_asked_for_opening_alone_looks_at_the_described_variables(self):
        described = {name for param in infrastate.describe()["abi"]["config"]["params"] for name in param.get("environment", [])}
        own = described | {"SSL_CERT_FILE", "SSL_CERT_DIR"}
        seen = self.looks("127.0.0.1", {}, environment=True)
        self.check_looks(seen, load=self.OPENSSL_AT_LOAD, open=self.OPENSSL_AT_FIRST_USE | own)
        self.assertIn("SSL_CERT_FILE", seen["open"])


class OpenSslTest(ServerTest):
    def test_pythons_ssl_works_before_during_and_after(self):
        context = ssl.create_default_context(cafile=os.environ["INFRA_TEST_CA_FILE"])

        def greeting():
            with socket.create_connection((self.server.host, self.server.port), 30) as tcp:
                with context.wrap_socket(tcp, server_hostname=self.server.host) as tls:
                    tls.sendall(b"GET /api/version HTTP/1.1\r\nHost: localhost\r\nInfra-Version: 0.20.0\r\nAccept: application/json\r\nConnection: close\r\n\r\n")
                    data = b""
                    while block := tls.recv(4096):
                        data += block
                    return data.split(b"\r\n")[0]

        before = greeting()
        self.assertEqual(before, b"HTTP/1.1 200 OK")
        client = self.client()
        stop, problems = threading.Event(), []

        def other():
            while not stop.is_set():
                try:
                    if greeting() != before:
                        problems.append("another greeting")
                except OSError as problem:
                    problems.append(problem)

        thread = threading.Thread(target=other)
        thread.start()
        try:
            for number in range(30):
                client.plan("access_key", {"name": f"during-{number}"})
                # A failed handshake of ours leaves nothing behind that would make one of theirs
                # fail.
                with self.assertRaises(Exception):
                    self.client(server_certificate_file=None).plan("access_key", {"name": "untrusted"})
        finally:
            stop.set()
            thread.join()
        self.assertEqual(problems, [])
        client.close()
        self.assertEqual(greeting(), before)


class ResolutionTest(ServerTest):
    """A name server that never answers, in a network of its own."""

    CODE = """
import ctypes, os, socket, subprocess, sys, threading, time
sys.path.insert(0, sys.argv[1])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
with open(sys.argv[2] + "/resolv.conf", "w") as file:
    file.write("nameserver 127.0.0.1\\noptions timeout:30\\n")
subprocess.run(["mount", "--bind", sys.argv[2] + "/resolv.conf", "/etc/resolv.conf"], check=True)
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
import infrastate
client = infrastate.Client(host="https://infra.example.com", access_key="aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb", timeout_ms=20000)
cancel = infrastate.Cancel()
at = []
def later():
    time.sleep(0.3)
    at.append(time.monotonic())
    cancel.set()
thread = threading.Thread(target=later)
thread.start()
try:
    client.plan("access_key", {"name": "some-key"}, cancel=cancel)
    print("no error")
except infrastate.Cancelled:
    print("cancelled", int((time.monotonic() - at[0]) * 1000))
began = time.monotonic()
try:
    client.plan("access_key", {"name": "some-key"}, timeout=0.7)
    print("no error")
except infrastate.DeadlineExceeded as error:
    print("deadline", int((time.monotonic() - began) * 1000), error)
assert silent.recv(512), "nobody asked"
"""

    def test_a_call_that_resolves_a_name_ends_when_cancelled_and_at_its_deadline(self):
        own_network = self.own_network()
        for last in (False, False, True):  # a busy machine makes the measured times longer
            output = self.must_run(*own_network, sys.executable, "-c", self.CODE, ABI / "bindings" / "python", self.folder,
                                   env=program_environment())
            lines = output.split("\n")
            self.assertRegex(lines[0], r"^cancelled \d+$")
            self.assertRegex(lines[1], r"^deadline \d+ ")
            cancelled, ended = (int(line.split()[1]) for line in lines[:2])
            if last or (cancelled <= 100 and ended <= 700 + 500):
                break
        self.assertLessEqual(cancelled, 100)
        self.assertLessEqual(ended, 700 + 500)

    def own_network(self):
        """Root needs no user namespace, which it cannot have in a chroot; other users do."""
        for more in ([], ["--map-root-user"]):
            command = ["unshare", "--mount", "--net", *more]
            probe = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
            if probe.returncode == 0:
                return command
        return self.missing(f"unshare gives no network of its own: {probe.stderr.strip()}")


class SharedPocoTest(ServerTest):
    def test_what_loading_does_to_sigpipe_is_what_the_documentation_says(self):
        """A shared Poco blocks SIGPIPE in the thread that loads it; a Poco inside the library must not."""
        shared = "libPocoFoundation" in self.must_run("readelf", "-d", library())
        code = ("import ctypes, os, signal\n"
                "signal.pthread_sigmask(signal.SIG_SETMASK, [])\n"
                "ctypes.CDLL(os.environ['INFRASTATE_LIBRARY'])\n"
                "print(signal.SIGPIPE in signal.pthread_sigmask(signal.SIG_BLOCK, []))")
        output = self.must_run(sys.executable, "-c", code, env=program_environment())
        self.assertEqual(output.strip(), str(shared))
        self.assertIn("SIGPIPE", (ROOT / "docs" / "abi.md").read_text())
