# SPDX-License-Identifier: Apache-2.0
"""How many requests each flow makes, from the simulator's record. These numbers are exact, whatever the machine does."""

import dataclasses
import json

import stats
from comparisons import sides
from frame import Missing, Part, Table
from proxy import Proxy

TITLE = "Requests of each flow, from the simulator's record"
SIMULATOR_ONLY = True


@dataclasses.dataclass(frozen=True)
class Flow:
    """Runs on the way to the flow, then the one that counts: the parameters of each."""
    name: str
    before: tuple
    run: dict
    actions: tuple
    least: int
    why: str     # the least possible, step by step
    bound: int


MADE = ({},)
ROTATE = {"overlap": "1h", "rotate_if_created_before": "now"}
FLOWS = (
    Flow("no change", MADE, {}, (), 1, "look", 1),
    Flow("create", (), {}, ("create",), 3, "look, the user's id, create", 4),
    Flow("replace", MADE, {"recreate": "always"}, ("delete", "create"), 3, "look, delete, create", 5),
    Flow("rotate, without an overlap", MADE, {"rotate_if_created_before": "now", "overlap": "0s"}, ("delete", "create"), 3,
         "look, delete, create", 6),
    Flow("rotate, the old key stays", MADE, ROTATE, ("create",), 2, "look, create", 6),
    Flow("remove", MADE, {"state": "absent"}, ("delete", "delete_file"), 2, "look, delete", 3),
)


def measure(context):
    program = context.program("modules/infra_access_key")
    rows = []
    with Proxy(context.server.url) as proxy:
        for number, flow in enumerate(FLOWS):
            made, result = _flow(context, program, proxy, number, flow)
            if tuple(result["actions"]) != flow.actions:
                raise SystemExit(f"the flow {flow.name} did {result['actions']}")
            connections = proxy.take().connections
            count = len(made)
            context.keep(flow.name, "infrastate", 0, "requests", count)
            context.keep(flow.name, "infrastate", 0, "connections", connections)
            rows.append([flow.name, str(count), str(flow.least), flow.why, f"at most {flow.bound}", "kept" if count <= flow.bound else "not kept",
                         ", ".join(made)])
        beside = _python(context, proxy)
    part = Part(notes=["Each flow is one run with a `secret_file`, on one connection. The least possible is what any client needs that knows only the names; a key's row tells it the user's id. Before a change our runs also ask for the server's version."])
    part.tables.append(Table(["flow", "requests", "least possible", "which are", "bound", "", "what it asked"], rows))
    if beside:
        part.tables.append(Table(["flow", "requests", "connections"], beside, "The Python module"))
    return part


def _flow(context, program, proxy, number, flow):
    """(the requests, the result) of the run that counts. A key and a file of its own for each flow."""
    common = {"name": f"bench-flow-{number}", "secret_file": str(context.folder / f"flow-{number}"), "user": "connector"}

    def once(**more):
        parameters = {**context.server.parameters(**common), "host": proxy.url, **more}
        command = sides.Command([program, "--module", "infra_access_key"], json.dumps(parameters), sides.environment(context, sides.ONE))
        return json.loads(command.run().stdout)

    context.server.reset()  # without other keys of the user, from which a run would learn the user's id
    for parameters in flow.before:
        once(**parameters)
    if flow.before:
        context.server.advance("2s")  # a key is "created before now" only later
    proxy.take()
    context.server.forget()
    result = once(**flow.run)
    return [f"{method} {_short(path)}" for method, path in context.server.requests()], result


def _short(path):
    """The path without an id, which is new in each run."""
    parts = path.removeprefix("/api/").split("/")
    return "/".join([parts[0], *("ID" if part != "self" else part for part in parts[1:])])


def _python(context, proxy):
    """The module in Python opens a connection for each request: open_url keeps none."""
    rows = []
    try:
        for flow, state in (("create", "present"), ("no change", "present"), ("remove", "absent")):
            command = sides.python(context, sides.ONE, proxy.url, **{"name": "bench-flow-python", "state": state})
            context.server.forget()
            command.run()
            count, connections = context.server.counted(), proxy.take().connections
            context.keep(flow, sides.PYTHON, 0, "requests", count)
            context.keep(flow, sides.PYTHON, 0, "connections", connections)
            rows.append([flow, stats.number(count), stats.number(connections)])
    except Missing as why:
        context.skip(sides.PYTHON, why)
    return rows
