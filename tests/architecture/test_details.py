# SPDX-License-Identifier: Apache-2.0
"""details.py finds each word that error.detail can hold, wherever it is made, and each that no page explains."""

import pathlib
import tempfile
import unittest

import details

MADE = {
    "an error": 'return Error{Code::file, "a (b, c)", {}, "made_here"};',
    "an error with a name": 'Error out{bad ? Code::file : Code::server, message + ", or", {}, "made_here", 0, true};',
    "an error in round brackets": 'return std::optional<Error>(Error(Code::file, "x", {}, "made_here"));',
    "braces alone": 'return {Code::file, "x", "field", "made_here"};',
    "in two parts": 'return Error{Code::file, "x", {}, "made_" "here"};',
    "afterwards": 'out.detail = "made_here"; // or "another_one"',
    "by a pointer": 'out->detail = "made_here";',
    "one of two": 'out.detail = a(b) ? "made_here" : "made_here";',
    "by a function": 'Error refuse(std::string message, std::string_view detail, bool again = false);\nauto a = refuse("x", "made_here");',
    "by its default": 'Error refuse(std::string message, std::string detail = "made_here");',
    "by a lambda": 'const auto refuse = [&](std::string message, std::string_view detail) { return 1; };\nrefuse("x", "made_here");',
    "by one of several functions": 'bool refuse(std::string_view detail, int a);\nbool refuse(int where, std::string_view detail, int a);\nrefuse(7, "made_here", 8);',
    "out of a table": 'constexpr std::array words = {"made_here"};\nstd::string_view word_of(Reason value) noexcept { return words[value]; }\n'
                      'auto a = Error{Code::file, "x", {}, std::string(word_of(plan.reason))};',
    "by cases": 'std::string_view word_of(int a) { switch (a) { default: return "made_here"; } }\nout.detail = word_of(problem);',
}
GOES_ON = ["Error e{Code::file, m, {}, std::move(detail)};", "out.detail = detail;", "out.detail = read.error().detail;", "out.detail = std::string(detail);",
           'if (error.detail == "made_here") return;', '/* out.detail = "made_here"; */', "Error refuse(Scene scene, int a, int b, Worth worth);"]
UNCLEAR = ["out.detail = words[value];", "return Error{Code::file, m, {}, word_of(plan.reason)};", 'out.detail = "a" + text + "b" ? x : y;']
EXPLAINED = "| `error.detail` | what happened | what to do |\n|---|---|---|\n"


class DetailsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for page in details.PAGES:
            self.write(page, "")

    def write(self, path, text):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text + "\n")

    def found(self, code, path="src/client/keys.cpp"):
        self.write(path, code)
        return details.details_are_documented(self.root)

    def test_every_way_to_make_one_is_seen(self):
        for way, code in MADE.items():
            with self.subTest(way=way):
                self.assertEqual(self.found(code), ['src/client/keys.cpp: makes the error.detail "made_here", which docs/rotation.md and '
                                                    'docs/parameters.md do not explain'])

    def test_a_function_of_a_header_is_known_where_that_is_included(self):
        self.write("src/client/errors.h", "Error refuse(std::string_view detail);")
        self.assertEqual(len(self.found('#include "errors.h"\nreturn refuse("made_here");')), 1)
        self.assertEqual(self.found('return refuse("made_here");'), [])
        (self.root / "src/client/errors.h").rename(self.root / "src/errors.h")
        self.write("include/infrastate/client/errors.h", "Error refuse(std::string_view detail);")
        self.assertEqual(len(self.found('#include "infrastate/client/errors.h"\nreturn refuse("made_here");')), 1)

    def test_what_goes_on_or_is_asked_makes_none(self):
        for code in GOES_ON:
            with self.subTest(code=code):
                self.assertEqual(self.found(code), [])

    def test_what_cannot_be_understood_is_said(self):
        for code in UNCLEAR:
            with self.subTest(code=code):
                self.assertRegex(" ".join(self.found(code)), "^src/client/keys.cpp: cannot tell which details this makes: ")

    def test_words_with_numbers_are_explained_by_one_of_them(self):
        code = 'out.detail = "http_" + std::to_string(response.status);'
        self.assertEqual(len(self.found(code)), 1)
        self.write("docs/rotation.md", EXPLAINED + "| `http_404` | it is gone | nothing |")
        self.assertEqual(self.found(code), [])

    def test_a_row_explains_and_must_say_what_to_do(self):
        code = MADE["an error"]
        for page in (*details.PAGES, "docs/failures.md"):
            with self.subTest(page=page):
                self.write("docs/parameters.md", "[more](failures.md)")
                for each in ("docs/rotation.md", "docs/failures.md"):
                    self.write(each, "")
                self.write(page, EXPLAINED + "| `other_word`, `made_here` | it happened | do it |")
                self.assertEqual(self.found(code + '\nout.detail = "other_word";'), [])
                self.write(page, EXPLAINED + "| `made_here` | it happened | |")
                self.assertIn("does not say what happened and what to do", " ".join(self.found(code)))

    def test_prose_other_tables_and_other_pages_explain_nothing(self):
        row = "| `made_here` | it happened | do it |"
        for page, text in (("docs/rotation.md", "`made_here`: do it"), ("docs/rotation.md", "| `reason` | a | b |\n|---|---|---|\n" + row),
                           ("docs/rotation.md", EXPLAINED + "\n" + row), ("docs/other.md", EXPLAINED + row)):
            with self.subTest(page=page, text=text):
                self.write("docs/rotation.md", "")
                self.write(page, text)
                self.assertEqual(len(self.found(MADE["an error"])), 1)

    def test_a_word_that_nothing_makes_is_not_explained(self):
        self.write("docs/rotation.md", EXPLAINED + "| `gone` | it happened | do it |")
        self.assertEqual(self.found("int a;"), ['docs/rotation.md:3: explains the error.detail "gone", which nothing makes'])
