# SPDX-License-Identifier: Apache-2.0
"""The cookbook as scripts/release packs it: equal bytes, unpacked by the command of the README, and used."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

from support import COOKBOOK, ROOT, ChefTest

sys.path.insert(0, str(ROOT / "packaging"))


class PackageTest(ChefTest):
    def packed(self, folder, umask=0o022):
        from release import chef
        (self.folder / folder).mkdir()
        before = os.umask(umask)
        try:
            return chef.make(self.folder / folder)[0]
        finally:
            os.umask(before)

    def test_two_packages_are_equal(self):
        one, two = self.packed("one"), self.packed("two", umask=0o077)
        self.assertEqual(one.read_bytes(), two.read_bytes())
        with tarfile.open(one) as archive:
            members = archive.getmembers()
        self.assertEqual([member.name for member in members], sorted(member.name for member in members))
        self.assertEqual({(member.uname, member.uid, member.mtime) for member in members}, {("root", 0, members[0].mtime)})

    def test_it_is_unpacked_by_the_readme_s_command_and_keeps_a_key(self):
        file = self.packed("dist")
        command = re.search(r"^tar -xzf (\S+) -C cookbooks$", (COOKBOOK / "README.md").read_text(), re.MULTILINE)
        self.assertEqual(command[1], file.name)
        shutil.rmtree(self.folder / "cookbooks" / "infrastate")
        shutil.copy(file, self.folder)
        subprocess.run(command[0].split(), cwd=self.folder, check=True)
        unpacked = self.folder / "cookbooks" / "infrastate"
        self.assertEqual({path.name for path in unpacked.iterdir()} & {"spec", "test", "kitchen.yml"}, set())
        metadata = json.loads((unpacked / "metadata.json").read_text())
        self.assertEqual({name: metadata[name] for name in ("name", "version", "license", "chef_versions")},
                         {"name": "infrastate", "version": (ROOT / "VERSION").read_text().strip(), "license": "Apache-2.0", "chef_versions": [[">= 17.0"]]})
        self.assertEqual(metadata["platforms"]["debian"], ">= 12.0")
        self.converged({"example": self.example()})
        self.assertEqual(self.opens(self.file.read_text()), self.owner)
