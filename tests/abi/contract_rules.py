# SPDX-License-Identifier: Apache-2.0
"""What may not happen to the JSON contract within a major version, as a comparison of two answers
of infrastate_describe(): the one that was released and the one of today."""


def by_name(items):
    return {item["name"]: item for item in items}


# What was accepted stays accepted: an older type may only become one that takes at least as much.
WIDER = {("key_name", "string"), ("duration", "string"), ("rfc3339", "string"), ("path", "string"), ("url", "string"),
         ("choice", "string"), ("duration", "seconds"), ("integer", "number")}


def parameters(old, new, where):
    """Parameters that callers set."""
    found = []
    before, now = by_name(old["params"]), by_name(new["params"])
    for name, param in before.items():
        here = f"{where}.{name}"
        other = now.get(name)
        if other is None:
            found.append(f"{here}: is gone")
            continue
        if other["type"] != param["type"] and (param["type"], other["type"]) not in WIDER:
            found.append(f"{here}: was {param['type']} and is {other['type']}")
        if other.get("required", False) and not param.get("required", False):
            found.append(f"{here}: was optional and is required")
        for fact in ("default", "fill", "default_value"):
            if param.get(fact) != other.get(fact):
                found.append(f"{here}: {fact} was {param.get(fact)!r} and is {other.get(fact)!r}")
        gone = set(param.get("choices", [])) - set(other.get("choices", []))
        if gone and other["type"] == param["type"]:
            found.append(f"{here}: no longer takes {', '.join(sorted(gone))}")
        for lost in set(param.get("aliases", [])) - set(other.get("aliases", [])):
            found.append(f"{here}: is no longer called {lost}")
        if param.get("minimum") != param.get("maximum"):
            if other.get("minimum", param.get("minimum")) > param.get("minimum", 0) or other.get("maximum", param.get("maximum")) < param.get("maximum", 0):
                found.append(f"{here}: takes a smaller range")
    for name, param in now.items():
        if name not in before and param.get("required", False):
            found.append(f"{where}.{name}: is new and required")
    known = [(rule["rule"], frozenset(rule["params"])) for rule in old.get("rules", [])]
    for rule in new.get("rules", []):
        members = frozenset(rule["params"])
        older = members & set(before)
        # A rule among new parameters, or one that was there with fewer members, refuses nothing old.
        if rule["rule"] == "mutually_exclusive" and any(kind == rule["rule"] and older <= was for kind, was in known):
            continue
        if rule["rule"] in ("mutually_exclusive", "required_together") and len(older) < 2:
            continue
        if rule["rule"] == "required_by" and rule["params"][0] not in before:
            continue
        if (rule["rule"], members) not in known:
            found.append(f"{where}: the rule {rule['rule']} of {', '.join(sorted(members))} is new")
    return found


def asked(old, new, where):
    """Fields of requests: none may go or become needed."""
    found = []
    now = by_name(new)
    for field in old:
        other = now.get(field["name"])
        if other is None:
            found.append(f"{where}.{field['name']}: is gone")
        elif other["type"] != field["type"]:
            found.append(f"{where}.{field['name']}: was {field['type']} and is {other['type']}")
        elif other["always"] and not field["always"]:
            found.append(f"{where}.{field['name']}: was optional and is required")
    for name, field in now.items():
        if name not in by_name(old) and field["always"]:
            found.append(f"{where}.{name}: is new and required")
    return found


def answered(old, new, where):
    """Fields of results: none may go, change its type, become null or be left out."""
    found = []
    now = by_name(new)
    for field in old:
        here = f"{where}.{field['name']}"
        other = now.get(field["name"])
        if other is None:
            found.append(f"{here}: is gone")
            continue
        if other["type"] != field["type"]:
            found.append(f"{here}: was {field['type']} and is {other['type']}")
        if other["nullable"] and not field["nullable"]:
            found.append(f"{here}: was never null and may be now")
        if field["always"] and not other["always"]:
            found.append(f"{here}: was always there and may be left out now")
        gone = set(field.get("choices", [])) - set(other.get("choices", []))
        if gone:
            found.append(f"{here}: no longer says {', '.join(sorted(gone))}")
    return found


def broken(old, new):
    """Every promise of `old` that `new` breaks, as sentences."""
    found = []
    now = by_name(new["resources"])
    for resource in old["resources"]:
        name = resource["name"]
        if name not in now:
            found.append(f"{name}: is gone")
            continue
        found += parameters(resource, now[name], name)
    codes = by_name(new["codes"])
    for code in old["codes"]:
        if code["name"] not in codes or codes[code["name"]]["number"] != code["number"]:
            found.append(f"code {code['name']}: is gone or has another number")
    found += parameters(old["abi"]["config"], new["abi"]["config"], "config")
    for kind, compare in (("requests", asked), ("results", answered)):
        for shape, fields in old["abi"][kind].items():
            if shape not in new["abi"][kind]:
                found.append(f"{shape}: is gone")
            else:
                found += compare(fields, new["abi"][kind][shape], shape)
    for limit in ("max_json_bytes", "max_json_depth"):
        if new["abi"][limit] < old["abi"][limit]:
            found.append(f"{limit}: is smaller")
    return found
