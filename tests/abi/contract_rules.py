# SPDX-License-Identifier: Apache-2.0
"""What may not happen to the JSON contract within a major version. It compares two answers of
infrastate_describe(): the released one and the one of today.

Each kind of object has a table with every word that may occur in it, and a rule for each word. A word
without a rule is reported, so that a new one (a new kind of limit, say) cannot be missed. For what callers
give, the library may only accept more. For what callers get, the library may only promise more: a host that
was written for the release must find nothing that it cannot handle.

A rule is called with the old value, the new one, their place and the two objects that contain them. It
returns sentences, one for each broken promise. A value that does not exist is ABSENT."""


class _Absent:
    def __repr__(self):
        return "not there"


ABSENT = _Absent()

# What callers give: an old type may only become one that accepts at least as much.
WIDER = {("key_name", "string"), ("id", "string"), ("duration", "string"), ("rfc3339", "string"), ("path", "string"), ("url", "string"),
         ("choice", "string"), ("duration", "seconds"), ("duration", "span"), ("span", "span_or_percent"), ("integer", "number"),
         ("token", "secret"), ("kept_secret", "secret")}
# What callers get: an old type may only become one whose every value was possible before.
NARROWER = {("string", "key_name"), ("string", "id"), ("string", "duration"), ("string", "rfc3339"), ("string", "choice"), ("number", "integer")}


# ---- values ----
def free(old, new, where, *_):
    """For people, or not part of the contract."""
    return []


def same(old, new, where, *_):
    if type(old) is type(new) and old == new:
        return []
    return [f"{where}: was {old!r} and is {new!r}"]


def only_becomes(allowed):
    def rule(old, new, where, *_):
        return [] if new is allowed and isinstance(old, bool) else same(old, new, where)
    return rule


def number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def lower_limit(old, new, where, *_):
    if new is ABSENT or (number(old) and number(new) and new <= old):
        return []
    return [f"{where}: takes a smaller range: was {old!r} and is {new!r}"]


def upper_limit(old, new, where, *_):
    if new is ABSENT or (number(old) and number(new) and new >= old):
        return []
    return [f"{where}: takes a smaller range: was {old!r} and is {new!r}"]


def never_less(old, new, where, *_):
    return [] if number(old) and number(new) and new >= old else [f"{where}: was {old!r} and is {new!r}, which is less or no number"]


def type_of(allowed):
    def rule(old, new, where, *_):
        was, now, array = old, new, "array of "
        if isinstance(old, str) and isinstance(new, str) and old.startswith(array) and new.startswith(array):
            was, now = old[len(array):], new[len(array):]
        return [] if isinstance(new, str) and (was, now) in allowed else same(old, new, where)
    return rule


def always_or_same(old, new, where, *_):
    return [] if new == "always" else same(old, new, where)


# ---- lists of texts ----
def texts(value):
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def names(value):
    return ", ".join(sorted(value))


def asked_choices(old, new, where, was, now):
    """No word may be removed, and free text may not become a choice."""
    if old is ABSENT and new is ABSENT:
        return []
    if now.get("type") != was.get("type") and new is ABSENT:
        return []  # a choice that became free text: the rule of `type` checks that
    if old is ABSENT or not texts(new):
        return [f"{where}: were {old!r} and are {new!r}"]
    gone = set(old) - set(new)
    return [f"{where}: no longer takes {names(gone)}"] if gone else []


def answered_choices(old, new, where, *_):
    """No word may be added (a host may have a branch for each), and none removed. Free text may become a choice."""
    if old is ABSENT:
        return [] if new is ABSENT or texts(new) else [f"{where}: is no list of texts"]
    if not texts(new):
        return [f"{where}: were {old!r} and are {new!r}"]
    gone, more = set(old) - set(new), set(new) - set(old)
    return ([f"{where}: no longer says {names(gone)}"] if gone else []) + ([f"{where}: says {names(more)}, too"] if more else [])


