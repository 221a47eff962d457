# SPDX-License-Identifier: Apache-2.0
"""Client and Cancel: handles of the library as context managers. A handle is gone once it is
closed, cannot be closed under a call that uses it, and does no harm in a forked child."""

import contextlib
import ctypes
import json
import logging
import os
import threading
import weakref
from typing import Any, Iterator, Mapping, Optional, Sequence, Tuple, Union

from . import _library
from .errors import InternalError, error_for
from .results import BatchResult, Result, Secret

_LEVELS = {3: logging.ERROR, 4: logging.WARNING, 6: logging.INFO, 7: logging.DEBUG}


class _Handle:
    """A pointer that is freed when it was closed and nobody uses it any more."""

    def __init__(self, pointer: int, free: Any):
        self._pointer: Optional[int] = pointer
        self._free = free
        self._users = 0
        self._closed = False
        self._lock = threading.Lock()
        _handles.add(self)

    def after_fork(self) -> None:
        """Threads of the parent, and what they held, do not exist in a child."""
        self._lock = threading.Lock()
        self._users = 0

    @contextlib.contextmanager
    def use(self) -> Iterator[int]:
        with self._lock:
            if self._closed or self._pointer is None:
                raise ValueError("it is closed")
            self._users += 1
            pointer = self._pointer
        try:
            yield pointer
        finally:
            with self._lock:
                self._users -= 1
            self._free_if_unused()

    def close(self) -> None:
        self._closed = True
        self._free_if_unused()

    def _free_if_unused(self) -> None:
        with self._lock:
            if not self._closed or self._users > 0:
                return
            pointer, self._pointer = self._pointer, None
        if pointer is not None:
            self._free(pointer)

    @property
    def closed(self) -> bool:
        return self._closed


def _after_fork() -> None:
    for handle in list(_handles):
        handle.after_fork()


_handles: "weakref.WeakSet[_Handle]" = weakref.WeakSet()
os.register_at_fork(after_in_child=_after_fork)


class Cancel:
    """Cancels the calls it is given to, from any thread, once and for ever."""

    _handle: Optional[_Handle] = None

    def __init__(self) -> None:
        library = _library.load()
        pointer = library.infrastate_cancel_new()
        if not pointer:
            raise MemoryError("no memory or descriptor for a cancel token")
        self._library = library
        self._handle = _Handle(pointer, library.infrastate_cancel_free)

    def set(self) -> None:
        if self._handle is not None and not self._handle.closed:
            with self._handle.use() as pointer:
                self._library.infrastate_cancel_set(pointer)

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()

    def __enter__(self) -> "Cancel":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def _plain(value: Any) -> Any:
    """What json cannot write by itself: a Secret that goes in, which only the library sees."""
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} is not JSON")


def _encode(value: Any) -> bytes:
    return json.dumps(value, default=_plain, allow_nan=False).encode()


