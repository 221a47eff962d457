# SPDX-License-Identifier: Apache-2.0
"""
Reads the secret of an access key that ``infra_access_key.present`` keeps in a file on this machine.

Configuration
-------------
A profile in the minion's configuration or the pillar:

.. code-block:: yaml

    infra_secrets:
      driver: infra
      folder: /etc/infra

``folder`` is optional. With it an address names a file in this folder: ``sdb://infra_secrets/connector.key``. Without it an
address holds the whole path: ``sdb://infra_secrets/etc/infra/connector.key``.

.. code-block:: bash

    salt-call sdb.get sdb://infra_secrets/connector.key

Only files are read beside which ``infra_access_key.present`` has left its record, ``.FILE.infrastate``. No request is sent to the
server, and the library is not needed.

.. note::
    What ``sdb.get`` returns in a template becomes a part of the rendered file. Salt shows rendered files at the log level
    ``debug``, and what a function returned at ``trace``. Give the address itself to parameters that accept one.
"""

import pathlib

from salt.exceptions import CommandExecutionError

__virtualname__ = "infra"
__func_alias__ = {"set_": "set"}

# Longer than any secret: the file holds the secret and nothing else.
LIMIT = 4096


def __virtual__():
    return __virtualname__


def get(key, profile=None):
    """
    The secret that the file holds. None if there is no such file, or if no access key is kept in it.

    key
        Path of the file, as above.

    profile
        The profile, which may have ``folder``.
    """
    path = _path(key, profile or {})
    record = path.with_name(f".{path.name}.infrastate")
    try:
        if not record.is_file():
            return None
        with open(path, encoding="utf-8") as file:
            return file.read(LIMIT) or None
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CommandExecutionError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it holds no text'}") from None


def set_(key, value, profile=None):  # pylint: disable=unused-argument
    """
    Refused: the server makes the secret, and ``infra_access_key.present`` stores it.
    """
    raise CommandExecutionError(f"{key} cannot be set: the server makes the secret of an access key, and infra_access_key.present stores it")


def _path(key, profile):
    folder = pathlib.Path(profile.get("folder", "/"))
    if ".." in pathlib.Path(key).parts:
        raise CommandExecutionError(f"{key} leads out of the folder {folder}: '..' is not allowed")
    return folder / key.lstrip("/")
