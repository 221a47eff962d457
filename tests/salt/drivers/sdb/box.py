# SPDX-License-Identifier: Apache-2.0
"""A driver of sdb for the tests: a file with JSON. The versions of Salt have different drivers that can store."""

import json
import pathlib

__func_alias__ = {"set_": "set"}


def _read(profile):
    path = pathlib.Path(profile["file"])
    return json.loads(path.read_text()) if path.exists() else {}


def get(key, profile=None):
    return _read(profile).get(key)


def set_(key, value, profile=None):
    pathlib.Path(profile["file"]).write_text(json.dumps({**_read(profile), key: value}))
    return True
