# SPDX-License-Identifier: Apache-2.0
"""Functions of the headers that only tests call. They are found by name in the text, without comments and
strings. If another function with the same name is called, a function is not found. The compiler finds unused
functions that are in no header."""

import re

import checks

# Functions that only tests call, each with the reason.
FOR_TESTS = {
    "nanosecond": "what was read of a fraction, for the tests of times",
    "plus": "the end of a lifetime, for tests that play a server",
    "statistics": "how many connections and requests a client made, for the tests of reuse",
}
# Names that an outside library calls: those of the C interface, overrides, destructors.
CALLED_FROM_OUTSIDE = re.compile(r"^infrastate_|^~")

NOT_CODE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.DOTALL)
NO_NAME = {"return", "if", "while", "for", "switch", "sizeof", "catch", "noexcept", "throw", "new", "delete", "case", "else",
           "decltype", "alignof", "static_assert", "operator", "defined", "explicit", "alignas"}
# A type, then a name, then its parameters.
DECLARATION = re.compile(r"[\w>&*\]]\s+(~?\w+)\s*\(|[&*](~?\w+)\s*\(")
NAME = re.compile(r"[A-Za-z_]\w*")


def code_of(root, path):
    return NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), checks.read(root, path))


def declarations(line):
    """The places where a header's line declares or defines a function: (name, position)."""
    for match in DECLARATION.finditer(line):
        group = 1 if match.group(1) else 2
        name, begin = match.group(group), match.start(group)
        before = line[:begin]
        called = set(re.findall(r"\w+", before)[-1:]) & NO_NAME
        # A name with a capital is a type: this is its constructor.
        if name not in NO_NAME and not name[0].isupper() and not called and "=" not in before and "{" not in before and before.count("(") <= before.count(")"):
            yield name, begin


def is_use(line, match):
    """Whether the name is called there, or passed on as a function."""
    before, after = line[:match.start()].rstrip(), line[match.end():].lstrip()
    handed_on = (not before or before.endswith(("&", "::", "(", ",", "=", "{"))) and after.startswith((")", ",", ";", "}"))
    return handed_on or re.match(r"(<[\w:, ]+>)?\(", after) is not None


def unused_functions(root):
    declared, used = {}, set()
    for path in checks.code_files(root):
        if checks.layer_of(path) is None or {"examples", "bindings"} & set(path.parts):
            continue
        header = path.suffix == ".h"
        for number, line in enumerate(code_of(root, path).splitlines(), 1):
            if line.lstrip().startswith("#"):
                used.update(NAME.findall(line))
                continue
            here = set()
            if header:
                for name, begin in declarations(line):
                    here.add(begin)
                    if "override" not in line and not CALLED_FROM_OUTSIDE.search(name):
                        declared.setdefault(name, f"{path}:{number}")
            elif line and not line[0].isspace():
                # No function is called at the level of a namespace: the first name before a bracket is
                # defined there.
                first = re.search(r"(\w+)\s*\(", line)
                here.add(first.start(1) if first else -1)
            used.update(match.group(0) for match in NAME.finditer(line) if match.start() not in here and is_use(line, match))
    found = [f"{where}: nothing but tests calls {name}; remove it, or give the reason in FOR_TESTS"
             for name, where in sorted(declared.items()) if name not in used and name not in FOR_TESTS]
    found += [f"FOR_TESTS has a reason for {name}, which is called or is gone"
              for name in sorted(FOR_TESTS) if name not in declared or name in used]
    return found
