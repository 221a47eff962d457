# SPDX-License-Identifier: Apache-2.0
"""The schema (`infra_access_key --schema`) in Ansible's terms: types and argument specification."""

TYPES = {"boolean": "bool", "integer": "int", "number": "float", "path": "path", "mode": "raw", "dict": "dict", "list": "list",
         "objects": "list"}


def ansible_type(neutral):
    return TYPES.get(neutral, "str")


def parameters(schema, resource):
    """The parameters of the resource, then those of the connection: one list, as in a task."""
    return resource["params"] + schema["connection"]["params"]


def options(params):
    """AnsibleModule's specification of each parameter."""
    spec = {}
    for param in params:
        option = {"type": ansible_type(param["type"]), "no_log": param["secret"]}
        if param["required"]:
            option["required"] = True
        if param["default_rule"] == "filled":
            option["default"] = param["default"]
        for name in ("choices", "aliases"):
            if name in param:
                option[name] = param[name]
        if "fields" in param:
            option.update({"elements": "dict", "options": options(param["fields"]), **relations(param["rules"])})
        spec[param["name"]] = option
    return spec


def relations(rules):
    """Rules between parameters, or between the members of an object."""
    out = {"mutually_exclusive": [], "required_together": [], "required_one_of": [], "required_by": {}}
    for rule in rules:
        if rule["rule"] == "required_by":
            out["required_by"].setdefault(rule["params"][0], []).extend(rule["params"][1:])
        else:
            out[rule["rule"]].append(rule["params"])
    return out


def argument_spec(schema, resource):
    """The keyword arguments of AnsibleModule that describe the same parameters."""
    return {"argument_spec": options(parameters(schema, resource)), **relations(resource["rules"] + schema["connection"]["rules"])}
