# SPDX-License-Identifier: Apache-2.0
"""The executable judges arguments as Ansible's own validator does for the same specification: the same verdict, the same
values, the words of ansible-core 2.19. Differences that are wanted are a list with reasons, counted at the end."""

import collections
import json
import os
import random
import re
import subprocess
import sys

import ansible_schema
import black_box
import cores
import support

CASES = int(os.environ.get("INFRASTATE_ARGUMENT_CASES", "3000"))
SEED = int(os.environ.get("INFRASTATE_SEED", "20261128"))
# An executable that gets as far as its own checks ends there, and shows what it understood.
ENDING = {"infra_access_key": ("expires_in", "no duration"), "infra_access_key_info": ("in_use_within", "no duration"),
          "infra_destination_info": ("wait_timeout", "no duration")}
TEXTS = ("", " ", "a", "my-cluster", "none", "Yes", "0", "1", "off", "TRUE", "24h", "50%", "é", "a,b", "[1]", "{\"a\": 1}", "a=b", "b=c d=e", "x" * 300, "/etc/x",
         "~/x", "0600", "present", "absent", "auto", "1.5", "-1", " yes ", "null")
OTHERS = (None, True, False, 0, 1, 7, -3, 1.5, 2.0, [], ["a"], ["a", 1, None], {}, {"a": "b"}, {"a": {"b": []}}, [["a"]], [{"a": 1}])


