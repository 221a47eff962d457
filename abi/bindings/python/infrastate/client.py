# SPDX-License-Identifier: Apache-2.0
"""Client and Cancel, and the questions that need no client."""

import contextlib
import ctypes
import logging
from typing import Any, Callable, Dict, Iterable, List, Mapping, NoReturn, Optional, Tuple, TypeVar, Union

from . import _call, _library, _request
from ._handle import Closed, Handle
from ._request import Timeout
from .errors import InfrastateError, InternalError, error_for
from .results import BatchResult, Result, Secret, decode, plain

Item = Union[Mapping[str, Any], Tuple[str, Mapping[str, Any]]]
# How long an interrupted apply may go on before it is cancelled. A key that is just being made is
# then still handed over; otherwise nobody would ever have its secret.
_PATIENCE = 2.0

T = TypeVar("T")
S = TypeVar("S", bound="_Owner")
Judged = Tuple[T, Optional[InfrastateError]]


class _Owner:
    """The base of clients and tokens: a handle that a `with` closes and that cannot be copied."""

    _handle = Handle("handle", bool)  # counts as closed where __init__ has failed

    def close(self) -> None:
        """Frees the handle, after the calls in other threads that still use it. May be called again."""
        self._handle.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed, and so cannot be used any more."""
        return self._handle.closed

    def __enter__(self: S) -> S:
        self._handle.check()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<infrastate.{type(self).__name__} {'closed' if self.closed else 'open'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} belongs to its process, and is neither copied nor pickled")


class Cancel(_Owner):
    """Cancels the calls it is given to, from any thread or signal handler. A set token stays set."""

    def __init__(self) -> None:
        self._handle = _new_token()

    def set(self) -> None:
        """Cancels the calls that have the token, now and later. Does nothing if the token is closed."""
        _set(self._handle)


def _new_token() -> Handle:
    library = _library.load()
    token = Handle("cancel token", library.infrastate_cancel_free)
    result = ctypes.c_void_p()
    library.infrastate_cancel_open(ctypes.byref(token.pointer), ctypes.byref(result))
    answer = _library.take_result(library, result)
    if token.closed:
        raise error_for(decode(answer))
    return token


def _set(token: Handle) -> None:
    with contextlib.suppress(Closed), token.use() as pointer:
        _library.load().infrastate_cancel_set(pointer)


class Client(_Owner):
    """One server and one set of credentials. The options have the library's names:
    host, access_key, access_key_file, username, password, server_certificate, retries, ...
    (see describe()["abi"]["config"]). `timeout`, in seconds, is the longest that one call may take.
    `logger` gets the log lines, without secrets, in the thread of the call. It drops lines below its own
    level. `log_level` (syslog's numbers: 3 errors, 4 warnings, 6 what was done, 7 each request) drops
    lines before they are composed.

    An `access_key_file` is read again when it has changed, so a client outlives the key it began with.

    Values are Python's: paths, timedeltas, datetimes with a time zone, any mapping, Secrets.

    An exception that interrupts a call, such as KeyboardInterrupt, sets the call's `cancel` and is raised
    when the call has ended. Its attribute `infrastate_result` is what the call has answered. An apply
    goes on for two more seconds first, so that a key which is just being made is handed over. Another
    interrupt ends that wait."""

    def __init__(self, *, timeout: Optional[Timeout] = None, logger: "Union[logging.Logger, logging.LoggerAdapter[Any], None]" = None,
                 **options: Any) -> None:
        if logger is not None and options.get("log_level") is None:
            options["log_level"] = 7  # the logger's own level may change
        config = _request.config(options, timeout)
        options.clear()  # a traceback may show them
        text = config.text()
        if logger is not None and not callable(getattr(logger, "log", None)):
            raise TypeError(f"logger must be a logging.Logger, not {type(logger).__name__}")
        self._library = _library.load()
        self._handle = Handle("client", self._library.infrastate_client_close)
        self._logger = logger
        callback = _call.log_line if logger is not None else _library.LOG_FUNCTION()

        def open_client(result: Any) -> Any:
            return self._library.infrastate_client_open(text, len(text), callback, None, ctypes.byref(self._handle.pointer), result)

        self.warnings: List[str] = _call.run(_work(open_client, _one), logger).warnings

    def plan(self, resource: str, desired: Mapping[str, Any], *, timeout: Optional[Timeout] = None,
             cancel: Optional[Cancel] = None) -> Result:
        """Says what apply() would do. `timeout`, in seconds, may shorten the client's."""
        request = _request.single(resource, "desired", desired, timeout)
        del desired  # a traceback may show it
        return self._ask("infrastate_plan", request, _one, cancel)

    def apply(self, resource: str, desired: Mapping[str, Any], *, timeout: Optional[Timeout] = None,
              cancel: Optional[Cancel] = None) -> Result:
        """Brings the resource into the desired state. The result may hold the only copy of a secret."""
        request = _request.single(resource, "desired", desired, timeout)
        del desired
        return self._ask("infrastate_apply", request, _one, cancel)

    def info(self, resource: str, query: Optional[Mapping[str, Any]] = None, *, timeout: Optional[Timeout] = None,
             cancel: Optional[Cancel] = None) -> Result:
        """Lists what exists: for "access_key" under `result["access_keys"]`, for "destination" under
        `result["destinations"]`."""
        return self._ask("infrastate_info", _request.single(resource, "query", {} if query is None else query, timeout), _one, cancel)

    def plan_all(self, requests: Iterable[Item], *, timeout: Optional[Timeout] = None, cancel: Optional[Cancel] = None) -> BatchResult:
        """Plans a batch of {"resource": ..., "desired": ...} or (resource, desired). Each request has its
        own outcome: look at `ok`, or at the results."""
        request = _request.batch(requests, timeout)
        del requests
        return self._ask("infrastate_plan", request, _batch, cancel)

    def apply_all(self, requests: Iterable[Item], *, timeout: Optional[Timeout] = None, cancel: Optional[Cancel] = None) -> BatchResult:
        """Like plan_all(), but applies the requests."""
        request = _request.batch(requests, timeout)
        del requests
        return self._ask("infrastate_apply", request, _batch, cancel)

    def _ask(self, function: str, request: _request.Request, judge: "Callable[[Any], Judged[T]]", cancel: Optional[Cancel]) -> T:
        if cancel is not None and not isinstance(cancel, Cancel):
            raise TypeError(f"cancel must be a Cancel, not {type(cancel).__name__}")
        text = request.text()
        self._handle.check()
        # Without a token the call gets one of its own, which an interrupt can set.
        token = _new_token() if cancel is None else cancel._handle
        token.check()

        def ask(result: Any) -> Any:
            with contextlib.ExitStack() as held:
                if cancel is None:
                    held.callback(token.close)
                client = held.enter_context(self._handle.use())
                pointer = held.enter_context(token.use())
                return getattr(self._library, function)(client, text, len(text), pointer, result)

        try:
            return _call.run(_work(ask, judge), self._logger, lambda: _set(token), _PATIENCE if function == "infrastate_apply" else 0)
        except BaseException:
            if cancel is None:
                token.close()  # if the call was not begun
            raise

    def _call(self, function: str, request: Dict[str, Any], timeout: Optional[Timeout], cancel: Optional[Cancel]) -> Any:
        """The answer as the library wrote it, with its secret in plain text. For the library's own tests."""
        return self._ask(function, _request.config(request, timeout), lambda answer: (plain(answer, Secret.reveal), None), cancel)


def _work(ask: Callable[[Any], int], judge: "Callable[[Any], Judged[T]]") -> "_call.Work[T]":
    """Calls the library and returns what `judge` makes of the answer."""
    def work() -> "Judged[T]":
        result = ctypes.c_void_p()
        code = ask(ctypes.byref(result))
        answer = decode(_library.take_result(_library.load(), result))
        if not isinstance(answer, Mapping):
            raise InternalError({"error": {"message": f"the library answered code {code} without a result"}})
        return judge(answer)

    return work


def _one(answer: Any) -> "Judged[Result]":
    result = Result(answer)
    return result, result.error


def _batch(answer: Any) -> "Judged[BatchResult]":
    if not answer["ok"] and answer["code"] != "PARTIAL":  # refused as a whole
        raise error_for(answer)
    return BatchResult(answer), None


def describe() -> Dict[str, Any]:
    """All resources, parameters, result fields and codes that the library knows."""
    return _call.run(_work(_library.load().infrastate_describe, _description))


def _description(answer: Any) -> "Judged[Dict[str, Any]]":
    if "resources" not in answer:
        raise error_for(answer)
    return plain(answer, str), None


def version() -> str:
    """The version of the library."""
    return str(_library.load().infrastate_version().decode())
