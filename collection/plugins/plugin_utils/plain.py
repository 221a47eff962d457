# SPDX-License-Identifier: Apache-2.0
"""Values of a task as JSON has them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import datetime


def plain(value):
    """A literal vault value becomes its text, a YAML time an RFC 3339 one. Ansible 2.14 refuses to hand either to an
    executable."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return dict((str(name), plain(item)) for name, item in value.items())
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, datetime.datetime):
        text = value.isoformat()
        # YAML's times without a zone are in UTC.
        return text + "Z" if value.tzinfo is None else text
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)