def all_kept(old, new, where, *_):
    if old is ABSENT:
        return [] if new is ABSENT or texts(new) else [f"{where}: is no list of texts"]
    gone = set(old) - (set(new) if texts(new) else set())
    return [f"{where}: is no longer called {names(gone)}"] if gone else []


def variables(old, new, where, *_):
    """The first variable that is set decides, so a new one may only come after the old ones."""
    old = [] if old is ABSENT else old
    if texts(new) and new[:len(old)] == old:
        return []
    return [f"{where}: the environment was {old!r} and is {new!r}"]


# ---- objects and lists of them ----
def compared(old, new, table, where):
    """Compares two objects of the same kind, word by word."""
    if not isinstance(new, dict):
        return [f"{where}: was an object and is {new!r}"]
    found = []
    for word in list(old) + [word for word in new if word not in old]:
        here = f"{where}.{word}" if where else word
        if word not in table:
            found.append(f"{here}: is a word without a rule; decide in contract_rules.py what a change of it breaks")
        else:
            found += table[word](old.get(word, ABSENT), new.get(word, ABSENT), here, old, new)
    return found


def by_name(items):
    """Name -> item; nothing if these are not objects with names of their own."""
    if not isinstance(items, list) or not all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items):
        return None
    return {item["name"]: item for item in items} if len({item["name"] for item in items}) == len(items) else None


def named(table, added=lambda item: [], optional=False):
    """A list of objects with names: none is removed. `added` says what a new one may not be."""
    def rule(old, new, where, *_):
        if optional and old is ABSENT:
            return []  # nothing was promised before, so anything may be
        before, now = by_name(old), by_name(new)
        if before is None or now is None:
            return [f"{where}: is no list of objects with names that stand there once"]
        found = []
        for name, item in before.items():
            here = f"{where}[{name}]"
            found += [f"{here}: is gone"] if name not in now else compared(item, now[name], table, here)
        for name, item in now.items():
            if name not in before:
                found += [f"{where}[{name}]: {problem}" for problem in added(item)]
        return found
    return rule


def an_object(table):
    return lambda old, new, where, *_: compared(old, new, table, where) if isinstance(old, dict) else [f"{where}: is new"]


def shapes(fields):
    """Objects by the name of their shape: none is removed, new ones may be added."""
    def rule(old, new, where, *_):
        if not isinstance(old, dict) or not isinstance(new, dict):
            return [f"{where}: was {old!r} and is {new!r}"]
        found = [problem for shape, items in old.items() for problem in fields(items, new.get(shape, ABSENT), f"{where}.{shape}")]
        return found + [f"{where}.{shape}: is no list of fields" for shape in new if shape not in old and by_name(new[shape]) is None]
    return rule


def codes(old, new, where, *_):
    """No code is removed or gets another number. A new one gets a number that was never used."""
    found = named({"name": same, "number": same, "doc": free})(old, new, where)
    before, now = by_name(old), by_name(new)
    if before is None or now is None:
        return found
    numbers = [item.get("number") for item in now.values()]
    found += [f"{where}: the number {each!r} stands twice" for each in sorted(map(str, numbers)) if list(map(str, numbers)).count(each) > 1]
    return found + [f"{where}[{name}]: has no number" for name, item in now.items() if not number(item.get("number"))]


# ---- rules between parameters ----
def refusals(rules, known, where):
    """What these rules refuse, in parts: pairs that exclude each other, "one needs the other", and sets of
    which one is needed. And errors in the rules themselves."""
    pairs, needs, one_of, found = set(), set(), set(), []
    for rule in rules:
        kind, members = rule.get("rule"), rule.get("params")
        if set(rule) != {"rule", "params"} or not texts(members) or len(set(members)) != len(members) or len(members) < 2:
            found.append(f"{where}: {rule!r} is no rule of two or more parameters")
        elif not set(members) <= known:
            found.append(f"{where}: the rule {kind} names {names(set(members) - known)}, which is no parameter")
        elif kind == "mutually_exclusive":
            pairs |= {frozenset((one, other)) for one in members for other in members if one != other}
        elif kind == "required_by":  # the first one needs all others
            needs |= {(members[0], other) for other in members[1:]}
        elif kind == "required_together":
            needs |= {(one, other) for one in members for other in members if one != other}
        elif kind == "required_one_of":
            one_of.add(frozenset(members))
        else:
            found.append(f"{where}: the rule {kind!r} is one that contract_rules.py does not know")
    return pairs, needs, one_of, found


