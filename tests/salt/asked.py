# SPDX-License-Identifier: Apache-2.0
"""Runs in Salt's own Python: reads one call a line as JSON and answers with JSON. Salt is started once."""

import json
import sys

import salt.beacons
import salt.client
import salt.config
import salt.loader

answers, sys.stdout = sys.stdout, sys.stderr
opts = salt.config.minion_config(f"{sys.argv[1]}/minion")
caller = salt.client.Caller(mopts=opts)


def beacon(config):
    """The events of one run, and what validating the configuration said."""
    functions = salt.loader.minion_mods(opts)
    beacons = salt.beacons.Beacon({**opts, "beacons": config}, functions)
    name = next(iter(config))
    return {"valid": beacons.beacons[f"{name}.validate"](config[name]), "events": beacons.process(config, {})}


def wrapper(function, *arguments, **named):
    """A function as salt-ssh finds it."""
    functions = salt.loader.minion_mods(opts)
    return salt.loader.ssh_wrapper(opts, functions, {})[function](*arguments, **named)


OWN = {"beacon": beacon, "wrapper": wrapper}

for line in sys.stdin:
    call = json.loads(line)
    try:
        function = OWN.get(call["what"])
        if function is None:
            answer = caller.cmd(call["what"], *call["arguments"], **call["named"])
        else:
            answer = function(*call["arguments"], **call["named"])
    except Exception as error:
        answer = {"error": str(error), "kind": type(error).__name__}
    print(json.dumps(answer, default=repr), file=answers, flush=True)
