# SPDX-License-Identifier: Apache-2.0
"""Python's way to the library: no secret is printed, no handle outlives its close, a fork is
survived, and each code is an exception."""

import copy
import gc
import json
import logging
import os
import pickle
import pprint
import re
import sys
import threading
import traceback

import infrastate
from infrastate import errors
from support import ABI, LibraryTest, ServerTest, library, program_environment

KEY = re.compile(r"^[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}$")


class SecretTest(ServerTest):
    def test_no_way_of_printing_shows_a_secret(self):
        client = self.client()
        result = client.apply("access_key", {"name": "printed"})
        batch = client.apply_all([("access_key", {"name": "printed-too"})])
        secrets = [result.secret.reveal(), batch[0].secret.reveal(), self.admin]
        self.assertRegex(secrets[0], KEY)
        shown = [repr(result), str(result), f"{result}", f"{result.secret:>20}", repr(result.secret), str(result.secret), "%s" % result.secret,
                 pprint.pformat(dict(result)), repr(result["secret"]), repr(batch), repr(list(batch)), repr(client), repr(vars(client)),
                 repr(list(result.items())), repr(copy.copy(result))]
        for secret in secrets:
            for text in shown:
                self.assertNotIn(secret, text)
        for thing in (result.secret, result, client):
            with self.assertRaises(TypeError):
                pickle.dumps(thing)
        with self.assertRaises(TypeError):
            json.dumps(dict(result))

    def test_a_traceback_shows_no_secret(self):
        wrong = "a" * 10 + "." + "b" * 24  # not as it is printed with this line
        try:
            self.client(access_key=wrong).plan("access_key", {"name": "some-key"})
        except infrastate.AuthError as error:
            text = "".join(traceback.format_exception(type(error), error, error.__traceback__)) + repr(error) + repr(vars(error))
        self.assertNotIn("bbbbbbbb", text)

    def test_secrets_compare_and_go_back_in(self):
        secret = infrastate.Secret("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb")
        self.assertEqual(secret, infrastate.Secret(secret.reveal()))
        self.assertNotEqual(secret, infrastate.Secret("other"))
        self.assertNotEqual(secret, secret.reveal())
        client = self.client(access_key=infrastate.Secret(self.admin))
        self.assertTrue(client.plan("access_key", {"name": "some-key"}).ok)

    def test_a_logger_hears_what_happens_and_no_secret(self):
        logger = logging.getLogger("infrastate-test")
        client = self.client(logger=logger)
        with self.assertLogs(logger, logging.DEBUG) as heard:
            result = client.apply("access_key", {"name": "logged"})
        text = "\n".join(heard.output)
        self.assertIn("POST /api/access-keys: 201", text)
        self.assertNotIn(result.secret.reveal(), text)

    def test_an_exception_in_a_logger_does_not_reach_the_library(self):
        class Broken(logging.Logger):
            def log(self, *_arguments, **_options):
                raise RuntimeError("no log today")
        self.assertTrue(self.client(logger=Broken("broken")).plan("access_key", {"name": "some-key"}).ok)


