# SPDX-License-Identifier: Apache-2.0
"""Applies on kept connections in one process of Python: the library beside `requests`, by turns. `run` starts this file as a
program of its own, so that the bench's own memory and imports do not count."""

import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(library, order):
    """What each side used, in seconds for one apply. `library` is the file that the package loads."""
    done = subprocess.run([sys.executable, __file__], input=json.dumps(order), capture_output=True, text=True, check=False,
                          env={**os.environ, "INFRASTATE_LIBRARY": str(library)})
    if done.returncode != 0:
        raise SystemExit(f"the Python side failed: {done.stderr[-800:]}")
    return json.loads(done.stdout)


def library_side(order):
    sys.path.insert(0, str(ROOT / "abi" / "bindings" / "python"))
    import infrastate
    client = infrastate.Client(**order["parameters"])
    desired = {"name": order["name"], "user": "connector"}
    client.apply("access_key", desired)

    def once():
        if client.apply("access_key", desired).changed:
            raise SystemExit("an apply changed the key")
    return once


def requests_side(order):
    import requests
    session, parameters = requests.Session(), order["parameters"]
    session.trust_env = False
    session.verify = parameters["server_certificate_file"]
    session.headers.update({"Authorization": "Bearer " + parameters["access_key"], "Infra-Version": "0.20.0", "Accept": "application/json"})
    query = {"name": order["name"], "limit": 1000, "page": 1, "showExpired": "true"}

    def once():
        answer = session.get(parameters["host"] + "/api/access-keys", params=query, timeout=30)
        answer.raise_for_status()
        if not any(row["name"] == order["name"] for row in answer.json()["items"]):
            raise SystemExit("the key is not there")
    return once


def main():
    sys.dont_write_bytecode = True
    order = json.load(sys.stdin)
    sides = {name: {"library": library_side, "requests": requests_side}[name](order) for name in order["sides"]}
    used = {name: {"processor": 0.0, "wall": 0.0} for name in sides}
    for _ in range(20):
        for once in sides.values():
            once()
    for _ in range(order["count"]):
        for name, once in sides.items():
            wall, processor = time.perf_counter(), time.process_time()
            once()
            used[name]["processor"] += time.process_time() - processor
            used[name]["wall"] += time.perf_counter() - wall
    json.dump({name: {what: value / order["count"] for what, value in all_of_it.items()} for name, all_of_it in used.items()}, sys.stdout)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
