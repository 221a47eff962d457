# SPDX-License-Identifier: Apache-2.0
"""What the tests in Python share that look at programs and libraries from outside."""

import os
import pathlib
import sys
import tempfile
import unittest


def sanitized(build):
    """Whether the build in that folder has a sanitizer in it."""
    cache = (build / "CMakeCache.txt").read_text()
    return any(line.startswith("INFRASTATE_SANITIZE:") and not line.endswith("=") for line in cache.splitlines())


class FolderTest(unittest.TestCase):
    """Tests that need a folder of their own, and may say that this machine lacks something."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def missing(self, what):
        """Ends a test that this machine lacks something for: skipped, but under CI a failure."""
        if os.environ.get("CI") == "true":
            self.fail(f"{what}, and with CI=true nothing may be left out")
        self.skipTest(what)


def chosen(folder, files, names):
    """The tests of the files `test_FILE.py` whose names hold one of `names`; all where there are none."""
    return unittest.TestSuite(
        test for file in files for test in _each(unittest.TestLoader().discover(str(folder), pattern=f"test_{file}.py"))
        if not names or any(name in test.id() for name in names))


def _each(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from _each(item)
        else:
            yield item


def run(suite):
    """Runs them and says how many passed; whether one failed, or there was none."""
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    for test, why in result.skipped:
        print(f"skipped {test.id()}: {why}")
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(result.skipped)} skipped")
    return failed != 0 or result.testsRun == 0
