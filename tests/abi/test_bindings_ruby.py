# SPDX-License-Identifier: Apache-2.0
"""Runs tests/abi/bindings_test.rb on a simulator."""

import shutil

from support import ABI, ROOT, ServerTest, program_environment


class RubyTest(ServerTest):
    def test_the_binding_keeps_its_promises(self):
        if shutil.which("ruby") is None:
            self.missing("there is no ruby")
        folder = ABI / "bindings" / "ruby"
        output = self.must_run("ruby", "-w", "-I", folder / "lib", ROOT / "tests" / "abi" / "bindings_test.rb", "--verbose",
                               env=program_environment(INFRASTATE_GEMSPEC=str(folder / "infrastate.gemspec")))
        self.assertRegex(output, r"\b0 failures, 0 errors, 0 skips")
        self.assertNotIn("warning:", output)

    def test_the_folder_is_a_gem(self):
        if shutil.which("gem") is None:
            self.missing("there is no gem")
        gem = self.folder / "infrastate.gem"
        self.must_run("gem", "build", "infrastate.gemspec", "--output", gem, cwd=ABI / "bindings" / "ruby")
        listed = self.must_run("gem", "specification", gem, "files")
        self.assertIn("lib/infrastate/library.rb", listed)

    def test_the_gem_has_the_version_of_the_project(self):
        self.assertEqual((ABI / "bindings" / "ruby" / "VERSION").read_text(), (ROOT / "VERSION").read_text())
