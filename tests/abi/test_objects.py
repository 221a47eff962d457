# SPDX-License-Identifier: Apache-2.0
"""Lists of objects through the library and its packages, with the resource of tests/things. Objects are given
as dicts and hashes, an error names its place, and library and executable agree."""

import copy
import json
import shutil
import subprocess
import sys

import contract_rules
import support
from support import ABI, LibraryTest, program_environment

KEY = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"
PASSWORD = "obviously-fake-password"
PIN = "fakepin"  # short enough to be quoted if nothing says that it is a secret
PYTHON = """
import json, sys, infrastate
calls = json.load(sys.stdin)
with infrastate.Client(host="localhost:1", access_key=calls["key"]) as client:
    for desired in calls["cases"]:
        print(json.dumps(client._call("infrastate_plan", {"resource": "things", "desired": desired}, None, None)))
"""
PYTHON_VALUES = """
import collections, pathlib, datetime, types, infrastate
with infrastate.Client(host="localhost:1", access_key="%s") as client:
    thing = types.MappingProxyType({"name": "one", "user": "me", "file": pathlib.Path("/x"), "lifetime": datetime.timedelta(hours=1), "size": 1,
                                    "login": "me", "password": infrastate.Secret("obviously-fake-password"),
                                    "parts": (collections.OrderedDict(label="a"), {"label": "b"})})
    result = client.apply("things", {"owner": "somebody", "things": (thing,)})
    print(result["things"][0]["note"])
    for bad in ({"nam": "x"}, {"size": float("nan")}, {1: 2}, {"parts": [{"label": b"x"}]}):
        try:
            client.apply("things", {"owner": "somebody", "things": [thing, {"name": "two", "user": "me", **bad}]})
        except (infrastate.ArgumentError, TypeError, ValueError) as error:
            print(getattr(error, "field", None), error, sep=": ")
""" % KEY
RUBY = """
client = Infrastate::Client.new(host: "localhost:1", access_key: "%s")
thing = { name: "one", "user" => :me, size: 1, login: "me", password: Infrastate::Secret.new("obviously-fake-password"), parts: [{ label: "a" }, { "label" => :b }] }
puts client.apply("things", { owner: "somebody", things: [thing] }).to_h["things"][0]["note"]
[{ nam: "x" }, { size: Float::NAN }, { 1 => 2 }, { parts: [{ label: Object.new }] }].each do |bad|
  client.apply("things", { owner: "somebody", things: [thing, { name: "two", user: "me" }.merge(bad)] })
rescue Infrastate::ArgumentError => e
  puts "#{e.field}: #{e.message}"
end
client.close
""" % KEY
MISSPELT = "things[1].nam: things[1].nam is no parameter; did you mean 'name'? These are: name, kind, "


def thing(**more):
    return {"name": "one", "user": "me", **more}


CASES = [
    {"owner": "somebody"},
    {"owner": "somebody", "things": []},
    {"owner": "somebody", "things": [thing(), thing(name="two", parts=[{"label": "a"}, {"label": "b", "weight": 3}])]},
    {"owner": "somebody", "things": [thing(login="me", password=PASSWORD)]},
    {"owner": "somebody", "things": [thing(), thing(size=9)]},
    {"owner": "somebody", "things": [thing(), thing(nam=1)]},
    {"owner": "somebody", "things": [thing(), {"user": "me"}]},
    {"owner": "somebody", "things": [thing(), 5]},
    {"owner": "somebody", "things": [thing(kind="odd")]},
    {"owner": "somebody", "things": [thing(delay="soon")]},
    {"owner": "somebody", "things": [thing(parts=[{"label": "a", "weight": "x"}])]},
    {"owner": "somebody", "things": [thing(parts=[{"label": "forbidden"}])]},
    {"owner": "somebody", "things": [thing(login="me", password=PASSWORD, nam=PASSWORD)], "bogus": 1},
    {"owner": "somebody", "things": [thing(parts=[{"label": PIN, "pin": PIN}, {"label": "b"}])]},
    {"owner": "somebody", "things": [thing(), thing(parts=[{"label": "a", "pin": PIN}], kind=PIN)]},
]


def library():
    return support.BUILD / "tests" / "things" / "libinfrastate_things.so"


