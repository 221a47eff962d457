# SPDX-License-Identifier: Apache-2.0
"""What those tests in Python share that check programs and libraries from outside."""

import os
import pathlib
import sys
import tempfile
import unittest


def sanitized(build):
    """Whether the build in that folder uses a sanitizer."""
    cache = (build / "CMakeCache.txt").read_text()
    return any(line.startswith("INFRASTATE_SANITIZE:") and not line.endswith("=") for line in cache.splitlines())


class FolderTest(unittest.TestCase):
    """The base of tests that need a folder of their own, and can report that this machine lacks something."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def missing(self, what):
        """Ends a test for which this machine lacks something: skipped, but in a CI a failure."""
        if os.environ.get("CI") == "true":
            self.fail(f"{what}, and with CI=true nothing may be left out")
        self.skipTest(what)


def chosen(folder, files, names):
    """The tests of the files `test_FILE.py` whose names contain one of `names`; without names all tests."""
    return unittest.TestSuite(
        test for file in files for test in each_test(unittest.TestLoader().discover(str(folder), pattern=f"test_{file}.py"))
        if not names or any(name in test.id() for name in names))


def each_test(suite):
    """The tests in a suite of suites."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from each_test(item)
        else:
            yield item


def run(suite):
    """Runs the tests and prints how many passed. False if one failed, or if there was none."""
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    for test, why in result.skipped:
        print(f"skipped {test.id()}: {why}")
    # A test fails once, however many of its parts do, or its cleaning up beside it.
    failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors} | {test.id() for test in result.unexpectedSuccesses})
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(result.skipped)} skipped")
    return failed != 0 or result.testsRun == 0
