# SPDX-License-Identifier: Apache-2.0
"""Finds and loads libinfrastate, and declares its functions: the only module that knows ctypes."""

import ctypes
import os
import pathlib
from typing import Any, Optional

SONAME = "libinfrastate.so.1"
ABI_MAJOR = 1

LOG_FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_size_t)

_HANDLE = ctypes.c_void_p
_OUT = ctypes.POINTER(ctypes.c_void_p)
_CALL = (ctypes.c_int32, (_HANDLE, ctypes.c_char_p, ctypes.c_size_t, _HANDLE, _OUT))
# Texts are c_void_p where they come back: c_char_p would make a bytes object and lose the pointer.
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
    "infrastate_cancel_new": (_HANDLE, ()),
    "infrastate_cancel_set": (None, (_HANDLE,)),
    "infrastate_cancel_free": (None, (_HANDLE,)),
    "infrastate_result_code": (ctypes.c_int32, (_HANDLE,)),
    "infrastate_result_json": (ctypes.c_void_p, (_HANDLE, ctypes.POINTER(ctypes.c_size_t))),
    "infrastate_result_free": (None, (_HANDLE,)),
}

_loaded: Optional[ctypes.CDLL] = None


def _find() -> str:
    """The library that INFRASTATE_LIBRARY names, that came in the wheel, or that the system has."""
    named = os.environ.get("INFRASTATE_LIBRARY")
    if named:
        return named
    carried = pathlib.Path(__file__).with_name(SONAME)
    return str(carried) if carried.is_file() else SONAME


def load() -> ctypes.CDLL:
    """The library, loaded once. OSError: it is not there. ImportError: it is another major version."""
    global _loaded
    if _loaded is None:
        library = ctypes.CDLL(_find())
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype = result
            function.argtypes = arguments
        version = library.infrastate_abi_version()
        if version >> 16 != ABI_MAJOR:
            raise ImportError(f"libinfrastate has interface {version >> 16}.{version & 0xFFFF}; {ABI_MAJOR}.x is needed")
        _loaded = library
    return _loaded


def take_result(library: ctypes.CDLL, result: ctypes.c_void_p) -> bytes:
    """The JSON of a result, which is freed, also where reading it fails."""
    try:
        size = ctypes.c_size_t()
        text = library.infrastate_result_json(result, ctypes.byref(size))
        return ctypes.string_at(text, size.value)
    finally:
        library.infrastate_result_free(result)
