# SPDX-License-Identifier: Apache-2.0
"""Every way in which a call of the C interface fails, for every kind of request. The answer has the shape
that the contract promises for that kind, and a batch that is refused as a whole has no results."""

import ctypes
import functools
import json
import os
import socket
import sys
import threading
import time

import infrastate
import support
from infrastate import _library
from shapes import Shapes
from support import LibraryTest, ServerTest, loads

TOKEN = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"
NOWHERE = {"host": "https://localhost:1", "access_key": TOKEN, "retries": 0}
WANTED = {"resource": "access_key", "desired": {"name": "some-key"}}
# The kinds of requests, and the shape of their answers if the resource is not known.
KINDS = {
    "plan": ("plan", WANTED, "result"), "apply": ("apply", WANTED, "result"), "info": ("info", {"resource": "access_key"}, "info_result"),
    "plan a batch": ("plan", {"requests": [WANTED] * 2}, "batch_result"),
    "apply a batch": ("apply", {"requests": [WANTED] * 2}, "batch_result"),
}


class Host:
    """Calls the C functions as a C program does: with NULL, with any handle, with any bytes."""

    def __init__(self, test):
        self.test = test
        self.library = _library.load()
        self.no_log = _library.LOG_FUNCTION()

    def answer(self, function, *arguments):
        """The code and the answer of a function whose last argument is the place for the answer."""
        out = ctypes.c_void_p()
        code = getattr(self.library, f"infrastate_{function}")(*arguments, ctypes.byref(out))
        answer = loads(_library.take_result(self.library, out))
        self.test.assertEqual(answer["code"], self.library.infrastate_code_name(code).decode())
        return answer

    def ask(self, function, client, request, token=None):
        return self.answer(function, client, request, 0 if request is None else len(request), token)

    def open(self, log=None, **config):
        client = ctypes.c_void_p()
        text = json.dumps(config).encode()
        answer = self.answer("client_open", text, len(text), log or self.no_log, None, ctypes.byref(client))
        self.test.assertTrue(answer["ok"], answer)
        self.test.addCleanup(self.library.infrastate_client_close, client)
        return client

    def token(self):
        token = ctypes.c_void_p(self.library.infrastate_cancel_new())
        self.test.addCleanup(self.library.infrastate_cancel_free, token)
        return token


class Silent:
    """A server that accepts connections and never answers."""

    def __init__(self, test):
        self.socket = socket.create_server(("127.0.0.1", 0))
        test.addCleanup(self.socket.close)
        self.host = "https://127.0.0.1:%d" % self.socket.getsockname()[1]

    def wait_for_a_call(self, test):
        peer, _ = self.socket.accept()
        test.addCleanup(peer.close)


class FailureTest(LibraryTest):
    def setUp(self):
        super().setUp()
        self.shapes = Shapes()
        self.host = Host(self)

    def check(self, answer, shape, where):
        self.assertFalse(answer["ok"], where)
        self.assertIn("error", answer, where)
        self.assertEqual(self.shapes.faults(answer, shape), [], f"{where}: {answer}")

    def each_kind(self, code, ask, known=False, goes_in=False):
        """`ask(function, request)` fails with `code`. `known`: the answer names the resource. `goes_in`: a
        batch has a result for each of its requests."""
        for kind, (function, request, shape) in KINDS.items():
            with self.subTest(kind=kind):
                answer = ask(function, json.dumps(request).encode())
                of_one = "access_key_info.result" if function == "info" else "access_key.result"
                whole = shape == "batch_result"
                # About its results a batch only says that they are results.
                self.check({**answer, "results": []} if whole else answer, of_one if known and not whole else shape, kind)
                self.assertEqual(answer["code"], "PARTIAL" if whole and goes_in else code, answer)
                if not whole:
                    continue
                self.assertEqual(len(answer["results"]), 2 if goes_in else 0, answer)
                for each in answer["results"]:
                    self.check(each, of_one, kind)
                    self.assertEqual(each["code"], code, answer)


