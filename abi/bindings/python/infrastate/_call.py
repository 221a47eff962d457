# SPDX-License-Identifier: Apache-2.0
"""Runs one call of the library on a thread of its own, while the main thread waits in Python.

Python runs signal handlers on the main thread, but not while that thread is inside a foreign function.
So Ctrl-C would only be noticed when a call of half a minute is over. It would then be raised before the
result is taken, and the result may hold the only copy of a secret. Here a handler runs at once and may
set a Cancel. What it raises ends the call, and carries what the call answered. A logger runs in the
caller's thread, too, so what it raises never passes through C."""

import _thread
import ctypes
import logging
import queue
import sys
import threading
import time
import traceback
from typing import Any, Callable, Generic, List, Optional, Tuple, TypeVar

from . import _library

_LEVELS = {3: logging.ERROR, 4: logging.WARNING, 6: logging.INFO, 7: logging.DEBUG}


T = TypeVar("T")
Work = Callable[[], Tuple[T, Optional[Exception]]]

# The queue for the log lines of the call on this thread.
_here = threading.local()


def _log_line(_user: Any, level: int, text: int, size: int) -> None:
    lines = getattr(_here, "lines", None)
    if lines is not None:
        lines.put((_LEVELS.get(level, logging.INFO), ctypes.string_at(text, size).decode("utf-8", "replace")))


log_line = _library.LOG_FUNCTION(_log_line)


class _Call(Generic[T]):
    def __init__(self, work: "Work[T]"):
        # Holds the work until somebody takes it: the new thread, which then does it, or an
        # interrupted caller, which then drops it.
        self._todo: List[Work[T]] = [work]
        self._lines: "queue.SimpleQueue[Optional[Tuple[int, str]]]" = queue.SimpleQueue()
        self._finished = False
        self.result: Optional[T] = None
        self.error: Optional[BaseException] = None

    def start(self, apart: bool) -> None:
        if not apart:
            self._run()
            return
        try:
            # Not a threading.Thread: an interrupt makes it leave parts behind, and at its end
            # Python's own code swallows an interrupt.
            _thread.start_new_thread(self._run, ())
        except RuntimeError:  # no more threads, or the interpreter is shutting down
            self._run()

    def withdraw(self) -> bool:
        """Keeps the work from being done. False: it has begun already."""
        try:
            self._todo.pop()
        except IndexError:
            return False
        return True

    def _run(self) -> None:
        try:
            work = self._todo.pop()
        except IndexError:
            return
        _here.lines = self._lines
        try:
            self.result, self.error = work()
        except BaseException as error:
            # The frames of the traceback may hold a secret in their locals.
            self.error = error.with_traceback(None)
            self.error.__cause__ = self.error.__context__ = None
        finally:
            self._finished = True
            self._lines.put(None)

    def wait(self, logger: Any, seconds: Optional[float] = None) -> None:
        end = None if seconds is None else time.monotonic() + seconds
        while not (self._finished and self._lines.empty()):
            line = self._lines.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
            if line is not None:
                _say(logger, *line)

    def settle(self, logger: Any, cancel: Callable[[], Any], patience: float) -> None:
        """Waits for the end in any case. The first interrupt is raised afterwards; a second one ends the
        patience."""
        try:
            self.wait(logger, patience)
        except BaseException:  # queue.Empty among them: the patience is over
            pass
        while not self._finished:
            try:
                cancel()
                self.wait(logger)
            except BaseException:
                pass


def _say(logger: Any, level: int, text: str) -> None:
    try:
        logger.log(level, "%s", text)
    except Exception:
        # Like logging with errors of its handlers: prints the error and goes on.
        if logging.raiseExceptions and sys.stderr is not None:
            print("--- Logging error ---", file=sys.stderr)
            traceback.print_exc()


def run(work: "Work[T]", logger: Any = None, cancel: Callable[[], Any] = bool, patience: float = 0) -> T:
    """Returns what `work` returns, or raises the error that it returns beside it. An interrupt calls
    `cancel` after `patience` seconds. It still carries what was answered, as `infrastate_result`."""
    call = _Call(work)
    try:
        # Only the main thread runs signal handlers. Another thread needs this only so that log
        # lines come at once.
        call.start(logger is not None or threading.current_thread() is threading.main_thread())
        call.wait(logger)
        if call.error is None:
            return call.result  # type: ignore[return-value]  # a result exists where there is no error
    except BaseException as interrupt:
        if not call.withdraw():
            call.settle(logger, cancel, patience)
            answered = getattr(call.error, "result", None) if call.result is None else call.result
            if answered is not None:
                # Some exceptions have a __setattr__ of their own that refuses new attributes.
                BaseException.__setattr__(interrupt, "infrastate_result", answered)
        raise
    try:
        raise call.error
    finally:
        del call  # else the error, its traceback, this frame and the call would keep each other alive
