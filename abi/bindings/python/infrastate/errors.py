# SPDX-License-Identifier: Apache-2.0
"""One exception a code, all of them InfrastateError."""

from typing import Any, Dict, Mapping, Optional, Tuple, Type


class InfrastateError(Exception):
    """A call that failed. `outcome` says what it may have done all the same."""

    code = "INTERNAL"

    def __init__(self, result: Mapping[str, Any]):
        from .results import Result  # which needs this module

        #: All that was answered; a secret too where a key was made before the failure.
        self.result = result if isinstance(result, Result) else Result(result)
        error: Mapping[str, Any] = self.result.get("error") or {}
        super().__init__(error.get("message") or self.code)
        self.detail: Optional[str] = error.get("detail")
        self.field: Optional[str] = error.get("field")
        self.http_status: Optional[int] = error.get("http_status")
        self.retryable: bool = bool(error.get("retryable"))
        self.outcome: str = self.result.get("outcome", "unknown")
        self.changed: bool = bool(self.result.get("changed"))

    def __copy__(self) -> "InfrastateError":
        return _again(type(self), self.result, vars(self))

    def __deepcopy__(self, _memo: Any) -> "InfrastateError":
        return self.__copy__()

    def __reduce__(self) -> Tuple[Any, ...]:
        from .results import plain

        # A pickle leaves the process, and an error must get through: without the secret.
        more = {name: value for name, value in vars(self).items() if name != "result"}
        return _again, (type(self), plain(self.result, lambda _secret: None), more)


def _again(kind: Type[InfrastateError], result: Mapping[str, Any], more: Mapping[str, Any]) -> InfrastateError:
    error = kind(result)
    vars(error).update(more)
    return error


class ArgumentError(InfrastateError, ValueError):
    """A parameter is wrong; `field` names it."""

    code = "ARGUMENT"


class AuthError(InfrastateError):
    """The server does not accept the credentials."""

    code = "AUTH"


class PermissionDenied(InfrastateError, PermissionError):
    """The credentials may not do this."""

    code = "PERMISSION"


class NotFound(InfrastateError, LookupError):
    """A user or key that is named is not there."""

    code = "NOT_FOUND"


class Conflict(InfrastateError):
    """Somebody else holds the name."""

    code = "CONFLICT"


class TransportError(InfrastateError, ConnectionError):
    """No way to the server, or no HTTP on it."""

    code = "TRANSPORT"


class DeadlineExceeded(InfrastateError, TimeoutError):
    """The time given was used up; look at `outcome`."""

    code = "DEADLINE"


class Cancelled(InfrastateError):
    """By the cancel token, or an interrupt; look at `outcome`."""

    code = "CANCELLED"


class ServerError(InfrastateError):
    """The server failed."""

    code = "SERVER"


class Refused(InfrastateError):
    """A policy parameter forbids the change that is needed."""

    code = "REFUSED"


class FileError(InfrastateError):
    """A file could not be read, written or locked."""

    code = "FILE"


class Busy(InfrastateError, RuntimeError):
    """The library was called from inside its log callback; a logger is not."""

    code = "BUSY"


class Forked(InfrastateError, RuntimeError):
    """The client belongs to the parent process."""

    code = "FORKED"


class InternalError(InfrastateError, RuntimeError):
    """A defect in the library, or a code of a later version."""

    code = "INTERNAL"


class NoMemory(InfrastateError, MemoryError):
    """The library ran out of memory; look at `outcome`."""

    code = "NO_MEMORY"


class Unsupported(InfrastateError):
    """The server is too old."""

    code = "UNSUPPORTED"


_BY_CODE: Dict[str, Type[InfrastateError]] = {
    each.code: each
    for each in (ArgumentError, AuthError, PermissionDenied, NotFound, Conflict, TransportError, DeadlineExceeded, Cancelled,
                 ServerError, Refused, FileError, Busy, Forked, InternalError, NoMemory, Unsupported)
}


def error_for(result: Mapping[str, Any]) -> InfrastateError:
    """The exception for a failed result; for a code of a later version it is an InternalError."""
    return _BY_CODE.get(result.get("code", ""), InternalError)(result)
