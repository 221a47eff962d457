# SPDX-License-Identifier: Apache-2.0
"""What tests/support/black_box.py counts: each test once, whatever fails in it."""

import contextlib
import io
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import black_box


def said_of(test):
    """The last line, and whether it reports a failure."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        failed = black_box.run(unittest.TestSuite([test]))
    return out.getvalue().splitlines()[-1], bool(failed)


class Inner(unittest.TestCase):
    def passes(self):
        pass

    def fails_thrice(self):
        self.addCleanup(self.fail, "while cleaning up")
        for number in range(2):
            with self.subTest(number=number):
                self.fail("in a part")

    def is_skipped(self):
        self.skipTest("why not")

    @unittest.expectedFailure
    def succeeds_unexpectedly(self):
        pass


class CountingTest(unittest.TestCase):
    def test_each_test_counts_once(self):
        for name, line, failed in (("passes", "1 passed, 0 failed, 0 skipped", False), ("fails_thrice", "0 passed, 1 failed, 0 skipped", True),
                                   ("is_skipped", "0 passed, 0 failed, 1 skipped", False), ("succeeds_unexpectedly", "0 passed, 1 failed, 0 skipped", True)):
            with self.subTest(name=name):
                self.assertEqual(said_of(Inner(name)), (line, failed))
