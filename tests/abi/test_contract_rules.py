# SPDX-License-Identifier: Apache-2.0
"""The rules of the JSON contract, which no tool for C interfaces sees, and the proof that they work: every
value of the released contract is changed in every way, and every part of it is removed."""

import copy
import re

import contract_rules
import infrastate
from support import ABI, LibraryTest, loads

RELEASE = ABI / "describe-1.0.json"

# All changes that may go unnoticed: the place (a pattern of a path without names), the change, and
# why it harms nobody. All others must be noticed. A line that is not needed any more must be
# removed.
MAY_CHANGE = (
    (r"version", "any", "of this software; it is no part of the contract"),
    (r"resources\[\]\.(summary|description(\[\])?|notes(\[\])?)", "any", "for people"),
    (r".*\.doc(\[\])?", "any", "for people"),
    (r".*\.since", "any", "for people"),
    (r".*\.sample", "any", "an example"),
    (r".*\.params\[\]\.minimum(_ms)?", "less|taken out", "takes more than before"),
    (r".*\.params\[\]\.maximum(_ms)?", "more|taken out", "takes more than before"),
    (r"abi\.minor|abi\.max_json_(bytes|depth)", "more", "a later minor version; more is read"),
    (r".*\.rules", "emptied", "accepts what was refused"),
    (r".*\.rules\[\]", "taken out of a list", "accepts what was refused"),
    (r"(connection|abi\.config)\.rules\[mutually_exclusive 3\]\.params\[\]", "taken out of a list", "two are left that exclude each other"),
    (r"abi\.requests\.\w+\[\]\.always", "becomes False", "need not be given any more"),
    (r"abi\.requests\.\w+\[\]\.nullable", "becomes True", "may be given as null"),
    (r"abi\.results\.[\w.]+\[\]\.nullable", "becomes False", "never null any more"),
    (r"abi\.results\.[\w.]+\[\]\.always", "becomes True", "never left out any more"),
)


def changes_of(value):
    """Other values for a leaf, by the name of the change."""
    if isinstance(value, bool):
        return {f"becomes {not value}": not value, "null": None, "another type": str(value)}
    if isinstance(value, int):
        return {"more": value + 1, "less": value - 1, "null": None, "another type": str(value), "a boolean": True}
    return {"other words": value + "x", "less words": value[:-1], "null": None, "another type": 1}


def label(item):
    """How an item of a list is shown in a path. Rules are shown by kind and length, because these decide."""
    return f"[{item['rule']} {len(item['params'])}]" if isinstance(item, dict) and "rule" in item else "[]"


def mutated(node, path=""):
    """Changes `node` in place in every way, one after the other: yields the path and the change."""
    if isinstance(node, dict):
        for word in list(node):
            here = f"{path}.{word}" if path else word
            before = dict(node)
            del node[word]
            yield here, "taken out"
            node.clear()
            node.update(before)
            yield from mutated_at(node, word, here)
    elif isinstance(node, list):
        for place in range(len(node)):
            here = path + label(node[place])
            item = node.pop(place)
            yield here, "taken out of a list"
            node.insert(place, item)
            yield from mutated_at(node, place, here)


def mutated_at(parent, key, path):
    value = parent[key]
    if not isinstance(value, (dict, list)):
        for done, other in changes_of(value).items():
            parent[key] = other
            yield path, done
        parent[key] = value
        return
    for done, other in (("emptied", type(value)()), ("null", None), ("another type", {} if isinstance(value, list) else [])):
        if value or other != value:
            parent[key] = other
            yield path, done
    parent[key] = value
    if isinstance(value, dict):
        value["novel_word"] = 1
        yield path, "a new word"
        del value["novel_word"]
    yield from mutated(value, path)


class ContractTest(LibraryTest):
    def setUp(self):
        super().setUp()
        self.old = loads(RELEASE.read_text())

    def test_todays_contract_keeps_the_promises_of_the_release(self):
        self.assertEqual(contract_rules.broken(self.old, infrastate.describe()), [])

    def test_every_value_and_every_part_is_compared_but_for_what_may_change(self):
        new = copy.deepcopy(self.old)
        lines = [(re.compile(path), re.compile(done), [path, done]) for path, done, _ in MAY_CHANGE]
        needed, unnoticed, forbidden, tried = set(), [], [], 0
        for path, done in mutated(new):
            tried += 1
            found = contract_rules.broken(self.old, new)
            general = re.sub(r"\[\w+ \d+\]", "[]", path)
            allowed = [number for number, (where, what, words) in enumerate(lines)
                       if (where.fullmatch(path) or where.fullmatch(general)) and (words[1] == "any" or what.fullmatch(done))]
            needed.update(allowed)
            if not found and not allowed:
                unnoticed.append(f"{path}: {done}")
            if found and allowed:
                forbidden.append(f"{path}: {done}: {found[0]}")
        self.assertEqual(new, self.old, "the mutations undo themselves")
        self.assertGreater(tried, 5000)
        self.assertEqual(unnoticed, [], "changes that pass, though nobody has said that they may")
        self.assertEqual(forbidden, [], "changes that are refused, though they may happen")
        self.assertEqual([words for number, (_, _, words) in enumerate(lines) if number not in needed], [], "lines that nothing needs")


