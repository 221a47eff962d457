# SPDX-License-Identifier: Apache-2.0
"""checks.links finds links that do not work in a fresh clone."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import checks


class LinksTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.outside = pathlib.Path(folder.name, "outside")
        self.root = pathlib.Path(folder.name, "tree")
        for path in (self.outside / "file", self.root / "docs" / "page", self.root / "build" / "made", self.root / "top"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x\n")

    def link(self, name, target):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, self.root / name)

    def track(self, *names):
        for command in (["init", "-q"], ["add", "-f", *names]):
            subprocess.run(["git", "-C", self.root, *command], check=True)

    def test_links_inside_the_tree_pass(self):
        self.link("docs/top", "../top")
        self.link("page", "docs/page")
        self.link("folder", "docs")
        self.link("twice", "page")
        self.assertEqual(checks.links(self.root), [])
        self.track("docs", "top", "page", "folder", "twice")
        self.assertEqual(checks.links(self.root), [])

    def test_links_that_cannot_be_followed_are_found_with_git_and_without(self):
        cases = {"nowhere": ("nothing", "leads nowhere"), "docs/nowhere": ("../docs2/page", "leads nowhere"), "ring": ("ring", "leads nowhere"),
                 "out": ("../outside/file", "out of the tree"), "docs/folder": ("../../outside", "out of the tree"),
                 "absolute": (str(self.root / "top"), "out of the tree"), "system": ("/usr/bin", "out of the tree"),
                 "detour": (f"../{self.root.name}/top", None), "over": ("../../" + "../" * 40 + "tmp", "out of the tree"),
                 "second": ("out", "out of the tree")}
        for name, (target, _) in cases.items():
            self.link(name, target)
        for tracked in (False, True):
            if tracked:
                self.track("docs", "top", *cases)
            findings = checks.links(self.root)
            for name, (_, words) in cases.items():
                with self.subTest(name, tracked=tracked):
                    own = [each for each in findings if each.startswith(f"{name}: ")]
                    self.assertEqual([words in each for each in own if words], [True] if words else [], findings)

    def test_a_link_to_what_only_this_machine_has_is_found(self):
        self.link("made", "build/made")
        self.link("out", "build")
        self.track("docs", "top", "made", "out")
        self.assertEqual([each.split(":")[0] for each in checks.links(self.root)], ["made", "out"])

    def test_a_tracked_link_in_a_folder_that_other_checks_leave_out_is_found_and_an_untracked_one_is_not(self):
        self.link("tests/build/out", "/usr")
        self.link("mine", "/usr")
        self.track("docs", "top", "tests")
        self.assertEqual([each.split(":")[0] for each in checks.links(self.root)], ["tests/build/out"])


if __name__ == "__main__":
    unittest.main()
