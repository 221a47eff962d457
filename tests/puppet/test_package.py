# SPDX-License-Identifier: Apache-2.0
"""The module as scripts/release packs it: equal bytes, installed by the command of the README, and used."""

import json
import os
import re
import shutil
import sys
import tarfile

from support import MODULE, ROOT, PuppetTest

sys.path.insert(0, str(ROOT / "packaging"))


class PackageTest(PuppetTest):
    def packed(self, folder, umask=0o022):
        from release import puppet
        (self.folder / folder).mkdir()
        before = os.umask(umask)
        try:
            return puppet.make(self.folder / folder)[0]
        finally:
            os.umask(before)

    def test_two_packages_are_equal(self):
        one, two = self.packed("one"), self.packed("two", umask=0o077)
        self.assertEqual(one.read_bytes(), two.read_bytes())
        with tarfile.open(one) as archive:
            members = archive.getmembers()
        self.assertEqual([member.name for member in members], sorted(member.name for member in members))
        self.assertEqual({(member.uname, member.uid, member.mtime) for member in members}, {("root", 0, members[0].mtime)})

    def test_it_is_installed_by_the_readme_s_command_and_keeps_a_key(self):
        file = self.packed("dist")
        command = re.search(r"^puppet module install --ignore-dependencies (\S+)$", (MODULE / "README.md").read_text(), re.MULTILINE)
        self.assertEqual(command[1], file.name)
        shutil.rmtree(self.modules)
        code, output = self.puppet("module", "install", "--target-dir", str(self.modules), "--ignore-dependencies", file.name, cwd=file.parent)
        self.assertEqual(code, 0, output)
        self.assertFalse((self.modules / "infrastate" / "spec").exists())
        metadata = json.loads((self.modules / "infrastate" / "metadata.json").read_text())
        code, output = self.puppet("module", "list", "--modulepath", str(self.modules))
        self.assertIn(f"infrastate-infrastate (v{metadata['version']})", re.sub(r"\x1b\[[\d;]*m", "", output))
        code, output = self.puppet("module", "changes", str(self.modules / "infrastate"))
        self.assertIn("No modified files", output)
        run = self.applied(2, self.key())
        self.assertRegex(run.event("example"), "^create ")