class Client:
    """One server and one set of credentials. The options are the library's, by their names:
    host, access_key, access_key_file, username, password, server_certificate, timeout_ms, ...
    (see describe()). `logger` gets what happens, without secrets."""

    _handle: Optional[_Handle] = None

    def __init__(self, *, logger: Optional[logging.Logger] = None, **options: Any) -> None:
        self._library = _library.load()
        self._logger = logger
        # Kept alive as long as the client: the library calls it.
        self._callback = _library.LOG_FUNCTION(self._log) if logger is not None else _library.LOG_FUNCTION()
        config = _encode(options)
        pointer, result = ctypes.c_void_p(), ctypes.c_void_p()
        code = self._library.infrastate_client_open(config, len(config), self._callback, None,
                                                    ctypes.byref(pointer), ctypes.byref(result))
        answer = json.loads(_library.take_result(self._library, result))
        if code != 0 or pointer.value is None:
            raise error_for(answer)
        self.warnings = list(answer.get("warnings", []))
        self._handle = _Handle(pointer.value, self._library.infrastate_client_close)

    def plan(self, resource: str, desired: Mapping[str, Any], *, timeout: Optional[float] = None,
             cancel: Optional[Cancel] = None) -> Result:
        """What apply() would do. `timeout` in seconds may shorten the client's."""
        return self._one("infrastate_plan", {"resource": resource, "desired": dict(desired)}, timeout, cancel)

    def apply(self, resource: str, desired: Mapping[str, Any], *, timeout: Optional[float] = None,
              cancel: Optional[Cancel] = None) -> Result:
        """Brings the resource into the desired state. The result may hold the only copy of a secret."""
        return self._one("infrastate_apply", {"resource": resource, "desired": dict(desired)}, timeout, cancel)

    def info(self, resource: str, query: Optional[Mapping[str, Any]] = None, *, timeout: Optional[float] = None,
             cancel: Optional[Cancel] = None) -> Result:
        """What there is; for "access_key" under `keys`."""
        return self._one("infrastate_info", {"resource": resource, "query": dict(query or {})}, timeout, cancel)

    def plan_all(self, requests: Sequence[Union[Mapping[str, Any], Tuple[str, Mapping[str, Any]]]], *,
                 timeout: Optional[float] = None, cancel: Optional[Cancel] = None) -> BatchResult:
        """A batch of {"resource": ..., "desired": ...} or (resource, desired). Each has its own
        outcome: look at `ok`, or at the results."""
        return self._batch("infrastate_plan", requests, timeout, cancel)

    def apply_all(self, requests: Sequence[Union[Mapping[str, Any], Tuple[str, Mapping[str, Any]]]], *,
                  timeout: Optional[float] = None, cancel: Optional[Cancel] = None) -> BatchResult:
        """As plan_all(), for real."""
        return self._batch("infrastate_apply", requests, timeout, cancel)

    def close(self) -> None:
        """Ends the connection; after the calls that still run in other threads. May be repeated."""
        if self._handle is not None:
            self._handle.close()

    @property
    def closed(self) -> bool:
        return self._handle is None or self._handle.closed

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<infrastate.Client {'closed' if self.closed else 'open'}>"

    def __reduce__(self) -> Any:
        raise TypeError("a Client belongs to its process and is not pickled")

    def _one(self, function: str, request: Any, timeout: Optional[float], cancel: Optional[Cancel]) -> Result:
        answer = self._call(function, request, timeout, cancel)
        if not answer.get("ok"):
            raise error_for(answer)
        return Result(answer)

    def _batch(self, function: str, requests: Any, timeout: Optional[float], cancel: Optional[Cancel]) -> BatchResult:
        items = [each if isinstance(each, Mapping) else {"resource": each[0], "desired": each[1]} for each in requests]
        answer = self._call(function, {"requests": items}, timeout, cancel)
        if "results" not in answer:
            raise error_for(answer)
        return BatchResult(answer)

    def _call(self, function: str, request: Any, timeout: Optional[float], cancel: Optional[Cancel]) -> Any:
        if timeout is not None:
            request["timeout_ms"] = max(1, int(timeout * 1000))
        text = _encode(request)
        if self._handle is None:
            raise ValueError("the client is not open")
        with contextlib.ExitStack() as held:
            pointer = held.enter_context(self._handle.use())
            token = None
            if cancel is not None:
                if cancel._handle is None:
                    raise ValueError("the cancel token is not open")
                token = held.enter_context(cancel._handle.use())
            result = ctypes.c_void_p()
            code = getattr(self._library, function)(pointer, text, len(text), token, ctypes.byref(result))
            answer = json.loads(_library.take_result(self._library, result))
        if not isinstance(answer, dict):
            raise InternalError({"error": {"message": f"the library answered code {code} without a result"}})
        return answer

    def _log(self, _user: Any, level: int, text: int, size: int) -> None:
        # An exception must not reach C; ctypes would print it, and with it what it holds.
        with contextlib.suppress(Exception):
            if self._logger is not None:
                self._logger.log(_LEVELS.get(level, logging.INFO), "%s", ctypes.string_at(text, size).decode())


def describe() -> Any:
    """All resources, parameters, result fields and codes that the library knows."""
    library = _library.load()
    result = ctypes.c_void_p()
    code = library.infrastate_describe(ctypes.byref(result))
    answer = json.loads(_library.take_result(library, result))
    if code != 0:
        raise error_for(answer)
    return answer


def version() -> str:
    """The version of the library."""
    return str(_library.load().infrastate_version().decode())