class ObjectsTest(LibraryTest):
    def environment(self):
        return program_environment(INFRASTATE_LIBRARY=str(library()), PYTHONPATH=str(ABI / "bindings" / "python"))

    def library_answers(self, cases):
        done = subprocess.run([sys.executable, "-B", "-c", PYTHON], input=json.dumps({"key": KEY, "cases": cases}), text=True,
                              capture_output=True, env=self.environment(), timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def module_answer(self, desired):
        arguments = {**desired, "host": "localhost:1", "access_key": KEY, "_ansible_check_mode": True}
        done = subprocess.run([support.BUILD / "tests" / "things" / "infra_things"], input=json.dumps(arguments), text=True,
                              capture_output=True, env=self.environment(), timeout=60, check=False)
        return json.loads(done.stdout)

    def test_both_doors_agree(self):
        for desired, answer in zip(CASES, self.library_answers(CASES), strict=True):
            with self.subTest(desired=desired):
                module = self.module_answer(desired)
                self.assertEqual(answer["ok"], not module.get("failed", False))
                self.assertEqual(answer["things"], module["things"])
                for secret in (PASSWORD, PIN):
                    self.assertNotIn(secret, json.dumps(answer) + json.dumps(module))
                if not answer["ok"]:
                    self.assertEqual({name: answer["error"][name] for name in ("code", "field")},
                                     {name: module["error"][name] for name in ("code", "field")})

    def test_each_refusal_is_one_sentence_with_its_place(self):
        sentences = {"things[1].size": "things[1].size: must be an integer from 1 to 5, not 9",
                     "things[1].nam": "things[1].nam is no parameter; did you mean 'name'? These are: ",
                     "things[1].name": "things[1].name: is required; give a text", "things[1]": "things[1]: must be an object, not an integer",
                     "things[0].kind": "things[0].kind: must be one of plain, other, not 'odd'", "things[0].delay": "things[0].delay: ",
                     "things[0].parts[0].weight": "things[0].parts[0].weight: must be an integer from 0 to 9, not a string",
                     "things[0].parts[0].label": "things[0].parts[0].label: is forbidden", "bogus": "'bogus' is no parameter; ",
                     "things[1].kind": "things[1].kind: must be one of plain, other, not "}
        found = {answer["error"]["field"]: answer["error"]["message"] for answer in self.library_answers(CASES) if not answer["ok"]}
        self.assertEqual(set(found), set(sentences))
        for field, sentence in sentences.items():
            self.assertTrue(found[field].startswith(sentence), found[field])

    def check_program(self, output, *, nan, name, value):
        lines = output.splitlines()
        self.assertEqual(lines[0], "of me, with a, with b, password ********")
        self.assertTrue(lines[1].startswith(MISSPELT), lines[1])
        self.assertEqual(lines[2:], [nan, name, value])

    def test_python_passes_mappings(self):
        output = self.must_run(sys.executable, "-B", "-c", PYTHON_VALUES, env=self.environment())
        self.check_program(output, nan="None: things[1].size is nan, which JSON has no number for",
                           name="None: things[1] has a name that is no text: int",
                           value="None: things[1].parts[0].label is bytes; text is needed: decode it")

    def test_ruby_passes_hashes(self):
        if shutil.which("ruby") is None:
            self.missing("there is no ruby")
        output = self.must_run("ruby", "-w", "-I", ABI / "bindings" / "ruby" / "lib", "-r", "infrastate", "-e", RUBY, env=self.environment())
        self.check_program(output, nan="things[1].size: things[1].size: must be a finite number",
                           name="things[1]: things[1]: has a name that is neither a String nor a Symbol",
                           value="things[1].parts[0].label: things[1].parts[0].label: cannot be an instance of Object")

    def description(self):
        return json.loads(self.must_run(sys.executable, "-B", "-c", "import infrastate, json; print(json.dumps(infrastate.describe()))",
                                        env=self.environment()))

    def test_the_gate_of_the_contract_looks_inside(self):
        old = self.description()
        self.assertEqual(contract_rules.broken(old, old), [])

        def broken(change):
            new = copy.deepcopy(old)
            things = new["resources"][0]["params"][1]
            change(things, {field["name"]: field for field in things["fields"]})
            return contract_rules.broken(old, new)

        another = {**old["resources"][0]["params"][1]["fields"][0], "name": "another", "aliases": []}
        for harmless in (lambda things, _: things["fields"].append({**another, "required": False}), lambda things, _: things["rules"].pop(),
                         lambda _, fields: fields["name"].update(required=False), lambda _, fields: fields["kind"]["choices"].append("third")):
            self.assertEqual(broken(harmless), [])
        for harm in (lambda things, _: things["fields"].pop(), lambda things, _: things["fields"].append(another), lambda things, _: things.pop("fields"),
                     lambda things, _: things.pop("rules"), lambda _, fields: fields["size"].update(type="string"),
                     lambda _, fields: fields["user"].update(required=True), lambda _, fields: fields["password"].update(secret=False),
                     lambda things, _: things["rules"].append({"rule": "required_by", "params": ["name", "size"]}),
                     lambda _, fields: fields["parts"]["fields"].pop(), lambda _, fields: fields["parts"]["fields"][1].update(maximum=5),
                     lambda _, fields: fields["name"].update(fields=[], rules=[])):
            self.assertTrue(broken(harm))

    def test_describe_says_what_is_inside(self):
        params = {param["name"]: param for param in self.description()["resources"][0]["params"]}
        self.assertEqual(params["things"]["type"], "objects")
        self.assertEqual([field["name"] for field in params["spare"]["fields"]], ["label", "weight", "pin"])
        self.assertIn({"rule": "required_together", "params": ["login", "password"]}, params["things"]["rules"])
