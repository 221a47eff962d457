# SPDX-License-Identifier: Apache-2.0
"""Signals, loggers and tracebacks in Python. An interrupt ends a call at once and loses nothing that it
answered. A logger's exception is not lost, and no frame's locals show a secret."""

import _thread
import contextlib
import io
import logging
import os
import random
import signal
import sys
import threading
import time
import traceback
import unittest
import unittest.mock

import infrastate
from infrastate import _library
from support import ServerTest

FAKE = "a" * 10 + "." + "b" * 24  # joined when it runs, because tracebacks print lines of this file


class Alarm(Exception):
    pass


class SignalTest(ServerTest):
    def setUp(self):
        super().setUp()
        for number in (signal.SIGINT, signal.SIGALRM):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        self.addCleanup(self.control, "DELETE", "/faults")

    def delay(self, method, ms, action="delay"):
        self.control("PUT", "/faults", {"rules": [{"action": action, "ms": ms, "times": 0, "match": {"method": method}}]})

    def later(self, number, seconds=0.3):
        timer = threading.Timer(seconds, os.kill, (os.getpid(), number))
        timer.start()
        self.addCleanup(timer.join)

    def test_ctrl_c_ends_a_look_at_once_and_says_what_it_did(self):
        self.delay("GET", 8000)
        client, cancel = self.client(), infrastate.Cancel()
        for call in (client.plan, lambda *words, **more: client.info(words[0], {"user": "connector"}, **more)):
            self.later(signal.SIGINT)
            started = time.monotonic()
            with self.assertRaises(KeyboardInterrupt) as caught:
                call("access_key", {"name": "interrupted"}, cancel=cancel)
            self.assertLess(time.monotonic() - started, 1.5)
            result = caught.exception.infrastate_result
            self.assertEqual((type(result), result.code, result.outcome), (infrastate.Result, "CANCELLED", "none"))
            with self.assertRaises(infrastate.Cancelled):
                client.plan("access_key", {"name": "some-key"}, cancel=cancel)
            cancel = infrastate.Cancel()
        self.control("DELETE", "/faults")
        self.assertTrue(client.plan("access_key", {"name": "some-key"}).ok)

    def test_an_apply_has_two_more_seconds_and_another_ctrl_c_ends_them(self):
        self.delay("POST", 8000)
        for moments, least, most in (((0.3,), 2, 4), ((0.3, 0.6), 0.5, 1.7)):
            started = time.monotonic()
            for seconds in moments:
                self.later(signal.SIGINT, seconds)
            with self.assertRaises(KeyboardInterrupt) as caught:
                self.client().apply("access_key", {"name": f"slow-{len(moments)}"})
            self.assertTrue(least < time.monotonic() - started < most, time.monotonic() - started)
            result = caught.exception.infrastate_result
            self.assertEqual((result.code, result.outcome), ("CANCELLED", "unknown"))

    def test_ctrl_c_in_a_batch_has_the_results_of_all(self):
        self.delay("GET", 8000)
        self.later(signal.SIGINT)
        with self.assertRaises(KeyboardInterrupt) as caught:
            self.client().apply_all([("access_key", {"name": "one"}), ("access_key", {"name": "two"})])
        self.assertEqual([each.code for each in caught.exception.infrastate_result], ["CANCELLED"] * 2)

    def test_a_key_that_is_made_while_ctrl_c_arrives_is_handed_over(self):
        for action in ("delay", "delay_answer"):
            self.delay("POST", 1000, action)
            self.later(signal.SIGINT)
            with self.assertRaises(KeyboardInterrupt) as caught:
                self.client().apply("access_key", {"name": "made-meanwhile"})
            self.assertEqual(caught.exception.infrastate_result.outcome, "changed")
            self.check_known({"made-meanwhile": caught.exception.infrastate_result})
            self.control("POST", "/reset")

    @unittest.skipIf(sys.version_info < (3, 11), "an older Python may interrupt a function between its end and its caller")
    def test_an_interrupt_at_any_moment_loses_no_secret(self):
        client, known, inside, raised, ignored, hit = self.client(), {}, [], [], [], 0
        hook = unittest.mock.patch("sys.unraisablehook", ignored.append)
        hook.start()
        self.addCleanup(hook.stop)

        def ring(*_):
            if inside:
                inside.clear()
                raised.append(True)
                raise Alarm

        signal.signal(signal.SIGALRM, ring)
        chance = random.Random(7)
        for number in range(150):
            name = f"any-{number}"
            inside.append(True)
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0001, 0.003))
                known[name] = client.apply("access_key", {"name": name})
                inside.clear()
            except Alarm as alarm:
                known.setdefault(name, getattr(alarm, "infrastate_result", None))
                hit += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.assertEqual((hit, ignored), (len(raised), []))
        self.assertGreater(hit, 5)
        self.check_known(known)

    def check_known(self, known):
        """The secret of each key on the server has arrived and works."""
        for name in {key["name"] for key in self.keys()} & set(known):
            self.assertIsNotNone(known[name] and known[name].secret, name)
            self.assertEqual(self.server.request("GET", "/api/users/self", token=known[name].secret.reveal()).status, 200)

    def test_an_interrupt_after_the_answer_has_the_secret(self):
        class Interrupts(logging.Handler):
            def emit(self, record):
                if "was created" in record.getMessage():
                    time.sleep(0.3)  # the call has ended, and waits for its caller
                    os.kill(os.getpid(), signal.SIGINT)

        with self.assertRaises(KeyboardInterrupt) as caught:
            self.client(logger=self.logger(Interrupts())).apply("access_key", {"name": "just-made"})
        self.assertEqual(caught.exception.infrastate_result.outcome, "changed")
        self.assertNotIn(caught.exception.infrastate_result.secret.reveal(), repr(vars(caught.exception)))
        self.check_known({"just-made": caught.exception.infrastate_result})

    def test_more_interrupts_do_not_lose_it_either(self):
        class Interrupts(logging.Handler):
            def emit(self, record):
                heard.append(record.getMessage())
                if any(line.startswith("POST") for line in heard):
                    time.sleep(0.1)  # by then the call has ended, and its other lines wait
                    os.kill(os.getpid(), signal.SIGINT)

        heard = []
        with self.assertRaises(KeyboardInterrupt) as caught:
            self.client(logger=self.logger(Interrupts())).apply("access_key", {"name": "impatient"})
        self.assertEqual(caught.exception.infrastate_result.outcome, "changed")
        self.check_known({"impatient": caught.exception.infrastate_result})

    def test_a_call_that_was_not_begun_is_not_made(self):
        client, start = self.client(), _thread.start_new_thread
        client.plan("access_key", {"name": "some-key"})
        for begin in (lambda *_: None, start):
            def interrupted(*work, begin=begin):
                begin(*work)
                raise KeyboardInterrupt

            self.requests()
            open_before = len(os.listdir("/proc/self/fd"))
            with unittest.mock.patch("_thread.start_new_thread", interrupted), self.assertRaises(KeyboardInterrupt) as caught:
                client.apply("access_key", {"name": "begun"})
            self.assertEqual(len(os.listdir("/proc/self/fd")), open_before)
            if hasattr(caught.exception, "infrastate_result"):
                self.assertIs(begin, start)
                self.check_known({"begun": caught.exception.infrastate_result})
            else:
                self.assertEqual(self.requests(), [])

    def test_a_signal_handler_may_cancel_the_call_it_interrupts(self):
        self.delay("GET", 8000)
        cancel, started = infrastate.Cancel(), time.monotonic()
        signal.signal(signal.SIGALRM, lambda *_: cancel.set())
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with self.assertRaises(infrastate.Cancelled):
            self.client().plan("access_key", {"name": "some-key"}, cancel=cancel)
        self.assertLess(time.monotonic() - started, 5)

    def test_a_signal_that_raises_nothing_disturbs_nothing(self):
        self.delay("GET", 600)
        heard = []
        signal.signal(signal.SIGALRM, lambda *_: heard.append(True))
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.05)
        self.assertTrue(self.client().plan("access_key", {"name": "some-key"}).ok)
        self.assertGreater(len(heard), 3)

    def test_an_exception_that_takes_no_attributes_has_the_result_too(self):
        class Stubborn(BaseException):
            def __setattr__(self, name, value):
                raise TypeError("no")

        def ring(*_):
            raise Stubborn

        self.delay("GET", 8000)
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with self.assertRaises(Stubborn) as caught:
            self.client().plan("access_key", {"name": "some-key"})
        self.assertEqual(caught.exception.infrastate_result.code, "CANCELLED")

    def logger(self, handler):
        logger = logging.Logger("infrastate-test", logging.DEBUG)
        logger.addHandler(handler)
        return logger