class SampleTest(LibraryTest):
    """Changes by hand: some that a later version may make, and some that are never allowed."""

    def setUp(self):
        super().setUp()
        self.old = loads(RELEASE.read_text())
        self.new = copy.deepcopy(self.old)
        self.config, self.key = self.new["abi"]["config"], self.new["resources"][0]
        self.result = self.new["abi"]["results"]["result"]
        self.of_key = self.new["abi"]["results"]["access_key.result"]

    def named(self, items, name):
        return next(item for item in items if item["name"] == name)

    def with_edit(self, edit):
        self.setUp()
        edit(self)
        found = contract_rules.broken(self.old, self.new)
        self.doCleanups()
        return found

    PARAM = {"name": "novel", "type": "integer", "required": False, "secret": False, "since": "0.2.0", "default_rule": "none", "doc": []}
    FIELD = {"name": "novel", "type": "string", "nullable": True, "always": False}

    ADDITIONS = {
        "a new optional parameter": lambda t: t.key["params"].append(SampleTest.PARAM),
        "a new parameter with a limit, choices and a default": lambda t: t.config["params"].append(
            {**SampleTest.PARAM, "type": "choice", "minimum": 1, "maximum": 2, "choices": ["a"], "default_rule": "filled", "default": "a"}),
        "a new parameter of the environment": lambda t: t.config["params"].append({**SampleTest.PARAM, "environment": ["INFRA_NOVEL"]}),
        "a further variable behind those there are": lambda t: t.named(t.config["params"], "host")["environment"].append("INFRA_SERVER"),
        "a first variable": lambda t: t.named(t.config["params"], "timeout_ms").update(environment=["INFRA_TIMEOUT_MS"]),
        "a new choice to give": lambda t: t.named(t.key["params"], "recreate")["choices"].append("novel"),
        "a new alias": lambda t: t.named(t.key["params"], "name").update(aliases=["key_name"]),
        "a choice becomes free text": lambda t: [t.named(t.key["params"], "state").update(type="string"), t.named(t.key["params"], "state").pop("choices")],
        "a rule among new parameters": lambda t: [t.key["params"].extend([SampleTest.PARAM, {**SampleTest.PARAM, "name": "newer"}]),
                                                  t.key["rules"].append({"rule": "required_together", "params": ["novel", "newer"]})],
        "a new parameter that needs an old one": lambda t: [t.key["params"].append(SampleTest.PARAM),
                                                            t.key["rules"].append({"rule": "required_by", "params": ["novel", "name"]})],
        "a new parameter that excludes an old one": lambda t: [t.key["params"].append(SampleTest.PARAM),
                                                               t.key["rules"].append({"rule": "mutually_exclusive", "params": ["novel", "name"]})],
        "one more way to authenticate": lambda t: [t.config["params"].append(SampleTest.PARAM), t.config["rules"][0]["params"].append("novel"),
                                                   t.config["rules"][3]["params"].append("novel")],
        "a new field of results": lambda t: t.result.append(SampleTest.FIELD),
        "a new field of results that is always there": lambda t: t.result.append({**SampleTest.FIELD, "always": True, "nullable": False, "choices": ["a"]}),
        "a new field that the module returns": lambda t: t.key["returns"].append({"name": "novel", "type": "string", "when": "on success", "doc": []}),
        "free text of results becomes one of a list": lambda t: t.named(t.of_key, "previous_id").update(choices=["good"]),
        "a text of results becomes a time": lambda t: t.named(t.of_key, "previous_id").update(type="rfc3339"),
        "a returned field that is always there now": lambda t: t.named(t.key["returns"], "reason").update(when="always"),
        "a new optional field of requests": lambda t: t.new["abi"]["requests"]["request"].append(SampleTest.FIELD),
        "a new shape of requests": lambda t: t.new["abi"]["requests"].update(novel=[{**SampleTest.FIELD, "always": True}]),
        "a new shape of results": lambda t: t.new["abi"]["results"].update(novel=[SampleTest.FIELD]),
        "a new resource": lambda t: t.new["resources"].append({**copy.deepcopy(t.key), "name": "novel"}),
        "a new code": lambda t: t.new["codes"].append({"number": 18, "name": "NOVEL", "doc": ""}),
        "another order": lambda t: [t.key["params"].reverse(), t.key["rules"].reverse(), t.result.reverse(), t.new["codes"].reverse(),
                                    t.named(t.key["params"], "state")["choices"].reverse()],
    }

    # Each is recognized by a word of the sentence that reports it.
    BREAKINGS = {
        "a new parameter that is required": ("new and required", lambda t: t.key["params"].append({**SampleTest.PARAM, "required": True})),
        "a filled default becomes one of the creation": ("default_rule", lambda t: t.named(t.key["params"], "user").update(default_rule="on_creation")),
        "a default where there was none": ("default", lambda t: t.named(t.key["params"], "owner").update(default="root")),
        "a limit on a parameter without one": ("smaller range", lambda t: t.named(t.key["params"], "overlap").update(maximum_ms=1000)),
        "a limit of a new kind": ("without a rule", lambda t: t.named(t.key["params"], "name").update(max_length=10)),
        "an alias that is not understood any more": ("no longer called", lambda t: t.named(t.old["resources"][0]["params"], "name").update(aliases=["key_name"])),
        "choices in requests": ("choices", lambda t: t.new["abi"]["requests"]["request"][0].update(choices=["access_key"])),
        "choices on free text": ("choices", lambda t: t.named(t.key["params"], "user").update(choices=["connector"])),
        "a variable before those there were": ("environment", lambda t: t.named(t.config["params"], "host")["environment"].insert(0, "INFRA_SERVER")),
        "the other order of variables": ("environment", lambda t: t.named(t.config["params"], "proxy")["environment"].reverse()),
        "a variable that is not read any more": ("environment", lambda t: t.named(t.config["params"], "access_key").pop("environment")),
        "the same in what the modules take": ("environment", lambda t: t.named(t.new["connection"]["params"], "access_key").pop("environment")),
        "a secret that is none": ("secret", lambda t: t.named(t.config["params"], "password").update(secret=False)),
        "a text that becomes secret": ("secret", lambda t: t.named(t.config["params"], "username").update(secret=True)),
        "old parameters that exclude each other": ("exclude", lambda t: t.key["rules"].append({"rule": "mutually_exclusive", "params": ["name", "user"]})),
        "a third that is excluded": ("exclude", lambda t: t.key["rules"][0]["params"].append("user")),
        "a rule the other way round": ("needs", lambda t: t.key["rules"][3]["params"].reverse()),
        "an old parameter that needs a new one": ("needs", lambda t: [t.key["params"].append(SampleTest.PARAM),
                                                                      t.key["rules"].append({"rule": "required_by", "params": ["name", "novel"]})]),
        "a third that is needed together": ("needs", lambda t: t.config["rules"][2]["params"].append("host")),
        "one of some is needed": ("is needed", lambda t: t.key["rules"].append({"rule": "required_one_of", "params": ["name", "id"]})),
        "one of fewer is needed": ("is needed", lambda t: t.config["rules"][3]["params"].pop()),
        "a kind of rule that is not known": ("does not know", lambda t: t.key["rules"].append({"rule": "forbidden_on_monday", "params": ["name", "id"]})),
        "a result that may be one thing more": ("too", lambda t: t.named(t.result, "outcome")["choices"].append("partly")),
        "a result of which nothing is listed any more": ("choices", lambda t: t.named(t.result, "outcome").pop("choices")),
        "a time of results becomes any text": ("was 'rfc3339'", lambda t: t.named(t.of_key, "next_action_at").update(type="string")),
        "a required field of requests": ("new and required", lambda t: t.new["abi"]["requests"]["request"].append({**SampleTest.FIELD, "always": True})),
        "a returned field of another condition": ("when", lambda t: t.named(t.key["returns"], "changed").update(when="on success")),
        "a code with another number": ("number", lambda t: t.named(t.new["codes"], "BUSY").update(number=18)),
        "a number for two codes": ("twice", lambda t: t.new["codes"].append({"number": 0, "name": "FINE", "doc": ""})),
        "a parameter that stands there twice": ("once", lambda t: t.key["params"].append(t.key["params"][0])),
    }

    def test_what_may_be_added_passes(self):
        for what, edit in self.ADDITIONS.items():
            with self.subTest(what=what):
                self.assertEqual(self.with_edit(edit), [])

    def test_what_breaks_a_host_is_said_in_words(self):
        for what, (word, edit) in self.BREAKINGS.items():
            with self.subTest(what=what):
                self.assertIn(word, " ".join(self.with_edit(edit)))

    def test_types_widen_where_they_are_given_and_narrow_where_they_are_got(self):
        def change(place, before, after):
            self.setUp()
            for document, kind in ((self.old, before), (self.new, after)):
                place(document)["type"] = kind
            return contract_rules.broken(self.old, self.new)

        # Without choices and limits, which have rules of their own.
        for allowed, place in ((contract_rules.WIDER, lambda document: self.named(document["abi"]["config"]["params"], "username")),
                               (contract_rules.WIDER, lambda document: document["abi"]["requests"]["request"][0]),
                               (contract_rules.NARROWER, lambda document: self.named(document["resources"][0]["returns"], "explanation")),
                               (contract_rules.NARROWER, lambda document: self.named(document["abi"]["results"]["result"], "explanation"))):
            for older, newer in allowed:
                with self.subTest(older=older, newer=newer):
                    self.assertEqual(change(place, older, newer), [])
                    self.assertNotEqual(change(place, newer, older), [])

        def arrays(document):
            return self.named(document["abi"]["results"]["result"], "reasons")
        self.assertEqual(change(arrays, "array of string", "array of rfc3339"), [])
        self.assertNotEqual(change(arrays, "array of rfc3339", "array of string"), [])
        self.assertNotEqual(change(arrays, "array of string", "string"), [])
