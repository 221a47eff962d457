# SPDX-License-Identifier: Apache-2.0
"""Makes the library's JSON from Python's values. An error is one sentence that names the parameter."""

import ctypes
import datetime
import json
import math
import os
import re
from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Union

from .results import Secret

Timeout = Union[float, datetime.timedelta]

_MAX_DEPTH = 32  # as in the library
_SECOND = datetime.timedelta(seconds=1)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Request:
    """A text whose repr does not show it, or the reason why it cannot be made. Both are made in frames
    that are gone when the error is raised, because a traceback may show the locals of each frame."""

    __slots__ = ("_text", "_problem")

    def __init__(self, make: Callable[[], Dict[str, Any]]):
        self._problem: Optional[Exception] = None
        try:
            text = json.dumps(_object(make())).encode()
            self._text = ctypes.create_string_buffer(text, len(text))
        except (TypeError, ValueError) as error:
            self._problem = error.with_traceback(None)

    def text(self) -> "ctypes.Array[ctypes.c_char]":
        if self._problem is not None:
            raise self._problem
        return self._text


def config(options: Mapping[str, Any], timeout: Optional[Timeout]) -> Request:
    return Request(lambda: {**options, **_timeout(timeout, "timeout_ms" in options)})


def single(resource: str, name: str, value: Mapping[str, Any], timeout: Optional[Timeout]) -> Request:
    return Request(lambda: {"resource": resource, name: _mapping(value, name), **_timeout(timeout)})


def batch(requests: Iterable[Any], timeout: Optional[Timeout]) -> Request:
    return Request(lambda: {"requests": [_item(each, f"requests[{number}]") for number, each in enumerate(requests)], **_timeout(timeout)})


def _timeout(timeout: Optional[Timeout], given: bool = False) -> Dict[str, Any]:
    if timeout is None:
        return {}
    if given:
        raise TypeError("timeout and timeout_ms are the same; give one of them")
    if isinstance(timeout, datetime.timedelta):
        timeout = timeout / _SECOND
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be a number of seconds or a timedelta, not {_kind(timeout)}")
    # Written so that NaN is refused, too. For more than a day the library names its own limit.
    if not 0 < timeout < 1e12:
        raise ValueError(f"timeout must be a finite number of seconds above 0, not {timeout}")
    return {"timeout_ms": math.ceil(timeout * 1000)}


def _item(item: Any, name: str) -> Any:
    if isinstance(item, Mapping):
        return item
    if not isinstance(item, (tuple, list)) or len(item) != 2:
        found = f"{_kind(item)} of {len(item)}" if isinstance(item, (tuple, list)) else _kind(item)
        raise TypeError(f"{name} must be a mapping or a pair (resource, desired), not {found}")
    return {"resource": item[0], "desired": _mapping(item[1], f"{name}.desired")}


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    return type(value).__name__


def _object(value: Mapping[Any, Any], path: str = "", depth: int = 1) -> Dict[str, Any]:
    made = {}
    for name, each in value.items():
        if not isinstance(name, str):
            raise TypeError(f"{path or 'a request'} has a name that is no text: {_kind(name)}")
        # Callers think of their parameters by their bare names.
        inner = f"{path}.{name}" if path and path not in ("desired", "query") else name
        made[_text(name, f"a name in {path or 'a request'}")] = _plain(each, inner, depth)
    return made


def _plain(value: Any, path: str, depth: int) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Secret):
        return _text(value.reveal(), path)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{path} is {value}, which JSON has no number for")
        return value
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if isinstance(value, datetime.datetime):
        if value.utcoffset() is None:
            raise ValueError(f"{path} is a datetime without a time zone, so no moment; give one with tzinfo")
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    if depth >= _MAX_DEPTH:
        raise ValueError(f"{path[:100]} is nested more than {_MAX_DEPTH} deep")
    if isinstance(value, Mapping):
        return _object(value, path, depth + 1)
    if isinstance(value, (list, tuple)):
        return [_plain(each, f"{path}[{number}]", depth + 1) for number, each in enumerate(value)]
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"{path} is {_kind(value)}; text is needed: decode it")
    raise TypeError(f"{path} is of a type that JSON has no form for: {_kind(value)}")


def _text(value: str, path: str) -> str:
    if _SURROGATE.search(value):
        raise ValueError(f"{path} holds half of a surrogate pair, which is no character")
    return value


def _duration(value: datetime.timedelta) -> str:
    """The duration as Go writes it: -90.5s."""
    seconds, rest = divmod(abs(value) // datetime.timedelta(microseconds=1), 10**6)
    fraction = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if value < datetime.timedelta() else ''}{seconds}{fraction}s"