class ArgumentsTest(black_box.FolderTest):
    def setUp(self):
        super().setUp()
        self.python = support.provided(self, cores.provide, "2.19.14") / "python"
        self.schema = json.loads(subprocess.run([support.EXECUTABLE, "--schema"], capture_output=True, check=True).stdout)
        self.random = random.Random(SEED)

    def value_for(self, param):
        pick = self.random.random()
        if pick < 0.35 and "choices" in param:
            return self.random.choice(param["choices"])
        if pick < 0.5 and param["default_rule"] == "filled":
            return param["default"]
        return self.random.choice(TEXTS if self.random.random() < 0.6 else OTHERS)

    def case(self, params, ending):
        names = [param["name"] for param in params]
        chosen = self.random.sample(params, self.random.choice((1, 2, 3, 5)))
        arguments = {}
        for param in chosen:
            name = self.random.choice(param["aliases"]) if "aliases" in param and self.random.random() < 0.3 else param["name"]
            arguments[name] = self.value_for(param)
        if self.random.random() < 0.06:
            arguments[self.random.choice(("bogus", "Name", "names", "host "))] = 1
        if self.random.random() < 0.75:
            arguments.setdefault(ending[0], ending[1])
        if self.random.random() < 0.75 and "access_key" in names:
            arguments.setdefault("access_key", "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb")
        arguments.setdefault("host", "https://127.0.0.1:9")
        return arguments

    def ask(self, module, arguments):
        done = subprocess.run([support.EXECUTABLE, "--module", module], text=True, capture_output=True, env={"HOME": str(self.folder)}, timeout=60, check=False,
                              input=json.dumps({**arguments, "_ansible_check_mode": True, "_ansible_no_log": True}))
        return json.loads(done.stdout)

    def test_the_verdict_the_values_and_the_words_are_ansibles(self):
        seen, wrong, verdicts = collections.Counter(), [], collections.Counter()
        for resource in self.schema["resources"]:
            spec = ansible_schema.argument_spec(self.schema, resource)
            params = ansible_schema.parameters(self.schema, resource)
            with subprocess.Popen([self.python, support.ROOT / "tests" / "collection" / "oracle.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env={"HOME": str(self.folder), "LC_ALL": "C.UTF-8"}) as oracle:
                print(json.dumps(spec), file=oracle.stdin, flush=True)
                def ansible(arguments):
                    print(json.dumps(arguments), file=oracle.stdin, flush=True)
                    return json.loads(oracle.stdout.readline())

                for _ in range(CASES // len(self.schema["resources"])):
                    arguments = self.case(params, ENDING[resource["module"]])
                    ours, theirs = self.ask(resource["module"], arguments), ansible(arguments)
                    verdicts["refused" if theirs["error"] else "accepted"] += 1
                    differs = difference(params, arguments, theirs, ours)
                    asking = {name: value for name, value in arguments.items() if not asks_for_nothing(known(params).get(name), value)}
                    if differs and differs not in WANTED and asking != arguments:
                        differs = difference(params, asking, ansible(asking), ours) or NOTHING_ASKED
                    if differs in WANTED:
                        seen[differs] += 1
                    elif differs:
                        wrong.append((resource["module"], arguments, differs, theirs["error"], ours.get("msg")))
                oracle.stdin.close()
        print(f"\n   seed {SEED}: {dict(verdicts)}; wanted differences: {dict(seen)}", file=sys.stderr)
        self.assertEqual(wrong[:10], [], f"{len(wrong)} of {sum(verdicts.values())} differ")
        self.assertGreater(min(verdicts.values()), CASES // 10, "the cases are too much alike")


def known(params):
    return {name: param for param in params for name in (param["name"], *param.get("aliases", ()))}


# How a refusal begins that is Ansible's; ours begin with the parameter's name.
ANSIBLES_WORDS = re.compile("argument '|Elements value|missing |parameters are |one of the following|value of |Unsupported ")


def difference(params, arguments, theirs, ours):
    """None where both say the same; the reason for which a difference is wanted; or what differs."""
    error, said = theirs["error"], ours.get("msg", "")
    if error:
        # The order of the names of booleans is random there; its caller puts the module's name before the first sentence.
        if re.sub(r"^Unsupported parameters for \(\w+\) module: ", "", said).split("Valid booleans")[0] == error.split("Valid booleans")[0]:
            return None
    elif not ANSIBLES_WORDS.match(said):
        return different_value(arguments, theirs["values"], ours["invocation"]["module_args"])
    return next((reason for reason, applies in WANTED.items() if applies(known(params), arguments, error or "", said)), None) or \
        ("the words" if error else "the verdict")


def different_value(arguments, theirs, ours):
    for name in arguments:
        mine, value = ours.get(name), theirs.get(name)
        if name in theirs and mine != value and mine != "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" and "********" not in str(mine):
            return f"the value of {name}: {value!r} there, {mine!r} here"
    return None


def asks_for_nothing(param, value):
    """What adr/0124 calls left out or neutral."""
    kind = param["type"] if param else ""
    return value is None or value == "" or (kind == "boolean" and str(value).strip().lower() in ("no", "off", "false", "0", "0.0", "n", "f")) or \
        (kind in ("span", "span_or_percent") and value in (0, "0", "0s")) or (kind == "dict" and value == {}) or (kind in ("list", "objects") and value == [])


def is_text(param):
    return ansible_schema.ansible_type(param["type"]) in ("str", "path")


def named_in(said, known, arguments, of):
    """Whether the message names a parameter whose value is of that kind."""
    return any(f"'{name}'" in said and name in known and of(known[name], value) for name, value in arguments.items())


NOTHING_ASKED = "a value that asks for nothing is as good as none (adr/0124)"
# The order matters: the first that applies is counted.
WANTED = {
    NOTHING_ASKED: lambda *_: False,  # found by asking again without it
    "a list or an object is no text: its Python notation would become a name on the server":
        lambda known, arguments, theirs, ours: "cannot be converted to a string" in ours and
        named_in(ours, known, arguments, lambda param, value: is_text(param) and isinstance(value, (list, dict))),
    "a=b c=d is not read as an object: it does not say what type its values have":
        lambda known, arguments, theirs, ours: "could not parse JSON or key=value" in ours and
        named_in(ours, known, arguments, lambda param, value: isinstance(value, str) and "=" in value),
    "true and false are no numbers":
        lambda known, arguments, theirs, ours: ours.endswith(('"True" cannot be converted to an int', '"False" cannot be converted to an int')),
    "the value of a list or an object is not repeated":
        lambda known, arguments, theirs, ours: "cannot be converted to an int" in theirs and ours.endswith("'>\" cannot be converted to an int"),
    "a long value is shortened, and a secret masked":
        lambda known, arguments, theirs, ours: theirs[:20] == ours[:20] and ("****" in ours or ("x" * 300 in theirs and "..." in ours)),
    "a name that was nearly right is followed by a hint":
        lambda known, arguments, theirs, ours: ours.startswith("Unsupported parameters") and theirs + " Did you mean " in ours,
}
