# SPDX-License-Identifier: Apache-2.0
"""The schema (`infra_access_key --schema`) in the terms of Ansible: types and argument specification."""

TYPES = {"boolean": "bool", "integer": "int", "number": "float", "path": "path", "mode": "raw", "dict": "dict", "list": "list",
         "objects": "list"}


def ansible_type(neutral):
    return TYPES.get(neutral, "str")


def parameters(schema, resource):
    """Those of the resource, then those of the connection: one list, as in a task."""
    return resource["params"] + schema["connection"]["params"]


def argument_spec(schema, resource):
    """The keyword arguments of AnsibleModule that describe the same parameters."""
    spec = {}
    for param in parameters(schema, resource):
        option = {"type": ansible_type(param["type"]), "no_log": param["secret"]}
        if param["required"]:
            option["required"] = True
        if param["default_rule"] == "filled":
            option["default"] = param["default"]
        for name in ("choices", "aliases"):
            if name in param:
                option[name] = param[name]
        spec[param["name"]] = option
    out = {"argument_spec": spec, "mutually_exclusive": [], "required_together": [], "required_one_of": [], "required_by": {}}
    for rule in resource["rules"] + schema["connection"]["rules"]:
        if rule["rule"] == "required_by":
            out["required_by"].setdefault(rule["params"][0], []).extend(rule["params"][1:])
        else:
            out[rule["rule"]].append(rule["params"])
    return out
