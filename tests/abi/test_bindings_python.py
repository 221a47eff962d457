# SPDX-License-Identifier: Apache-2.0
"""The Python package: no secret is printed, no handle is usable after its close, a fork does no harm, and
each code has an exception."""

import concurrent.futures
import copy
import gc
import json
import multiprocessing
import os
import pickle
import pprint
import re
import sys
import threading
import unittest.mock

import infrastate
from infrastate import errors, results
from support import ABI, LibraryTest, ServerTest, program_environment

KEY = re.compile(r"^[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}$")


def open_wrongly():
    infrastate.Client(access_key="aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb", hots="x")


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
        for thing in (result.secret, result, batch, client):
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                with self.assertRaises(TypeError):
                    pickle.dumps(thing, protocol)
        with self.assertRaises(TypeError):
            result.secret.__getstate__()
        with self.assertRaises(TypeError):
            json.dumps(dict(result))

    def test_nothing_that_is_made_of_an_answer_holds_a_secret_as_text(self):
        for answer in (b'{"secret": "bbbbbbbb"}', b'{"results": [{"secret": "bbbbbbbb"}]}', b'[[{"x": {"secret": "bbbbbbbb"}}]]'):
            self.assertNotIn("bbbbbbbb", repr(results.decode(answer)))

    def test_secrets_compare_and_go_back_in(self):
        secret = infrastate.Secret("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb")
        self.assertEqual(secret, infrastate.Secret(secret.reveal()))
        self.assertNotEqual(secret, infrastate.Secret("other"))
        self.assertNotEqual(secret, secret.reveal())
        self.assertEqual((copy.copy(secret), copy.deepcopy(secret)), (secret, secret))
        client = self.client(access_key=infrastate.Secret(self.admin))
        self.assertTrue(client.plan("access_key", {"name": "some-key"}).ok)


class HandleTest(ServerTest):
    def test_a_closed_client_is_gone(self):
        client = self.client()
        client.close()
        client.close()
        self.assertTrue(client.closed)
        self.assertFalse(client._handle.pointer)
        with self.assertRaisesRegex(ValueError, "^the client is closed$"):
            client.plan("access_key", {"name": "some-key"})
        with self.assertRaisesRegex(ValueError, "^the client is closed$"), client:
            self.fail("it was entered")
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
        self.assertFalse(client._handle.pointer)

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
        with self.assertRaisesRegex(ValueError, "^the cancel token is closed$"):
            self.client().plan("access_key", {"name": "some-key"}, cancel=cancel)
        with self.assertRaisesRegex(ValueError, "^the cancel token is closed$"), cancel:
            self.fail("it was entered")

    def test_a_token_is_not_copied_and_its_copy_closes_nothing(self):
        cancel, client = infrastate.Cancel(), self.client()
        for thing in (cancel, client):
            for act in (copy.copy, copy.deepcopy, pickle.dumps):
                with self.assertRaisesRegex(TypeError, "belongs to its process"):
                    act(thing)
        gc.collect()
        self.assertTrue(client.plan("access_key", {"name": "some-key"}, cancel=cancel).ok)
        self.assertEqual((repr(cancel), repr(client)), ("<infrastate.Cancel open>", "<infrastate.Client open>"))

    def test_setting_a_token_that_another_thread_closes_does_nothing(self):
        cancel = infrastate.Cancel()

        class ClosesMeanwhile:
            def __enter__(self):
                cancel._handle._closed = True

            def __exit__(self, *_):
                pass

        cancel._handle._lock = ClosesMeanwhile()
        cancel.set()
        self.assertTrue(cancel.closed)

    def test_a_signal_handler_may_set_what_its_own_thread_is_just_using(self):
        cancel, done = infrastate.Cancel(), []

        def interrupted():
            with cancel._handle._lock:
                cancel.set()
            done.append(True)

        thread = threading.Thread(target=interrupted, daemon=True)
        thread.start()
        thread.join(10)
        self.assertEqual(done, [True])

    def test_calls_work_where_no_thread_can_be_started(self):
        program = ("import atexit, json, os, infrastate\n"
                   "client = infrastate.Client(**json.loads(os.environ['OPTIONS']))\n"
                   "atexit.register(lambda: print(client.apply('access_key', {'name': 'at-exit'}).reason))\n")
        output = self.must_run(sys.executable, "-c", program, env=program_environment(
            PYTHONPATH=str(ABI / "bindings" / "python"), OPTIONS=json.dumps(self.options())))
        self.assertEqual(output, "absent\n")
        with unittest.mock.patch("_thread.start_new_thread", side_effect=RuntimeError("can't start new thread")):
            self.assertEqual(self.client().apply("access_key", {"name": "without"}).reason, "absent")

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
        self.assertEqual(codes, set(infrastate.InfrastateError._by_code))
        for code in codes:
            error = errors.error_for({"code": code, "outcome": "none", "error": {"code": code, "message": "words", "retryable": True}})
            self.assertEqual((error.code, str(error), error.retryable, error.outcome), (code, "words", True, "none"))

    def test_a_code_of_a_later_version_is_an_internal_error(self):
        self.assertIsInstance(errors.error_for({"code": "NOVEL", "error": {"message": "x"}}), infrastate.InternalError)

    def test_errors_are_of_the_kinds_python_has(self):
        for kind, builtin in ((infrastate.ArgumentError, ValueError), (infrastate.DeadlineExceeded, TimeoutError),
                              (infrastate.TransportError, ConnectionError), (infrastate.PermissionDenied, PermissionError)):
            self.assertTrue(issubclass(kind, builtin))

    def test_errors_are_copied_and_pickled_whole_but_for_a_secret(self):
        for kind in infrastate.InfrastateError._by_code.values():
            error = kind({"ok": False, "code": kind.code, "outcome": "unknown", "changed": True, "secret": "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb",
                          "warnings": ["one"], "error": {"code": kind.code, "detail": "word", "message": "words", "field": "name", "http_status": 500,
                                                         "retryable": True}})
            error.note = "of the caller"
            fields = {name: value for name, value in vars(error).items() if name != "result"}
            self.assertEqual(len(fields), 7)
            copies = [(copy.copy(error), error.result.secret), (copy.deepcopy(error), error.result.secret)]
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                pickled = pickle.dumps(error, protocol)
                self.assertNotIn(b"bbbbbbbb", pickled)
                copies.append((pickle.loads(pickled), None))
            for other, secret in copies:
                self.assertIs(type(other), kind)
                self.assertEqual((str(other), other.args, vars(other).keys()), ("words", ("words",), vars(error).keys()))
                self.assertEqual({name: value for name, value in vars(other).items() if name != "result"}, fields)
                self.assertEqual(dict(other.result), {**error.result, "secret": secret})

    def test_an_error_comes_home_from_a_pool_of_processes(self):
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
            with self.assertRaises(infrastate.ArgumentError) as caught:
                pool.submit(open_wrongly).result(60)
        self.assertEqual(caught.exception.field, "hots")
