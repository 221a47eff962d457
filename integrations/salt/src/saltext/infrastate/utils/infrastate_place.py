# SPDX-License-Identifier: Apache-2.0
"""
A secret that is kept behind an ``sdb://`` address: read before a call, and written after a call that made a new one.
"""

import salt.utils.sdb

SCHEME = "sdb://"


def is_address(value):
    """Whether the value is an address of Salt's sdb, and not the secret itself."""
    return isinstance(value, str) and value.startswith(SCHEME)


def read(parameter, address, opts, failure):
    """What the address holds, or None."""
    try:
        return salt.utils.sdb.sdb_get(address, opts, strict=True)
    except KeyError as error:
        raise failure(f"{parameter}: {address} cannot be read: Salt has no sdb driver with {error.args[0]}") from None
    except Exception as error:  # pylint: disable=broad-except
        # A driver may raise anything.
        raise failure(f"{parameter}: {address} cannot be read: {error}") from None


def of(desired, opts, failure):
    """The place that ``current_secret`` names. None: it names none."""
    address = desired.get("current_secret")
    return Place(address, opts, failure) if address else None


class Place:
    """Where a secret is kept. No message holds the secret."""

    def __init__(self, address, opts, failure):
        self._address = address
        self._opts = opts
        self._failure = failure

    def _read(self):
        # Empty, not left out: the caller says that the secret is kept there. current_secret_missing decides.
        found = read("current_secret", self._address, self._opts, self._failure)
        return "" if found is None else found

    def _write(self, secret):
        """Stores the secret and reads it back: some drivers report success and keep the old value."""
        try:
            salt.utils.sdb.sdb_set(self._address, secret, self._opts)
            kept = self._read() == secret
            why = "it holds another value afterwards"
        except Exception as error:  # pylint: disable=broad-except
            kept, why = False, str(error).replace(secret or "\0", "********")
        if not kept:
            raise self._failure(f"current_secret: {self._address} cannot be written: {why}")

    def plan(self, client, desired):
        """What apply() would do. Writes nothing."""
        return client.plan("access_key", {**desired, "current_secret": self._read()})

    def apply(self, client, desired):
        """Applies, and stores a new secret. A key whose secret could not be stored is deleted again."""
        kept = self._read()
        desired = {**desired, "current_secret": kept}
        if kept and "create" in client.plan("access_key", desired).actions:
            # Writing the old secret once more shows whether the place can be written, before a key is replaced.
            self._write(kept)
        try:
            result = client.apply("access_key", desired)
        except BaseException as error:  # pylint: disable=broad-except
            # A failed or interrupted call may have made a key.
            answered = getattr(error, "result", None) or getattr(error, "infrastate_result", None)
            if answered is not None:
                self._keep(client, answered, kept)
            raise
        self._keep(client, result, kept)
        if desired["state"] == "absent" and kept:
            self._write("")
        return result

    def _keep(self, client, result, kept):
        if result.secret is None or result.secret.reveal() == kept:
            return
        try:
            self._write(result.secret.reveal())
        except self._failure as error:
            raise self._failure(f"{error}; {self._removed(client, result)}", {"changed": True, "reason": result.reason, "actions": result.actions,
                                                                             "summary": result.summary}) from None

    @staticmethod
    def _removed(client, result):
        """Deletes the new key, because nobody will ever have its secret."""
        key = result.resource or {}
        try:
            client.apply("access_key", {"state": "absent", "id": key["id"], "user": key["user"]})
        except Exception as error:  # pylint: disable=broad-except
            return f"the new access key, whose secret nobody has, could not be deleted either: {error}"
        return f"the new access key '{key['name']}' of user '{key['user']}' was deleted again, since nobody would have its secret"
