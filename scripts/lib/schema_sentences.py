# SPDX-License-Identifier: Apache-2.0
"""Sentences that say what the schema says by its structure."""

RULES = {
    "mutually_exclusive": "At most one of {all}.",
    "required_together": "{all} come together.",
    "required_one_of": "At least one of {all} is required.",
    "required_by": "{first} needs {rest}.",
}


def fallback_sentences(param):
    """The contents of a table's columns as sentences, for formats without such columns."""
    return creation_sentences(param) + environment_sentences(param)


def creation_sentences(param):
    return [f"Where a key is made and this is not set, it is `{param['default']}`."] if param["default_rule"] == "on_creation" else []


def environment_sentences(param):
    if "environment" not in param:
        return []
    names = " or ".join(f"`{name}`" for name in param["environment"])
    return [f"If it is not set, the environment variable {names} is used."]


def choice_sentences(choices):
    return ["One of " + ", ".join(f"`{choice}`" for choice in choices) + "."]


def rule_sentences(rules):
    for rule in rules:
        names = [f"`{name}`" for name in rule["params"]]
        together = ", ".join(names[:-1]) + " and " + names[-1]
        yield RULES[rule["rule"]].format(all=together, first=names[0], rest=" and ".join(names[1:]))
