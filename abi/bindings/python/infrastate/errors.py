# SPDX-License-Identifier: Apache-2.0
"""One exception for each code. All are InfrastateErrors."""

from .results import InfrastateError as InfrastateError, error_for as error_for


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
    """A named user or key does not exist."""

    code = "NOT_FOUND"


class Conflict(InfrastateError):
    """Somebody else holds the name."""

    code = "CONFLICT"


class TransportError(InfrastateError, ConnectionError):
    """The server cannot be reached, or does not speak HTTP."""

    code = "TRANSPORT"


class DeadlineExceeded(InfrastateError, TimeoutError):
    """The time given was used up; look at `outcome`."""

    code = "DEADLINE"


class Cancelled(InfrastateError):
    """The cancel token was set, or the call was interrupted; look at `outcome`."""

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
    """The library was called from inside its C log callback. A Python logger runs outside of it."""

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