class CallTest(FailureTest):
    def test_without_a_good_client_token_or_request(self):
        client, token = self.host.open(**NOWHERE), self.host.token()
        for what, bad in (("NULL", None), ("a token", token)):
            with self.subTest(client=what):
                self.each_kind("ARGUMENT", lambda function, text, bad=bad: self.host.ask(function, bad, text))
        self.each_kind("ARGUMENT", lambda function, text: self.host.ask(function, client, text, client))
        for function, (_, _, shape) in list(KINDS.items())[:3]:
            self.check(self.host.ask(function, client, None), shape, f"{function} without a request")

    def test_a_request_that_cannot_be_understood(self):
        client = self.host.open(**NOWHERE, max_request_bytes=1024)
        spoilt = {
            "cut off": lambda text: text[:-1],
            "more behind it": lambda text: text + b"}",
            "a foreign byte": lambda text: text[:-1] + b',"\xff":1}',
            "too long": lambda text: text + b" " * 1024,
            "too deep": lambda text: text[:-1] + b',"deep":' + b"[" * 40 + b"]" * 40 + b"}",
            "an unknown member": lambda text: text[:-1] + b',"of_nobody":1}',
            "a member that stands twice": lambda text: text[:-1] + b',"timeout_ms":9,"timeout_ms":9}',
            "a timeout that is none": lambda text: text[:-1] + b',"timeout_ms":"soon"}',
            "an escaped name, and cut off": lambda text: text.replace(b'"requests"', b'"\\u0072equ\\u0065sts"')[:-1],
        }
        for what, spoil in spoilt.items():
            with self.subTest(what=what):
                self.each_kind("ARGUMENT", lambda function, text, spoil=spoil: self.host.ask(function, client, spoil(text)))

    def test_a_batch_that_is_none(self):
        client = self.host.open(**NOWHERE)
        for requests in (None, 7, "all", {}, [], [WANTED] * 10_001):
            for function in ("plan", "apply"):
                answer = self.host.ask(function, client, json.dumps({"requests": requests}).encode())
                self.check(answer, "batch_result", f"{function}: {str(requests)[:40]}")
                self.assertEqual((answer["code"], answer["results"]), ("ARGUMENT", []))
        # A question is always single: a list of several makes no batch of it.
        self.check(self.host.ask("info", client, b'{"requests":[]}'), "info_result", "info")

    def test_what_only_looks_like_a_batch(self):
        client = self.host.open(**NOWHERE)
        for text in (b"", b"[", b"7", b'["requests"]', b'[{"requests":1}]', b'"requests":[]', b'{"desired":{"requests":[]}', b'{"resource":"requests",}',
                     b'{"re\\"quests":1', b'{"requests\\":1', b'{"\\u0172equests":1', b'{"requests_":1', b'{"request":1', b'{"requests'):
            for function in ("plan", "apply"):
                self.check(self.host.ask(function, client, text), "result", text)

    def test_a_request_in_a_batch_that_is_wrong(self):
        client = self.host.open(**NOWHERE)
        wrong = {"result": [7, {}, {"resource": 7}, {"resource": "nothing"}, {**WANTED, "timeout_ms": 9}, {**WANTED, "of_nobody": 1}],
                 "access_key.result": [{"resource": "access_key"}, {"resource": "access_key", "desired": 7},
                                       {"resource": "access_key", "desired": {"name": "?"}}]}
        for shape, requests in wrong.items():
            for function in ("plan", "apply"):
                answer = self.host.ask(function, client, json.dumps({"requests": requests}).encode())
                self.check({**answer, "results": []}, "batch_result", shape)
                for request, each in zip(requests, answer["results"], strict=True):
                    self.check(each, shape, str(request))

    def test_a_call_that_is_cancelled_or_out_of_time(self):
        client, token = self.host.open(**NOWHERE), self.host.token()
        self.host.library.infrastate_cancel_set(token)
        self.each_kind("CANCELLED", lambda function, text: self.host.ask(function, client, text, token), known=True)
        silent = self.host.open(**{**NOWHERE, "host": Silent(self).host, "timeout_ms": 150})
        self.each_kind("DEADLINE", lambda function, text: self.host.ask(function, silent, text), known=True, goes_in=True)

    def test_a_client_that_another_call_uses(self):
        server, token = Silent(self), self.host.token()
        client = self.host.open(**{**NOWHERE, "host": server.host})
        other = threading.Thread(target=self.host.ask, args=("plan", client, json.dumps(WANTED).encode(), token))
        other.start()
        try:
            server.wait_for_a_call(self)
            self.each_kind("DEADLINE", lambda function, text: self.host.ask(function, client, text[:-1] + b',"timeout_ms":50}'), known=True)
        finally:
            self.host.library.infrastate_cancel_set(token)
            other.join()

    def test_a_call_from_inside_the_log(self):
        said = []

        def inside(_user, _level, _text, _size):
            if self.todo:
                said.append(self.host.ask(*self.todo.pop()))
        log = _library.LOG_FUNCTION(inside)
        client = self.host.open(log=log, **NOWHERE)

        def ask(function, text):
            self.todo = [(function, client, text)]
            self.host.ask("plan", client, json.dumps(WANTED).encode())
            return said.pop()
        self.each_kind("BUSY", ask)

    def test_a_call_in_a_forked_child(self):
        client = self.host.open(**NOWHERE)

        def ask(function, text):
            here, there = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    os.write(there, json.dumps(self.host.ask(function, client, text)).encode())
                finally:
                    os._exit(0)
            os.close(there)
            with open(here, "rb") as answer:
                said = answer.read()
            os.waitpid(child, 0)
            return loads(said)
        self.each_kind("FORKED", ask)

    def test_a_server_that_is_not_there(self):
        client = self.host.open(**NOWHERE)
        self.each_kind("TRANSPORT", lambda function, text: self.host.ask(function, client, text), known=True, goes_in=True)


