# SPDX-License-Identifier: Apache-2.0
"""A handle of the library. It is freed once it is closed or forgotten, but never while a call uses it.
In a forked child it does no harm."""

import contextlib
import ctypes
import os
import threading
from typing import Any, Callable, Iterator


class Closed(ValueError):
    pass


class Handle:
    """A pointer that is freed once it was closed and no call uses it any more. `pointer` exists before
    the library fills it in, so an interrupt cannot lose what it points to. The owner of the handle closes
    it. The handle has no __del__, because that would swallow an interrupt at the end of each call."""

    def __init__(self, what: str, free: Callable[[Any], Any]):
        self.pointer = ctypes.c_void_p()
        self._what = what
        self._free = free
        self._closed = False
        self._start_count()

    def _start_count(self) -> None:
        self._process = os.getpid()
        self._users = 0
        # Reentrant: a signal handler may close or set a handle that its own thread is just using.
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def _counting(self) -> Iterator[None]:
        if self._process != os.getpid():
            # Threads of the parent do not exist in a child, so what they held counts no more.
            self._start_count()
        with self._lock:
            yield

    @contextlib.contextmanager
    def use(self) -> Iterator[ctypes.c_void_p]:
        with self._counting():
            self._users += 1
        try:
            # Checked after the use is counted: from here on the handle cannot be freed.
            self.check()
            yield self.pointer
        finally:
            with self._counting():
                self._users -= 1
            self._free_if_unused()

    def check(self) -> None:
        if self.closed:
            raise Closed(f"the {self._what} is closed")

    def close(self) -> None:
        self._closed = True
        self._free_if_unused()

    def _free_if_unused(self) -> None:
        with self._counting():
            if not self._closed or self._users > 0:
                return
            pointer, self.pointer = self.pointer, ctypes.c_void_p()
        if pointer:
            self._free(pointer)

    @property
    def closed(self) -> bool:
        return self._closed or not self.pointer
