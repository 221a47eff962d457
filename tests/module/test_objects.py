# SPDX-License-Identifier: Apache-2.0
"""Lists of objects as parameters, with the resource of tests/things. ansible-core reports bad objects in the same
words and reads good ones in the same way, and no secret in them is shown."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import ansible_core
import support

KEY = support.access_key()
THING = {"name": "one", "user": "me"}
PASSWORD = "obviously-fake-password"


def given(*things, **more):
    return {"owner": "somebody", "access_key": KEY, "host": "localhost:1", "things": list(things), **more}


def thing(**more):
    return {name: value for name, value in {**THING, **more}.items() if value is not ...}


PART = {"label": "a"}
BAD = [
    given(thing(), thing(name=...)),
    given(thing(name=...), thing(bogus=1)),
    given(thing(bogus=1), thing(name=...)),
    given(thing(nam="x")),
    given(thing(nam="x", zed=1), thing(nam="y"), thing(lable="x")),
    given(thing(group="us")),
    given(thing(group="us", name=...)),
    given(thing(delay="1h", flag=True)),
    given(thing(delay="1h", flag=True, group="us")),
    given(thing(user=...)),
    given(thing(user=..., size="x")),
    given(thing(kind="odd")),
    given(thing(kind="odd", size="x")),
    given(thing(kind=True)),
    given(thing(size="x")),
    given(thing(size=[])),
    given(thing(size=2.5)),
    given(thing(flag="maybe")),
    given(thing(flag=2)),
    given(thing(labels="a")),
    given(thing(parts={"label": "a"})),
    given(thing(login="me")),
    given(thing(password=PASSWORD)),
    given(thing(lifetime="1h")),
    given(thing(lifetime="1h", login="me", user=...)),
    given(thing(parts=[{}])),
    given(thing(parts=[PART, {"label": "a", "weight": "heavy"}])),
    given(thing(parts=[{**PART, "lable": 1}])),
    given(thing(parts=[{**PART, "lable": 1}], nam=1)),
    given(thing(parts=[{**PART, "lable": 1}]), bogus=1),
    given(thing(parts=[{}], size="x")),
    given(thing(parts=[{}]), thing(size="x")),
    given(thing(size="x"), bogus=1),
    given(thing(nam="x"), retries="x"),
    given(thing(name=...), none=True),
    given(thing(name=...), password=PASSWORD),
    given(thing(nam=1), none="x", spare=[{}]),
    given(thing(), spare=[{"weight": "x"}]),
    given(thing(**{KEY: 1})),
    given(thing(kind=KEY)),
    given('{"name": "one"}'),
    given({}),
    {**given(), "things": {"name": "one", "user": "me"}},
]
# ansible-core's first error comes from its search for secrets: it names no parameter, or quotes what may be a
# secret. We report the error that it finds next.
NO_OBJECT = [
    given("one"),
    given(thing(), 5),
    given(True),
    given(None),
    given(2.5),
    given(["one"]),
    given('{"name": '),
    given(thing(nam=1), 5, retries="x"),
    given(thing(parts=["x"])),
    given(thing(parts=[PART, 5])),
]
READ = [
    given(),
    given(thing()),
    given(thing(size="3", flag="yes", file="~/x", labels={"a": 1}), thing(user=..., group=7)),
    given(thing(size=3, lifetime="1h", parts=[PART, {"label": 5, "weight": "7"}])),
    given(thing(login="me", password=PASSWORD)),
    given(json.dumps(THING), thing(parts=[json.dumps(PART)])),
    given(thing(parts=[]), spare=[PART]),
]


class Objects(ansible_core.ComparedTest):
    returns_secret = False

    @classmethod
    def program(cls):
        return support.things()

    def run_module(self, arguments, **options):
        return super().run_module(arguments, program=self.program(), **options)

    def test_bad_objects_are_refused_in_the_same_words(self):
        results, version = self.theirs(BAD)
        for case, theirs in zip(BAD, results, strict=True):
            with self.subTest(case=case["things"]):
                ours = self.run_module(case)
                self.assertTrue(theirs.get("failed"), theirs)
                self.assertEqual(self.same_place(ours["msg"], version), self.same_place(theirs["msg"], version))

    def same_place(self, message, version):
        """If names are unknown in several places, ansible-core lists the parameters of any one of these places."""
        message = re.sub(r" Did you mean \w+\?$", "", self.comparable(message, version))  # a question that Ansible does not ask
        names, _, _ = message.partition(". Supported parameters include:")
        places = {name.strip().rpartition(".")[0] for name in names.partition(" module: ")[2].split(",")}
        return message if len(places) == 1 else names

    def test_an_item_that_is_no_object_is_named(self):
        results, version = self.theirs(NO_OBJECT)
        for case, theirs in zip(NO_OBJECT, results, strict=True):
            with self.subTest(case=case["things"]):
                ours = self.run_module(case)
                said = [self.comparable(each, version) for each in theirs["found"] if "unable to convert to" in each]
                self.assertIn(self.comparable(ours["msg"], version), said)

    def test_what_is_no_list_is_refused(self):
        """Cases where ansible-core splits the text at commas into a list."""
        for case, field in (({**given(), "things": 5}, "things"), ({**given(), "things": "a=b"}, "things"), (given(thing(parts="a,b")), "things[0].parts")):
            with self.subTest(field=field):
                self.refused(case, "unable to convert to list", field=field)

    def test_the_field_is_the_place(self):
        for case, field in ((given(thing(), thing(name=...)), "things[1].name"), (given(thing(), thing(nam=1)), "things[1].nam"),
                            (given(thing(parts=[PART, {**PART, "weight": "x"}])), "things[0].parts[1].weight"),
                            (given(thing(), 5), "things[1]"), (given(thing(kind="odd")), "things[0].kind"),
                            (given(thing(group="us")), "things[0].user"), (given(thing(size=9)), "things[0].size"),
                            (given(thing(parts=[{"label": "forbidden"}])), "things[0].parts[0].label")):
            with self.subTest(field=field):
                self.refused(case, field=field)

    def test_what_only_the_schema_finds_names_the_place(self):
        self.refused(given(thing(), thing(size=9)), "things[1].size: must be an integer from 1 to 5, not 9")
        self.refused(given(thing(delay="soon")), "things[0].delay: ")
        self.refused(given(thing(parts=[{"label": "forbidden"}])), "things[0].parts[0].label: is forbidden")

    def test_good_objects_are_read_alike(self):
        results, _ = self.theirs(READ)
        for case, theirs in zip(READ, results, strict=True):
            with self.subTest(case=case["things"]):
                self.assertNotIn("failed", theirs, theirs)
                ours = self.run_module(case)
                self.assertNotIn("failed", ours, ours)
                self.assertEqual(ours["invocation"]["module_args"], theirs["invocation"]["module_args"])

    def test_objects_arrive(self):
        result = self.run_module(given(thing(), thing(title="two", user=..., group="us", parts=[PART, {"label": "b"}]), json.dumps(THING)))
        self.assertEqual(result["things"], [{"name": "one", "note": "of me"}, {"name": "two", "note": "of us, with a, with b"},
                                            {"name": "one", "note": "of me"}])
        self.assertEqual(result["warnings"], ["Both option things[1].name and its alias things[1].title are set."])

    def test_neutral_values_exclude_nothing(self):
        for no in (False, "no", 0, None, ""):
            self.assertNotIn("failed", self.run_module(given(thing(delay="1h", flag=no))))
            self.assertNotIn("failed", self.run_module(given(thing(delay="0s", flag="yes"), none=no)))
        for nothing in ([], None, ""):
            self.assertNotIn("failed", self.run_module({**given(none=True), "things": nothing}))

    def test_what_is_left_out_is_not_given(self):
        for nothing in (None, ""):
            result = self.run_module(given(thing(title=nothing, size=nothing, flag=nothing)))
            self.assertNotIn("warnings", result)
            shown = result["invocation"]["module_args"]["things"][0]
            self.assertEqual((shown["name"], shown["size"], shown["flag"]), ("one", None, None))

    def test_the_environment_says_nothing_of_an_object(self):
        arguments = {"owner": "somebody", "host": "localhost:1", "things": [thing(login="me")]}
        result = self.refused(arguments, environment={"INFRA_USERNAME": "me", "INFRA_PASSWORD": PASSWORD})
        self.assertEqual(result["msg"], "parameters are required together: login, password found in things")

    def test_no_secret_in_an_object_is_shown(self):
        """In results, errors and warnings, whatever is wrong with the objects around it."""
        secret = {"login": "me", "password": PASSWORD}
        cases = [given(thing(**secret)), given(thing(**secret, bogus=1)), given(thing(**secret, user=PASSWORD, file=PASSWORD)),
                 given(thing(**secret, kind=PASSWORD)), given(thing(**secret, flag=PASSWORD)), given(thing(**secret, labels={"a": PASSWORD})),
                 given(thing(**secret), thing(nam=f"x{PASSWORD}x")), given(json.dumps({**THING, **secret})), given(json.dumps(secret)[:-1]),
                 given([PASSWORD]), given([[secret]]), given(PASSWORD), {**given(), "things": {**THING, **secret}},
                 {**given(), "things": json.dumps(secret)}, given(thing(parts=[{**PART, "pin": PASSWORD}])),
                 given(thing(parts=[{**PART, "pin": PASSWORD, "lable": PASSWORD}])), given(thing(parts=[PASSWORD])),
                 given(thing(login="me", password=[PASSWORD])), given(thing(login="me", password={PASSWORD: PASSWORD})),
                 given(thing(**secret, **{PASSWORD: 1}))]
        for case in cases:
            with self.subTest(case=case["things"]):
                self.assertNotIn(PASSWORD, json.dumps(self.run_module(case)))
        shown = self.run_module(given(thing(**secret)))
        self.assertEqual(shown["invocation"]["module_args"]["things"][0]["password"], support.MASKED)
        self.assertEqual(shown["things"], [{"name": "one", "note": "of me, password ********"}])

    def test_an_unknown_number_in_a_secret_is_masked(self):
        shown = self.run_module(given(thing(login="me", password=98765432, labels={"a": 98765432})))
        self.assertNotIn("98765432", json.dumps(shown))


class Documentation(support.ModuleTest):
    def test_ansible_doc_reads_what_is_inside(self):
        if shutil.which("ansible-doc") is None:
            self.missing("ansible-doc is not installed")
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            shutil.copytree(support.ROOT / "scripts", root / "scripts")
            shutil.copytree(support.things().parent, root / "modules", ignore=lambda _, names: [name for name in names if name != "infra_things"])
            (root / "scripts" / "generate-docs").write_text((root / "scripts" / "generate-docs").read_text().replace(
                "EXAMPLES = {", 'EXAMPLES = {\n    "infra_things": "- infra_things:\\n    owner: somebody\\n",', 1))
            subprocess.run([sys.executable, str(root / "scripts" / "generate-docs"), "--program", str(support.things())], check=True,
                           capture_output=True)
            done = subprocess.run(["ansible-doc", "--json", "-t", "module", "-M", str(root / "modules"), "infra_things"], capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            text = subprocess.run(["ansible-doc", "-t", "module", "-M", str(root / "modules"), "infra_things"], capture_output=True,
                                  text=True, check=True).stdout
            page = (root / "docs" / "parameters.md").read_text()
        options = json.loads(done.stdout)["infra_things"]["doc"]["options"]
        things = options["things"]
        self.assertEqual((things["type"], things["elements"]), ("list", "dict"))
        self.assertEqual(things["suboptions"]["name"], {"description": ["How it is called."], "type": "str", "required": True, "aliases": ["title"]})
        self.assertEqual(things["suboptions"]["kind"]["choices"], ["plain", "other"])
        self.assertEqual(things["suboptions"]["kind"]["default"], "plain")
        self.assertEqual(set(things["suboptions"]["parts"]["suboptions"]), {"label", "weight", "pin"})
        self.assertIn("At most one of C(user) and C(group).", things["description"])
        self.assertIn("SUBOPTIONS", text.upper())
        for row in ("| `things` | list of objects |", "| `things[].name` | text | required |", "| `things[].parts[].weight` | integer |",
                    "- In each of `things`: at most one of `user` and `group`."):
            self.assertIn(row, page)
