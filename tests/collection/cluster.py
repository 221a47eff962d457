#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stands in for kubectl and helm: a cluster in a file, whose connector really uses the key in its Secret.

usage: cluster.py FOLDER kubectl|helm [WORD...]
FOLDER/cluster.json is the cluster. FOLDER/calls.jsonl has each call: its words, its standard input and its environment. It
answers as Kubernetes and Helm 3 do; FOLDER/down makes kubectl fail as without a cluster, FOLDER/broken makes an upgrade
fail, FOLDER/refused gives the connector a key that the server refuses."""

import base64
import json
import os
import pathlib
import re
import ssl
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(sys.argv[1])
STATE = HERE / "cluster.json"
# Options that are followed by a value.
VALUED = ("--namespace", "--output", "--filter", "--values", "--repo", "--version", "--filename", "--field-manager", "--selector", "--timeout",
          "--kubeconfig", "--context", "--kube-context")


class Refused(Exception):
    """What the program says before it fails."""


def parsed(words):
    """The words that are no options, and the options."""
    plain, options, rest = [], {}, list(words)
    while rest:
        word = rest.pop(0)
        if word in VALUED:
            options[word] = rest.pop(0)
        elif word.startswith("--"):
            options[word] = True
        else:
            plain.append(word)
    return plain, options


def start_pod(cluster, namespace, values):
    """What the connector does at its start: it reads the Secret, and registers or gives a sign of life."""
    config = values["config"]
    secret = cluster["namespaces"].get(namespace, {}).get(config["accessKeySecret"])
    if secret is None:
        raise Refused(f'secret "{config["accessKeySecret"]}" not found')
    key = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb" if (HERE / "refused").exists() else base64.b64decode(secret["data"]["access-key"]).decode()
    tls = ssl.create_default_context(cadata=config["server"]["trustedCertificate"])

    def ask(path, body=None):
        headers = {"Authorization": f"Bearer {key}", "Infra-Version": "0.20.0", "Infra-Destination-Name": config["name"], "Content-Type": "application/json"}
        request = urllib.request.Request(config["server"]["url"] + path, json.dumps(body).encode() if body else None, headers)
        with urllib.request.urlopen(request, context=tls, timeout=60) as answer:
            return json.loads(answer.read())

    time.sleep(2.1)  # A pod needs a moment. Its only sign of life must not fall into the time in which Infra takes no note of one.
    pod = {"key": key[:10], "annotations": values.get("podAnnotations", {}), "env": values.get("env", []), "ready": True}
    try:
        if not ask(f"/api/destinations?name={config['name']}")["items"]:
            ask("/api/destinations", {"name": config["name"], "uniqueID": config["name"], "kind": "kubernetes", "version": "0.21.0",
                                      "connection": {"url": "k8s.example.com:443", "ca": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"},
                                      "resources": ["default"], "roles": ["view"]})
    except urllib.error.HTTPError as error:
        pod.update(ready=False, status=error.code)
    cluster["pods"].append(pod)


def kubectl(cluster, words, given):
    plain, options = parsed(words)
    if (HERE / "down").exists():
        raise Refused("The connection to the server localhost:8080 was refused - did you specify the right host or port?")
    spaces, namespace = cluster["namespaces"], options.get("--namespace")
    match plain:
        case ["get", "namespace", name]:
            return f"namespace/{name}\n" if name in spaces else ""
        case ["create", "namespace", name]:
            spaces[name] = {}
            return f"namespace/{name} created\n"
        case ["get", "secret", name]:
            found = spaces.get(namespace, {}).get(name)
            return "" if found is None else f"secret/{name}\n" if options["--output"] == "name" else json.dumps(found)
        case ["apply"]:
            manifest = json.loads(given)
            if (manifest["apiVersion"], manifest["kind"], options["--filename"]) != ("v1", "Secret", "-"):
                raise Refused("only a Secret from standard input is known")
            meta = manifest["metadata"]
            if meta["namespace"] not in spaces:
                raise Refused(f'namespaces "{meta["namespace"]}" not found')
            spaces[meta["namespace"]][meta["name"]] = manifest
            return f"secret/{meta['name']} serverside-applied\n"
        case ["delete", "secret", name]:
            del spaces[namespace][name]
            return f'secret "{name}" deleted\n'
        case ["rollout", "status", "deployment"]:
            if not options["--selector"].startswith("app.kubernetes.io/instance=") or not cluster["pods"][-1]["ready"]:
                raise Refused("error: timed out waiting for the condition")
            return "deployment successfully rolled out\n"
    raise Refused(f"unknown command {plain}")


def helm(cluster, words, given):
    plain, options = parsed(words)
    namespace, releases = options["--namespace"], cluster["releases"]
    match plain:
        case ["list"]:
            return json.dumps([{"name": name.partition("/")[2], "status": release["status"], "chart": release["chart"]} for name, release in releases.items()
                               if name.startswith(namespace + "/") and re.search(options["--filter"], name.partition("/")[2])])
        case ["get", "values", name]:
            return json.dumps(releases[f"{namespace}/{name}"]["values"])
        case ["upgrade", name, chart] if options.get("--install") and options["--values"] == "-":
            values, before = json.loads(given), releases.get(f"{namespace}/{name}")
            broken = (HERE / "broken").exists()
            releases[f"{namespace}/{name}"] = {"values": values, "status": "failed" if broken else "deployed", "chart": f"{chart}-{options.get('--version', '0.1.0')}"}
            if broken:
                raise Refused("Error: UPGRADE FAILED: timed out waiting for the condition")
            if before is None or before["values"] != values or before["status"] != "deployed":
                start_pod(cluster, namespace, values)
            return f'Release "{name}" has been upgraded. Happy Helming!\n'
        case ["uninstall", name]:
            del releases[f"{namespace}/{name}"]
            return f'release "{name}" uninstalled\n'
    raise Refused(f"Error: unknown command {plain}")


def main():
    program, words = sys.argv[2], sys.argv[3:]
    given = "" if sys.stdin.isatty() else sys.stdin.read()
    with open(HERE / "calls.jsonl", "a", encoding="utf-8") as calls:
        calls.write(json.dumps({"program": program, "words": words, "given": given, "environment": dict(os.environ)}) + "\n")
    cluster = json.loads(STATE.read_text()) if STATE.exists() else {"namespaces": {"default": {}}, "releases": {}, "pods": []}
    try:
        sys.stdout.write({"kubectl": kubectl, "helm": helm}[program](cluster, words, given))
        return 0
    except Refused as why:
        print(why, file=sys.stderr)
        return 1
    finally:
        STATE.write_text(json.dumps(cluster))


if __name__ == "__main__":
    sys.exit(main())
