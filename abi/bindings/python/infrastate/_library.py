# SPDX-License-Identifier: Apache-2.0
"""Finds and loads libinfrastate, and declares its functions. Everything that knows C is here."""

import ctypes
import os
import pathlib
from typing import Any, Optional, Tuple

SONAME = "libinfrastate.so.1"
ABI_MAJOR = 1

LOG_FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_size_t)

_HANDLE = ctypes.c_void_p
_OUT = ctypes.POINTER(ctypes.c_void_p)
_CALL = (ctypes.c_int32, (_HANDLE, ctypes.c_char_p, ctypes.c_size_t, _HANDLE, _OUT))
# Returned texts are c_void_p: c_char_p would make a bytes object and lose the pointer.
_FUNCTIONS: Any = {
    "infrastate_version": (ctypes.c_char_p, ()),
    "infrastate_abi_version": (ctypes.c_uint32, ()),
    "infrastate_code_name": (ctypes.c_char_p, (ctypes.c_int32,)),
    "infrastate_describe": (ctypes.c_int32, (_OUT,)),
    "infrastate_client_open": (ctypes.c_int32, (ctypes.c_char_p, ctypes.c_size_t, LOG_FUNCTION, ctypes.c_void_p, _OUT, _OUT)),
    "infrastate_client_close": (None, (_HANDLE,)),
    "infrastate_plan": _CALL,
    "infrastate_apply": _CALL,
    "infrastate_info": _CALL,
    "infrastate_cancel_open": (ctypes.c_int32, (_OUT, _OUT)),
    "infrastate_cancel_new": (_HANDLE, ()),
    "infrastate_cancel_set": (None, (_HANDLE,)),
    "infrastate_cancel_free": (None, (_HANDLE,)),
    "infrastate_result_code": (ctypes.c_int32, (_HANDLE,)),
    "infrastate_result_string": (ctypes.c_void_p, (_HANDLE, ctypes.c_char_p, ctypes.POINTER(ctypes.c_size_t))),
    "infrastate_result_integer": (ctypes.c_int32, (_HANDLE, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int64))),
    "infrastate_result_boolean": (ctypes.c_int32, (_HANDLE, ctypes.c_char_p)),
    "infrastate_result_json": (ctypes.c_void_p, (_HANDLE, ctypes.POINTER(ctypes.c_size_t))),
    "infrastate_result_free": (None, (_HANDLE,)),
}

_loaded: Optional[ctypes.CDLL] = None


def _find() -> Tuple[str, str]:
    """The path of the library, and where the path comes from: INFRASTATE_LIBRARY, the wheel, or the
    system."""
    named = os.environ.get("INFRASTATE_LIBRARY")
    if named:
        return named, "named by INFRASTATE_LIBRARY"
    carried = pathlib.Path(__file__).with_name(SONAME)
    if carried.is_file():
        return str(carried), "which came with this package"
    return SONAME, "among the system's libraries, as INFRASTATE_LIBRARY names none and this package carries none"


def load() -> ctypes.CDLL:
    """The library, loaded once. Raises ImportError if it is missing or this package cannot use it."""
    global _loaded
    if _loaded is None:
        path, why = _find()
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            raise ImportError(f"libinfrastate cannot be loaded: looked for {path}, {why}: {error}") from None
        try:
            library.infrastate_abi_version.restype = ctypes.c_uint32
            version = library.infrastate_abi_version()
            if version >> 16 != ABI_MAJOR:
                raise ImportError(f"{path}, {why}, has interface {version >> 16}.{version & 0xFFFF}; {ABI_MAJOR}.x is needed")
            for name, (result, arguments) in _FUNCTIONS.items():
                function = getattr(library, name)
                function.restype = result
                function.argtypes = arguments
        except AttributeError as error:
            raise ImportError(f"{path}, {why}, is no libinfrastate: {error}") from None
        _loaded = library
    return _loaded


def take_result(library: ctypes.CDLL, result: ctypes.c_void_p) -> bytes:
    """The JSON of a result. Frees the result, also if reading it fails."""
    try:
        size = ctypes.c_size_t()
        text = library.infrastate_result_json(result, ctypes.byref(size))
        return ctypes.string_at(text, size.value)
    finally:
        library.infrastate_result_free(result)
