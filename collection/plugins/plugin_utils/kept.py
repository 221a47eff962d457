# SPDX-License-Identifier: Apache-2.0
"""A secret file and the record beside it, as infra_access_key writes them (docs/state-logic.md)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import hmac
import json
import os
import re

# What the digest in a record is made over; the secret is the key.
CONTEXT = b"infrastate: digest of an access key's secret, 1"
MAJOR = "1"
# A secret has 35 bytes; a file that is longer than this is something else.
LONGEST = 4096


class NotKept(Exception):
    """One sentence: why there is no secret to give."""


def record_path(path):
    folder, name = os.path.split(path)
    return os.path.join(folder, ".%s.infrastate" % name)


def _content(path, what):
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20)
    except (OSError, IOError) as error:
        raise NotKept("%s %s cannot be read: %s" % (what, path, error.strerror))


def _record(path):
    try:
        record = json.loads(_content(record_path(path), "the record").decode("utf-8"))
    except ValueError:
        record = None
    if not isinstance(record, dict) or record.get("format") != "infrastate record":
        raise NotKept("%s is no record of infra_access_key; a run of infra_access_key with this secret_file repairs it" % record_path(path))
    version = str(record.get("version", ""))
    if version.partition(".")[0] != MAJOR:
        raise NotKept("%s has the version \"%s\", and this collection reads %s.x; install a newer one" % (record_path(path), version, MAJOR))
    return record


def _host(text):
    """As a record has it: https://infra.example.com, with a port only where it is not 443."""
    text = text if "://" in text else "https://" + text
    return re.sub(r":443$", "", text.rstrip("/").lower())


def secret(path, name=None, user=None, host=None):
    """The secret in the file. NotKept: there is none, or it is not that of the key that is asked for."""
    text = _content(path, "the file")
    if len(text) > LONGEST or not text.strip():
        raise NotKept("the file %s %s" % (path, "is empty" if not text.strip() else "holds something else than an access key's secret"))
    found = text.strip()
    record = _record(path)
    for parameter, asked, kept in (("key_name", name, record.get("name")), ("user", user, record.get("user")),
                                   ("host", host and _host(host), _host(record.get("host", "")))):
        if asked and asked != kept:
            raise NotKept("%s: the file %s keeps a key whose %s is \"%s\", and not \"%s\"" % (parameter, path, parameter.replace("key_", ""), kept, asked))
    if hmac.new(found, CONTEXT, hashlib.sha256).hexdigest() != record.get("secret_digest"):
        raise NotKept("the file %s does not hold the secret that its record names; a run of infra_access_key with this secret_file finds out which one "
                      "is right" % path)
    return found.decode("ascii", "replace")
