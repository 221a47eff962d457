# SPDX-License-Identifier: Apache-2.0
"""pages.pages finds links that a reader cannot follow."""

import pathlib
import tempfile
import unittest

import pages


class PagesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("docs/adr/0012-a-decision.md", "# 0012: A decision\n")
        self.write("docs/there.md", "# There\n## Who may do `what`?\n```\n# no heading\n```\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(self, name, text):
        self.write(name, text)
        return pages.pages(self.root)

    def test_what_is_there_passes(self):
        self.assertEqual(self.found("docs/page.md", "[a](there.md) [b](there.md#who-may-do-what) [c](#page)\n# Page\n[d](adr/0012-a-decision.md) "
                                    "[e](https://example.com/x) `[f](nowhere.md)` ADR 12\n```\n[g](nowhere.md)\n```\n"), [])
        self.assertEqual(self.found("src/a.h", "// docs/there.md, docs/adr/0012-a-decision.md, ADR 12\n"), [])

    def test_what_is_not_there_is_found(self):
        for name, text, words in (("docs/page.md", "[a](nowhere.md)", "not there"), ("docs/page.md", "[a](there.md#no-heading)", "no heading"),
                                  ("docs/page.md", "[a](#nothing)", "no heading"), ("README.md", "[a](there.md)", "not there"),
                                  ("src/a.h", "// see docs/gone.md\n", "docs/gone.md"), ("src/a.h", "// ADR 13\n", "ADR 13"),
                                  ("src/a.h", "// (STATE-LOGIC, A2)\n", "STATE-LOGIC")):
            with self.subTest(text):
                (finding,) = self.found(name, text)
                self.assertIn(words, finding)
                (self.root / name).unlink()


if __name__ == "__main__":
    unittest.main()