class HandleTest(ServerTest):
    def test_a_closed_client_is_gone(self):
        client = self.client()
        client.close()
        client.close()
        self.assertTrue(client.closed)
        self.assertIsNone(client._handle._pointer)
        with self.assertRaises(ValueError):
            client.plan("access_key", {"name": "some-key"})
        with infrastate.Client(**self.options()) as inside:
            self.assertFalse(inside.closed)
        self.assertTrue(inside.closed)

    def test_a_client_that_did_not_open_has_no_handle(self):
        with self.assertRaises(infrastate.ArgumentError) as caught:
            infrastate.Client(access_key="aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb", hots="x")
        self.assertEqual(caught.exception.field, "hots")
        gc.collect()

    def test_closing_under_a_call_waits_for_it(self):
        self.control("PUT", "/faults", {"rules": [{"action": "delay", "ms": 1000, "match": {"method": "GET"}}]})
        self.addCleanup(self.control, "DELETE", "/faults")
        client, results = self.client(), []
        thread = threading.Thread(target=lambda: results.append(client.plan("access_key", {"name": "some-key"}).ok))
        thread.start()
        while client._handle._users == 0 and thread.is_alive():
            pass
        client.close()
        self.assertTrue(client.closed)
        thread.join()
        self.assertEqual(results, [True])
        self.assertIsNone(client._handle._pointer)

    def test_forgotten_handles_are_freed(self):
        for _ in range(3):
            infrastate.Client(**self.options())
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(50):
            infrastate.Client(**self.options()).plan("access_key", {"name": "some-key"})
            infrastate.Cancel()
        gc.collect()
        self.assertLessEqual(len(os.listdir("/proc/self/fd")), before + 2)

    def test_a_token_cancels_and_closes(self):
        with infrastate.Cancel() as cancel:
            cancel.set()
            with self.assertRaises(infrastate.Cancelled) as caught:
                self.client().apply("access_key", {"name": "some-key"}, cancel=cancel)
            self.assertEqual(caught.exception.outcome, "none")
        cancel.set()
        with self.assertRaises(ValueError):
            self.client().plan("access_key", {"name": "some-key"}, cancel=cancel)

    def test_threads_share_a_client(self):
        client, results = self.client(), []
        threads = [threading.Thread(target=lambda: results.extend(client.plan("access_key", {"name": "shared"}).ok for _ in range(10))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [True] * 40)

    def test_a_child_is_refused_and_the_parent_goes_on(self):
        client = self.client()
        client.plan("access_key", {"name": "some-key"})
        child = os.fork()
        if child == 0:
            code = 1
            try:
                client.plan("access_key", {"name": "some-key"})
            except infrastate.Forked:
                code = 0
            client.close()
            os._exit(code)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertTrue(client.plan("access_key", {"name": "some-key"}).ok)

    def test_a_child_of_a_busy_parent_does_not_hang(self):
        client, stop = self.client(), threading.Event()

        def work():
            while not stop.is_set():
                client.plan("access_key", {"name": "some-key"})

        thread = threading.Thread(target=work)
        thread.start()
        try:
            for _ in range(20):
                child = os.fork()
                if child == 0:
                    client.close()
                    os._exit(0)
                self.assertEqual(os.waitpid(child, 0)[1], 0)
        finally:
            stop.set()
            thread.join()


class ErrorTest(LibraryTest):
    def test_every_code_has_an_exception(self):
        codes = {code["name"] for code in infrastate.describe()["codes"]} - {"OK", "PARTIAL"}
        self.assertEqual(codes, set(errors._BY_CODE))
        for code in codes:
            error = errors.error_for({"code": code, "outcome": "none", "error": {"code": code, "message": "words", "retryable": True}})
            self.assertEqual((error.code, str(error), error.retryable, error.outcome), (code, "words", True, "none"))

    def test_a_code_of_a_later_version_is_an_internal_error(self):
        self.assertIsInstance(errors.error_for({"code": "NOVEL", "error": {"message": "x"}}), infrastate.InternalError)

    def test_errors_are_of_the_kinds_python_has(self):
        for kind, builtin in ((infrastate.ArgumentError, ValueError), (infrastate.DeadlineExceeded, TimeoutError),
                              (infrastate.TransportError, ConnectionError), (infrastate.PermissionDenied, PermissionError)):
            self.assertTrue(issubclass(kind, builtin))

    def test_the_package_is_typed(self):
        self.assertTrue((ABI / "bindings" / "python" / "infrastate" / "py.typed").exists())
        for name in infrastate.__all__:
            thing = getattr(infrastate, name)
            self.assertTrue(thing.__doc__ or issubclass(thing, Exception), name)

    def test_another_major_version_is_refused(self):
        source = self.folder / "other.c"
        names = [name for name in (ABI / "infrastate.map").read_text().replace(";", "").split() if name.startswith("infrastate_")]
        source.write_text("".join(f"unsigned {name}(void) {{ return {2 << 16 if name.endswith('abi_version') else 0}; }}\n" for name in names))
        self.must_run("cc", "-shared", "-fPIC", "-o", self.folder / "other.so", source)
        output = self.must_run(sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1])\nimport infrastate\n"
                               "try:\n    infrastate.version()\nexcept ImportError as error:\n    print(error)",
                               ABI / "bindings" / "python", env=program_environment(INFRASTATE_LIBRARY=str(self.folder / "other.so")))
        self.assertIn("interface 2.0; 1.x is needed", output)
        self.assertTrue(library().exists())
