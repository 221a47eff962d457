# SPDX-License-Identifier: Apache-2.0
"""unused.unused_functions finds functions that only tests call, and no others."""

import pathlib
import tempfile
import unittest
import unittest.mock

import unused

HEADER = """// SPDX-License-Identifier: Apache-2.0
// One, two_calls() it.
#pragma once
#define TOLD(x) by_a_macro(x)
struct Base {
    Base(int number);
    virtual ~Base();
    virtual void called() const = 0;
    bool inside() const noexcept { return helper(1) > 0; }
    int helper(int x) const;
    int field = 0;
};
struct Derived : Base {
    void called() const override;
    void poco() override;
};
std::string long_named(const std::string& first, int
                       second);
int given(int x);
int by_a_macro(int x);
auto pointed(int) -> int;
"""
SOURCE = """// SPDX-License-Identifier: Apache-2.0
int Base::helper(int x) const { return x; }
std::string long_named(const std::string& first, int second) {
    return first;
}
int given(int x) { return x; }
void use(Base& base) {
    base.called();
    if (base.inside()) apply(list, given);
    table.push_back(&pointed);
    say(long_named("x", 1));
}
"""


class UnusedTest(unittest.TestCase):
    def setUp(self):
        reasons = unittest.mock.patch.dict(unused.FOR_TESTS, clear=True)
        reasons.start()
        self.addCleanup(reasons.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.put("include/infrastate/types/one.h", HEADER)
        self.put("src/types/one.cpp", SOURCE)

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(self):
        return [each.split(" calls ")[1].split(";")[0] if " calls " in each else each for each in unused.unused_functions(self.root)]

    def test_what_is_called_overridden_or_handed_on_is_no_finding(self):
        self.assertEqual(self.found(), [])

    def test_functions_that_nothing_calls_are_found_wherever_they_stand(self):
        for number, (line, definition) in enumerate((
                ("    bool dead() const noexcept { return false; }", ""), ("static std::string dead(int x);", "std::string One::dead(int x) {\n    return {};\n}\n"),
                ("std::vector<std::string>& dead();", ""), ("const char* dead(int x = 1);", "const char* dead(int x) { return nullptr; }\n"),
                ("    [[nodiscard]] Result<int> dead(std::string_view) const;", "Result<int> A::dead(std::string_view) const {\n    return 1;\n}\n"))):
            with self.subTest(line):
                self.put("src/types/dead.h", HEADER.replace("struct Base {", "struct Base {\n" + line))
                self.put("src/types/dead.cpp", '// dead()\n#include "dead.h"\n' + definition + f'void other() {{\n    say("dead()", {number});\n}}\n')
                self.assertEqual(self.found(), ["dead"])

    def test_a_call_by_a_test_is_none_and_a_field_of_that_name_neither(self):
        self.put("src/types/dead.h", "bool dead();\n")
        self.put("src/types/dead.cpp", "struct A {\n    bool dead = false;\n};\nvoid f() {\n    a.dead = true;\n}\n")
        self.put("tests/unit/dead_test.cpp", "void g() {\n    dead();\n}\n")
        self.assertEqual(self.found(), ["dead"])

    def test_a_reason_silences_and_one_that_is_not_needed_is_found(self):
        self.put("src/types/dead.h", "bool dead();\n")
        with unittest.mock.patch.dict(unused.FOR_TESTS, {"dead": "why"}):
            self.assertEqual(self.found(), [])
        with unittest.mock.patch.dict(unused.FOR_TESTS, {"dead": "why", "given": "called", "gone": "not there"}):
            self.assertEqual(self.found(), [f"FOR_TESTS has a reason for {name}, which is called or is gone" for name in ("given", "gone")])


if __name__ == "__main__":
    unittest.main()
