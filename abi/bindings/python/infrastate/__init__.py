# SPDX-License-Identifier: Apache-2.0
"""Keeps access keys of an Infra server in a described state, by libinfrastate.

    import infrastate

    with infrastate.Client(host="infra.example.com", access_key_file="/etc/infra/key") as client:
        result = client.apply("access_key", {"name": "my-cluster", "expires_in": "720h"})
        if result.secret:
            keep(result.secret.reveal())
"""

from .client import Cancel, Client, describe, version
from .errors import (ArgumentError, AuthError, Busy, Cancelled, Conflict, DeadlineExceeded, FileError, Forked,
                     InfrastateError, InternalError, NoMemory, NotFound, PermissionDenied, Refused, ServerError,
                     TransportError, Unsupported)
from .results import BatchResult, Result, Secret

__version__ = "0.1.0"

__all__ = [
    "ArgumentError", "AuthError", "BatchResult", "Busy", "Cancel", "Cancelled", "Client", "Conflict", "DeadlineExceeded",
    "FileError", "Forked", "InfrastateError", "InternalError", "NoMemory", "NotFound", "PermissionDenied", "Refused",
    "Result", "Secret", "ServerError", "TransportError", "Unsupported", "__version__", "describe", "version",
]
