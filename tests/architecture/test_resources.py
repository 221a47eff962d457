# SPDX-License-Identifier: Apache-2.0
"""The check of resources finds each part that is missing."""

import pathlib
import shutil
import tempfile
import unittest

import resources

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class ResourcesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for part in ("src", "include", "modules", "docs", "tests/contract"):
            shutil.copytree(ROOT / part, self.root / part)

    def test_the_tree_as_it_is_passes(self):
        self.assertGreaterEqual(len(resources.hosted(self.root)), 2)
        self.assertEqual(resources.resource_parts(self.root), [])

    def test_a_part_that_is_missing_is_found(self):
        for name, module in resources.hosted(ROOT):
            for file in resources.FILES[1:]:
                path = self.root / file.format(name, module)
                text = path.read_text()
                path.unlink()
                self.assertEqual(resources.resource_parts(self.root), [f"{name}: {path.relative_to(self.root)} is missing"])
                path.write_text(text)

    def test_a_resource_that_nothing_runs_is_found(self):
        table = (self.root / "src/schema/access_key_info.cpp").read_text()
        (self.root / "src/schema/novel.cpp").write_text(table.replace("access_key_info", "novel"))
        said = "\n".join(resources.resource_parts(self.root))
        for word in ("src/engine/novel.cpp is missing", "engine/resources.cpp does not name it", "schema/resources.cpp does not name it", "no section infra_novel",
                     "no contract test runs infra_novel", "makes no infra_novel"):
            self.assertIn(word, said)

    def test_a_link_to_nothing_is_found(self):
        built = self.root / "modules/CMakeLists.txt"
        built.write_text(built.read_text().replace("INFRASTATE_MODULE_LINKS infra_access_key_info", "INFRASTATE_MODULE_LINKS infra_access_key_info infra_nothing"))
        self.assertEqual(resources.resource_parts(self.root), ["modules/CMakeLists.txt: infra_nothing is no module of the schema"])
