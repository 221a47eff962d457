# SPDX-License-Identifier: Apache-2.0
"""one_of_each.py finds a second place for each thing, and reports no file without one."""

import pathlib
import tempfile
import unittest

import one_of_each

SECOND_PLACES = [
    "bool digit(char c) { return c >= '0' && c <= '9'; }",
    "bool low(char c) { return c>='a' && c<='z'; }",
    'constexpr auto digits = "0123456789ABCDEF";',
    'constexpr auto digits = "abcdefghijklmnopqrstuvwxyz234567";',
    'auto first = text.find_first_not_of(" \\t");',
    "auto at = url.rfind('@');",
    'auto end = url.find("://");',
    '''auto out = "not '" + printable(text, 32) + "'";''',
    "std::string quoted(std::string_view text) {",
    'out += (out.empty() ? "" : ", ") + name;',
    "std::string joined(const std::vector<std::string>& names) {",
    "~File() { ::close(descriptor_); }",
    'if (text.find("-----BEGIN ") != npos)',
    "std::to_chars(a, b, number, std::chars_format::fixed);",
    "return std::strerror(errno);",
    'std::string user = "connector";',
    'return effect == Effect::none ? "none" : "changed";',
    "byte(0xE0U | code >> 12U);",
    'auto host = text.empty() ? "https://api.infrahq.com" : text;',
    'fail("parameters are mutually exclusive: " + joined(names));',
    'return argument_error(name, name + " holds no certificate in PEM form");',
]


class OneOfEachTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def found(self, text, path="src/plan/words.cpp"):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text + "\n")
        return one_of_each.one_of_each(self.root)

    def test_each_second_place_is_found(self):
        for line in SECOND_PLACES:
            with self.subTest(line=line):
                self.assertRegex(" ".join(self.found(f"\n{line}")), r"^src/plan/words\.cpp:2: ")

    def test_every_rule_has_a_line_that_breaks_it(self):
        for what, pattern, _ in one_of_each.RULES:
            with self.subTest(what=what):
                self.assertTrue(any(pattern.search(line) for line in SECOND_PLACES))

    def test_calls_comments_and_tests_are_left_alone(self):
        good = 'auto a = is_digit(c) && quoted(text, 64) == joined(names); // c >= \'0\'\nauto u = "https://example.com"; ::open(path);'
        self.assertEqual(self.found(good), [])
        self.found("")
        self.assertEqual(self.found(SECOND_PLACES[0], "tests/unit/some_test.cpp"), [])

    def test_the_one_place_is_left_alone_and_is_there(self):
        root = pathlib.Path(__file__).resolve().parent.parent.parent
        for what, pattern, homes in one_of_each.RULES:
            for home in homes:
                with self.subTest(what=what, home=home):
                    self.assertRegex((root / home).read_text(), pattern)


if __name__ == "__main__":
    unittest.main()
