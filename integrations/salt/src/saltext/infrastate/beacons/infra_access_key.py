# SPDX-License-Identifier: Apache-2.0
"""
Sends an event when an access key is about to expire, has died, or is not used.

Configuration
-------------
.. code-block:: yaml

    beacons:
      infra_access_key:
        - user: connector
        - fail_if_expiring_within: 336h
        - unused: true
        - in_use_within: 24h
        - interval: 3600

The members are the arguments of :py:func:`infra.info <saltext.infrastate.modules.infra.info>`, among them ``profile``, and ``unused``.
At least one of ``fail_if_expiring_within`` and ``unused: true`` is needed. Each run asks the server once, so set an ``interval``.

Events
------
The tag is ``salt/beacon/MINION/infra_access_key/`` and one of these words:

``expiring``
    A key expires within ``fail_if_expiring_within``, has died, or does not exist. ``message`` says which one. ``keys`` has all
    keys that were asked for.

``unused``
    Live keys that were not used within ``in_use_within``, in ``keys``. A new key counts as unused until its first use.

``failed``
    The keys could not be listed. ``message`` says why, ``code`` is the library's code.

No event holds a secret.
"""

from salt.exceptions import CommandExecutionError

from saltext.infrastate import parameters
from saltext.infrastate.utils import infrastate_client

__virtualname__ = "infra_access_key"

# What Salt itself adds to a beacon's configuration.
SALTS_OWN = ("beacon_module", "disable_during_state_run", "enabled", "interval", "onchangeonly", "delimiter", "emitatstartup", "_beacon_name")
SHOWN = ("id", "name", "user", "status", "usage", "expires_at", "remaining_seconds", "last_used", "created")


def __virtual__():
    return infrastate_client.virtual(__virtualname__)


def _members(config):
    """The configuration as one dictionary; Salt gives a list of dictionaries."""
    made = {}
    for each in config:
        made.update(each)
    return made


def validate(config):
    """
    Checks the names of the members. Their values are checked by the library.
    """
    if not isinstance(config, list) or not all(isinstance(each, dict) for each in config):
        return False, "the configuration of the beacon infra_access_key must be a list of dictionaries"
    given = _members(config)
    known = (*parameters.ACCESS_KEY_INFO, *parameters.CONNECTION, "profile", "unused")
    for name in given:
        if name not in known and name not in SALTS_OWN:
            return False, f"'{name}' is no member of the beacon infra_access_key; these are: {', '.join(known)}"
    if not given.get("unused") and given.get("fail_if_expiring_within") is None:
        return False, "one of these is required by the beacon infra_access_key: fail_if_expiring_within, unused"
    return True, "Valid beacon configuration"


def beacon(config):
    """
    Lists the keys once and returns the events.
    """
    given = {name: value for name, value in _members(config).items() if name not in SALTS_OWN}
    unused = given.pop("unused", False)
    events = []
    try:
        result = __salt__["infra.info"](**given)
    except CommandExecutionError as error:
        result = getattr(error, "result", {})
        failure = result.get("error") or {}
        if failure.get("detail") == "expiring":
            events.append({"tag": "expiring", "message": error.error, "keys": _shown(result["access_keys"])})
        else:
            events.append({"tag": "failed", "message": error.error, "code": failure.get("code")})
    idle = [key for key in result.get("access_keys", ()) if key["status"] == "live" and key["usage"] != "in_use"]
    if unused and idle:
        events.append({"tag": "unused", "keys": _shown(idle)})
    return events


def _shown(keys):
    return [{name: key[name] for name in SHOWN} for key in keys]