def parameter_rules(old, new, where, was, now, params="params"):
    """Nothing is refused that was accepted. A rule that is removed, or is about new parameters, refuses nothing old."""
    if not all(isinstance(rules, list) and all(isinstance(rule, dict) for rule in rules) for rules in (old, new)):
        return [f"{where}: is no list of rules"]
    before, after = by_name(was.get(params)), by_name(now.get(params))
    if before is None or after is None:
        return []  # the rule of `params` reports it
    pairs, needs, one_of, _ = refusals(old, set(before), where)
    new_pairs, new_needs, new_one_of, found = refusals(new, set(after), where)
    for pair in new_pairs - pairs:
        if pair <= set(before):
            found.append(f"{where}: {names(pair)} exclude each other, which is new")
    for one, other in sorted(new_needs - needs):
        if one in before:
            found.append(f"{where}: {one} needs {other}, which is new")
    for wanted in new_one_of:
        if not any(less <= wanted for less in one_of):
            found.append(f"{where}: one of {names(wanted)} is needed, which is new")
    return found


# ---- the tables: every word of the contract ----
PARAM = {
    "name": same, "type": type_of(WIDER), "required": only_becomes(False),
    # Whether the value may be shown. Hosts mask by it, so neither direction is allowed.
    "secret": same,
    "default_rule": same, "default": same, "choices": asked_choices, "words": all_kept, "aliases": all_kept, "environment": variables,
    "minimum": lower_limit, "minimum_ms": lower_limit, "maximum": upper_limit, "maximum_ms": upper_limit,
    "since": free, "doc": free,
}


def new_param(item):
    return ["is new and required"] if item.get("required") is not False else []


def fields_of_objects(old, new, where, *_):
    """A list of objects stays one, and nothing else becomes one."""
    if old is ABSENT:
        return [] if new is ABSENT else [f"{where}: is new"]
    return named(PARAM, new_param)(old, new, where)


def rules_of_objects(old, new, where, was, now):
    if old is ABSENT:
        return [] if new is ABSENT else [f"{where}: is new"]
    return parameter_rules(old, new, where, was, now, "fields")


SECTION = {"params": named(PARAM, new_param), "rules": parameter_rules}
# A list of objects describes its members as a table describes its parameters.
PARAM["fields"] = fields_of_objects
PARAM["rules"] = rules_of_objects

RETURNED = {"name": same, "type": type_of(NARROWER), "when": always_or_same, "choices": answered_choices, "sample": free, "doc": free}
RETURNED["fields"] = named(RETURNED, optional=True)

RESOURCE = {**SECTION, "name": same, "module": same, "kind": same, "returns": named(RETURNED), "summary": free, "description": free, "notes": free}

ASKED = {"name": same, "type": type_of(WIDER), "nullable": only_becomes(True), "always": only_becomes(False), "choices": asked_choices}
ANSWERED = {"name": same, "type": type_of(NARROWER), "nullable": only_becomes(False), "always": only_becomes(True), "choices": answered_choices}


def new_asked(item):
    return ["is new and required"] if item.get("always") is not False else []


ABI = {"major": same, "minor": never_less, "config": an_object(SECTION), "requests": shapes(named(ASKED, new_asked)),
       "results": shapes(named(ANSWERED)), "max_json_bytes": never_less, "max_json_depth": never_less}

CONTRACT = {"schema_version": same, "version": free, "resources": named(RESOURCE), "connection": an_object(SECTION), "codes": codes,
            "abi": an_object(ABI)}


def broken(old, new):
    """Every promise of `old` that `new` breaks, as sentences."""
    return compared(old, new, CONTRACT, "")