class OtherFunctionsTest(FailureTest):
    """Failures before there is a client or a token. They may have more members than a successful answer."""

    def opens_not(self, code, answer, where):
        self.check(answer, "result", where)
        self.assertEqual(answer["code"], code, answer)
        opened = {field["name"] for field in infrastate.describe()["abi"]["results"]["opened"] if field["always"]}
        self.assertEqual(opened - set(answer), set(), where)

    def test_a_client_that_is_not_opened(self):
        client = ctypes.c_void_p()
        ask = functools.partial(self.host.answer, "client_open")
        for code, config in (("ARGUMENT", None), ("ARGUMENT", b""), ("ARGUMENT", b"["), ("ARGUMENT", b"[]"), ("ARGUMENT", b'{"of_nobody":1}'),
                             ("ARGUMENT", b'{"host":"ftp://x"}'), ("ARGUMENT", b"{}"), ("FILE", b'{"access_key_file":"/nowhere/key"}'),
                             ("FILE", json.dumps({**NOWHERE, "server_certificate_file": "/nowhere/ca"}).encode()),
                             ("ARGUMENT", json.dumps({**NOWHERE, "server_certificate": "none"}).encode())):
            answer = ask(config, 0 if config is None else len(config), self.host.no_log, None, ctypes.byref(client))
            self.opens_not(code, answer, str(config))
            self.assertFalse(client)
        text = json.dumps(NOWHERE).encode()
        self.opens_not("ARGUMENT", ask(text, len(text), self.host.no_log, None, None), "client: NULL")

    def test_a_token_that_is_not_opened(self):
        self.opens_not("ARGUMENT", self.host.answer("cancel_open", None), "cancel: NULL")

    def test_a_token_says_why_it_is_not_opened(self):
        """Both packages report it in the same words, and as a client reports it."""
        lowest = ("import os, resource, infrastate\n"
                  "infrastate.version()\n"
                  "lowest = os.open(os.devnull, os.O_RDONLY); os.close(lowest)\n"
                  "resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, lowest))\n")
        program = self.folder / "starved.py"
        program.write_text(lowest + "import json\n"
                           "try:\n"
                           "    infrastate.Cancel()\n"
                           "except infrastate.NoMemory as error:\n"
                           "    print(json.dumps([dict(error.result, error=dict(error.result['error'])), str(error)], default=list))\n")
        said = self.must_run(sys.executable, program, env={**os.environ, "PYTHONPATH": str(support.ABI / "bindings" / "python")})
        answer, message = json.loads(said)
        self.opens_not("NO_MEMORY", answer, "no descriptor")
        self.assertEqual((answer["error"]["detail"], answer["error"]["retryable"]), ("no_resources", True))
        self.assertEqual(message, answer["error"]["message"])
        self.assertIn("the system had no descriptor", message)
        ruby = ('require "infrastate"\nlowest = File.open(File::NULL) { |file| file.fileno }\nProcess.setrlimit(:NOFILE, lowest, lowest)\n'
                "begin\n  Infrastate::Cancel.new\nrescue Infrastate::NoMemory => e\n  puts e.message, e.detail\nend\n")
        self.assertEqual(self.must_run("ruby", "-I", support.ABI / "bindings" / "ruby" / "lib", "-e", ruby).splitlines(), [message, "no_resources"])

    def test_what_is_no_result(self):
        size = ctypes.c_size_t()
        text = ctypes.string_at(self.host.library.infrastate_result_json(None, ctypes.byref(size)), size.value)
        self.check(loads(text), "result", "NULL")


class BindingsTest(ServerTest):
    """In the packages, a batch that is refused as a whole raises an error of the call."""

    def test_python_raises_it(self):
        with self.client() as client:
            with self.assertRaises(infrastate.ArgumentError) as caught:
                client.plan_all([])
            self.assertEqual(caught.exception.field, "requests")
            self.assertEqual(list(caught.exception.result["results"]), [])

    def test_ruby_raises_it(self):
        program = ('client = Infrastate::Client.open(host: ENV["INFRA_TEST_URL"], access_key: ENV["INFRA_TEST_ADMIN_KEY"])\n'
                   "begin\n  client.plan_all([])\nrescue Infrastate::ArgumentError => e\n  puts e.field, e.result[:results].inspect\nend\n"
                   "exit!(fork { begin; client.plan_all([{resource: 1}]); rescue Infrastate::Forked; exit!(7); end }.then { |pid| Process.wait2(pid)[1].exitstatus } == 7 ? 0 : 1)")
        said = self.must_run("ruby", "-I", support.ABI / "bindings" / "ruby" / "lib", "-r", "infrastate", "-e", "$stdout.sync = true\n" + program,
                             env=support.program_environment())
        self.assertEqual(said.splitlines(), ["requests", "[]"])