class LoggerTest(ServerTest):
    def test_a_logger_hears_what_happens_and_no_secret(self):
        logger = logging.getLogger("infrastate-test")
        for given in (logger, logging.LoggerAdapter(logger, {})):
            client = self.client(logger=given)
            with self.assertLogs(logger, logging.DEBUG) as heard:
                result = client.apply("access_key", {"name": "logged", "recreate": "always"})
            text = "\n".join(heard.output)
            self.assertIn("POST /api/access-keys: 201", text)
            self.assertNotIn(result.secret.reveal(), text)
            self.assertEqual({record.threadName for record in heard.records}, {threading.current_thread().name})

    def test_what_a_logger_raises_is_told_and_ends_nothing(self):
        class Broken(logging.Logger):
            def log(self, *_arguments, **_options):
                raise RuntimeError("no log today")

        for tell in (True, False):
            with contextlib.redirect_stderr(io.StringIO()) as told, unittest.mock.patch.object(logging, "raiseExceptions", tell):
                self.assertTrue(self.client(logger=Broken("broken")).plan("access_key", {"name": "some-key"}).ok)
            self.assertEqual("RuntimeError: no log today" in told.getvalue(), tell)

    def test_an_exit_in_a_logger_is_an_exit(self):
        class Exits(logging.Logger):
            def log(self, *_arguments, **_options):
                sys.exit(3)

        with self.assertRaises(SystemExit) as caught:
            self.client(logger=Exits("exits")).apply("access_key", {"name": "some-key"})
        self.assertIsInstance(caught.exception.infrastate_result, infrastate.Result)

    def test_a_logger_may_ask_the_same_client(self):
        answers = []

        class Asks(logging.Logger):
            def log(self, *_arguments, **_options):
                if not answers:
                    answers.append(None)
                    answers.append(client.plan("access_key", {"name": "asked-for"}).reason)

        client = self.client(logger=Asks("asks"))
        self.assertTrue(client.plan("access_key", {"name": "some-key"}).ok)
        self.assertEqual(answers, [None, "absent"])

    def test_another_thing_is_no_logger(self):
        with self.assertRaisesRegex(TypeError, "^logger must be a logging.Logger, not str$"):
            infrastate.Client(**self.options(), logger="infrastate")


