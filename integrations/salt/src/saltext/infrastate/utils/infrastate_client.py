# SPDX-License-Identifier: Apache-2.0
"""
Calls libinfrastate for the modules of this extension. Values go through as they are: the library checks them.
"""

import contextlib
import logging
import re
from collections.abc import Mapping

import salt.utils.args
from salt.exceptions import CommandExecutionError

from saltext.infrastate import __version__
from saltext.infrastate import parameters
from saltext.infrastate.utils import infrastate_place

log = logging.getLogger(__name__)

DEFAULT_PROFILE = "infra"


class Failed(CommandExecutionError):
    """A call that failed. ``result`` is what the library answered, without a secret."""

    def __init__(self, message, result=None):
        super().__init__(message)
        self.result = result or {}


def why_not():
    """One sentence that says why the library cannot be used here and what to install. None: it can be used."""
    try:
        # Imported here: Salt loads this file also where the package is missing.
        import infrastate
    except ImportError as error:
        return f"the Python package infrastate is missing ({error}): install it into the Python that runs Salt"
    try:
        # Importing the package does not open the library; asking for its version does.
        found = infrastate.version()
    except ImportError as error:
        return f"{error}; install the Python package infrastate with the library inside, or name libinfrastate.so.1 by INFRASTATE_LIBRARY"
    if _numbers(found) < _numbers(parameters.LIBRARY):
        return f"libinfrastate {found} is too old for saltext.infrastate {__version__}: install {parameters.LIBRARY} or newer"
    return None


def _numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def virtual(name):
    """What ``__virtual__`` of a module returns."""
    problem = why_not()
    return name if problem is None else (False, problem)


def change(verb, state, salt, opts, given):
    """Plans or applies an access key and returns the result without its secret."""
    arguments, profile, connection = _sorted_arguments(given)
    if "state" in arguments:
        raise Failed("state: this function sets it; call infra.present or infra.absent, or give it to infra.plan")
    desired = {"state": state, **arguments}
    place = infrastate_place.of(desired, opts, Failed)
    # A misspelt secret_file is the library's to name.
    known = desired.keys() <= set(parameters.ACCESS_KEY)
    if state == "present" and place is None and "secret_file" not in desired and known:
        raise Failed("secret_file: set it, or set current_secret to an sdb:// address; Salt never shows the secret of a new key, so without a "
                     "place to keep it the secret would be lost")
    with _client(salt, opts, profile, connection) as client:
        if place is None:
            return _shown(getattr(client, verb)("access_key", desired))
        return _shown(place.plan(client, desired) if verb == "plan" else place.apply(client, desired))


def question(resource, salt, opts, given):
    """Lists what exists."""
    query, profile, connection = _sorted_arguments(given)
    with _client(salt, opts, profile, connection) as client:
        return _shown(client.info(resource, query))


def refuse_files(given):
    """For Salt SSH, whose wrapper runs on another machine than the target."""
    if given.get("secret_file") is not None:
        raise Failed("secret_file: under Salt SSH this function runs on the machine of salt-ssh and cannot keep a file of the target; give an "
                     "sdb:// address in current_secret, or use the state on the target")


def _sorted_arguments(given):
    """The arguments of the resource, the name of the profile, and those of the connection. Unknown ones stay with
    the resource, where the library refuses them by name."""
    given = dict(given)
    given.update(salt.utils.args.clean_kwargs(**given.pop("kwargs", {})))
    given = {name: value for name, value in given.items() if value is not None}
    profile = given.pop("profile", DEFAULT_PROFILE)
    if not isinstance(profile, str):
        raise Failed(f"profile: must be the name of a profile, not {type(profile).__name__}")
    for name in (*parameters.CONNECTION_SECRETS, *parameters.KEPT_SECRETS):
        if given.get(name) and not infrastate_place.is_address(given[name]):
            raise Failed(f"{name}: Salt logs and caches arguments, so a secret must not be one; give an sdb:// address"
                         + ("" if name in parameters.KEPT_SECRETS else f", or set it in the profile '{profile}'"))
    connection = {name: given.pop(name) for name in parameters.CONNECTION if name in given}
    return given, profile, connection


def _options(salt, opts, profile, connection):
    """The options of the client: the profile out of Salt's configuration or pillar, then what the caller gave."""
    found = salt["config.get"](profile)
    if not found and not connection:
        raise Failed(f"profile: neither the configuration of Salt nor the pillar has '{profile}', which says how to reach the Infra server")
    if found and not isinstance(found, Mapping):
        raise Failed(f"profile: '{profile}' must be a mapping of settings such as host and access_key_file, not {type(found).__name__}")
    return {str(name): _looked_up(name, value, opts) for name, value in {**(found or {}), **connection}.items() if value is not None}


def _looked_up(name, value, opts):
    if not infrastate_place.is_address(value):
        return value
    found = infrastate_place.read(name, value, opts, Failed)
    if found is None:
        raise Failed(f"{name}: {value} holds nothing")
    return found


@contextlib.contextmanager
def _client(salt, opts, profile, connection):
    """A client for one call. A kept one would not survive the fork of a minion's job."""
    import infrastate

    try:
        with infrastate.Client(logger=log, **_options(salt, opts, profile, connection)) as client:
            for warning in client.warnings:
                log.warning("%s", warning)
            yield client
    except infrastate.InfrastateError as error:
        raise Failed(str(error), _shown(error.result)) from None
    except (TypeError, ValueError) as error:
        # The package refuses a value that has no form in JSON; its sentence names the parameter.
        raise Failed(str(error)) from None


def _shown(result):
    """Plain dicts and lists, as Salt's outputters need them, and without the secret."""
    shown = result.as_dict()
    shown.pop("secret", None)
    return shown
