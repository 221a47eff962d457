# SPDX-License-Identifier: Apache-2.0
"""scripts/lib/prose.py: which sentences are too long, and where they are."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def words(count):
    return " ".join(["word"] * count)


class ProseTest(unittest.TestCase):
    def found(self, text):
        """The lines and lengths of the sentences that are reported, as [(line, words)]."""
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.md"
            page.write_text(text)
            done = subprocess.run([sys.executable, ROOT / "scripts" / "lib" / "prose.py", page], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1 if done.stdout else 0, done)
        return [tuple(map(int, re.search(r":(\d+): a sentence of (\d+) words", line).groups())) for line in done.stdout.splitlines()]

    def test_thirty_five_words_are_allowed_and_no_more(self):
        self.assertEqual(self.found(f"{words(35)}.\n"), [])
        self.assertEqual(self.found(f"{words(36)}.\n"), [(1, 36)])

    def test_a_sentence_goes_over_lines_and_ends_at_a_stop_or_a_block(self):
        self.assertEqual(self.found(f"Title\n\n{words(20)}\n{words(20)}\n"), [(3, 40)])
        self.assertEqual(self.found(f"{words(20)}. {words(20)}\n"), [])
        self.assertEqual(self.found(f"{words(20)}.) {words(20)}\n"), [])
        self.assertEqual(self.found(f"- {words(20)}\n- {words(20)}\n\n{words(20)}\n"), [])
        self.assertEqual(self.found(f"{words(20)}; {words(20)}\n"), [(1, 40)])

    def test_a_stop_inside_a_word_ends_nothing(self):
        self.assertEqual(self.found(f"{words(17)} version 1.11 {words(17)}\n"), [(1, 37)])

    def test_a_cell_of_a_table_is_a_block(self):
        self.assertEqual(self.found(f"| {words(20)} | {words(20)} |\n|---|---|\n| x | {words(36)} |\n"), [(3, 36)])

    def test_code_and_links_are_one_word(self):
        self.assertEqual(self.found(f"```\n{words(50)}\n```\n`{words(50)}` [{words(2)}](a-b-c/d-e-f)\n"), [])


if __name__ == "__main__":
    unittest.main()
