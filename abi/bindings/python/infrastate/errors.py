# SPDX-License-Identifier: Apache-2.0
"""One exception a code, all of them InfrastateError."""

from typing import Any, Dict, Mapping, Optional, Type


class InfrastateError(Exception):
    """A call that failed. `outcome` says what it may have done all the same."""

    code = "INTERNAL"

    def __init__(self, result: Mapping[str, Any]):
        error: Mapping[str, Any] = result.get("error") or {}
        super().__init__(error.get("message") or self.code)
        self.detail: Optional[str] = error.get("detail")
        self.field: Optional[str] = error.get("field")
        self.http_status: Optional[int] = error.get("http_status")
        self.retryable: bool = bool(error.get("retryable"))
        self.outcome: str = result.get("outcome", "unknown")
        self.changed: bool = bool(result.get("changed"))
        from .results import Result  # which needs this module

        #: All that was answered; a secret too where a key was made before the failure.
        self.result = Result(result)


class ArgumentError(InfrastateError, ValueError):
    code = "ARGUMENT"


class AuthError(InfrastateError):
    code = "AUTH"


class PermissionDenied(InfrastateError, PermissionError):
    code = "PERMISSION"


class NotFound(InfrastateError, LookupError):
    code = "NOT_FOUND"


class Conflict(InfrastateError):
    code = "CONFLICT"


class TransportError(InfrastateError, ConnectionError):
    code = "TRANSPORT"


class DeadlineExceeded(InfrastateError, TimeoutError):
    code = "DEADLINE"


class Cancelled(InfrastateError):
    code = "CANCELLED"


class ServerError(InfrastateError):
    code = "SERVER"


class Refused(InfrastateError):
    code = "REFUSED"


class FileError(InfrastateError):
    code = "FILE"


class Busy(InfrastateError, RuntimeError):
    code = "BUSY"


class Forked(InfrastateError, RuntimeError):
    code = "FORKED"


class InternalError(InfrastateError, RuntimeError):
    code = "INTERNAL"


class NoMemory(InfrastateError, MemoryError):
    code = "NO_MEMORY"


class Unsupported(InfrastateError):
    code = "UNSUPPORTED"


_BY_CODE: Dict[str, Type[InfrastateError]] = {
    each.code: each
    for each in (ArgumentError, AuthError, PermissionDenied, NotFound, Conflict, TransportError, DeadlineExceeded, Cancelled,
                 ServerError, Refused, FileError, Busy, Forked, InternalError, NoMemory, Unsupported)
}


def error_for(result: Mapping[str, Any]) -> InfrastateError:
    """The exception for a failed result; one for a code of a later version is an InternalError."""
    return _BY_CODE.get(result.get("code", ""), InternalError)(result)
