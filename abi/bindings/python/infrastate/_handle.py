# SPDX-License-Identifier: Apache-2.0
"""A handle of the library: gone once it is closed or forgotten, never closed under a call that uses
it, harmless in a forked child."""

import contextlib
import ctypes
import os
import threading
from typing import Any, Callable, Iterator


class Closed(ValueError):
    pass


class Handle:
    """A pointer that is freed when it was closed and nobody uses it any more. `pointer` is there
    before the library fills it in, so that no interrupt can lose what it points to. Its owner
    closes it; a __del__ of its own would swallow an interrupt at the end of each call."""

    def __init__(self, what: str, free: Callable[[Any], Any]):
        self.pointer = ctypes.c_void_p()
        self._what = what
        self._free = free
        self._closed = False
        self._start_count()

    def _start_count(self) -> None:
        self._process = os.getpid()
        self._users = 0
        # Taken again by a signal handler that closes or sets what its own thread is just using.
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def _counting(self) -> Iterator[None]:
        if self._process != os.getpid():
            # Threads of the parent, and what they held, do not exist in a child.
            self._start_count()
        with self._lock:
            yield

    @contextlib.contextmanager
    def use(self) -> Iterator[ctypes.c_void_p]:
        with self._counting():
            self._users += 1
        try:
            # Asked when it cannot be freed any more.
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