def everything(error):
    """An exception printed as fully as a tool can: with the locals of each frame, also of earlier exceptions."""
    parts = []
    while error is not None:
        whole = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True)
        parts += [*whole.format(), repr(error), repr(vars(error)), repr(error.args)]
        parts += everything(error.__cause__) if error.__cause__ is not None else []
        error = error.__context__
    return parts


class TracebackTest(ServerTest):
    def check(self, kind, act):
        """`act` must have the secret in no frame of its own, except in what it passes on."""
        try:
            act()
        except kind as error:
            text = "\n".join(everything(error))
        else:
            self.fail("nothing was raised")
        self.assertIn("infrastate", text)
        self.assertNotIn("bbbbbbbb", text)

    def test_options_do_not_show(self):
        for given in (infrastate.Secret, str):
            self.check(infrastate.ArgumentError, lambda: infrastate.Client(access_key=given(FAKE), hots="x"))
            self.check(TypeError, lambda: infrastate.Client(access_key=given(FAKE), host=b"x"))
            self.check(TypeError, lambda: infrastate.Client(access_key=given(FAKE), logger="x"))
            self.check(ValueError, lambda: infrastate.Client(access_key=given(FAKE), timeout=-1))
            self.check(infrastate.AuthError, lambda: self.client(access_key=given(FAKE)).plan("access_key", {"name": "some-key"}))
            with unittest.mock.patch.dict(os.environ, INFRASTATE_LIBRARY="/nowhere"), unittest.mock.patch.object(_library, "_loaded", None):
                self.check(ImportError, lambda: infrastate.Client(access_key=given(FAKE)))

    def test_requests_do_not_show(self):
        client = self.client(host="https://localhost:1", retries=0)
        for given in (infrastate.Secret, str):
            for more, kind in (({}, infrastate.TransportError), ({"nmae": "x"}, infrastate.ArgumentError), ({"user": b"x"}, TypeError),
                               ({"keepers": {"a": float("nan")}}, ValueError)):
                for call in (client.plan, client.apply):
                    self.check(kind, lambda: call("access_key", {"name": "some-key", "current_secret": given(FAKE), **more}))
                if kind in (TypeError, ValueError):
                    for call in (client.plan_all, client.apply_all):
                        self.check(kind, lambda: call([("access_key", {"name": "some-key", "current_secret": given(FAKE), **more})]))
            self.check(TypeError, lambda: client.plan("access_key", {"name": "some-key", "current_secret": given(FAKE)}, cancel=5))

    def test_answers_do_not_show(self):
        client = self.client()
        for kind, answer in ((infrastate.ServerError, b'{"ok": false, "code": "SERVER", "secret": "%s", "error": {"message": "words"}}'),
                             (infrastate.InternalError, b'{"ok": true, "secret": "%s"'), (infrastate.InternalError, b'["%s"]')):
            with self.answers(answer % FAKE.encode()):
                self.check(kind, lambda: client.apply("access_key", {"name": "some-key"}))
                self.check(kind, lambda: client.apply_all([("access_key", {"name": "some-key"})]))

        def no_memory(*_arguments, **_options):
            text = FAKE  # as in a decoder's frame
            try:
                raise KeyError(text)
            except KeyError as error:
                raise MemoryError(len(text)) from error

        with self.answers(b"{}"), unittest.mock.patch("json.loads", no_memory):
            self.check(MemoryError, lambda: client.apply("access_key", {"name": "some-key"}))

    @contextlib.contextmanager
    def answers(self, text):
        take = _library.take_result
        with unittest.mock.patch.object(_library, "take_result", lambda *both: (take(*both), text)[1]):
            yield
