# SPDX-License-Identifier: Apache-2.0
"""Python's package as a whole: the library it looks for."""

import sys

from support import ABI, LibraryTest, program_environment

PACKAGE = ABI / "bindings" / "python" / "infrastate"


class LoadTest(LibraryTest):
    def answer(self, named, folder=PACKAGE.parent):
        return self.must_run(sys.executable, "-c", "import infrastate\ntry:\n    infrastate.version()\nexcept ImportError as error:\n    print(error)",
                             env=program_environment(INFRASTATE_LIBRARY=str(named), PYTHONPATH=str(folder), LD_LIBRARY_PATH="")).strip()

    def build(self, name, source):
        (self.folder / "other.c").write_text(source)
        self.must_run("cc", "-shared", "-fPIC", "-o", self.folder / name, self.folder / "other.c")
        return self.folder / name

    def test_what_is_missing_is_said(self):
        missing = self.folder / "libinfrastate.so.1"
        self.assertRegex(self.answer(missing), f"^libinfrastate cannot be loaded: looked for {missing}, named by INFRASTATE_LIBRARY: .*No such file[^\n]*$")
        self.assertRegex(self.answer(""), "^libinfrastate cannot be loaded: looked for libinfrastate.so.1, among the system's libraries, "
                         "as INFRASTATE_LIBRARY names none and this package carries none: .*No such file[^\n]*$")
        (self.folder / "infrastate").mkdir()
        for path in PACKAGE.glob("*.py"):
            (self.folder / "infrastate" / path.name).write_text(path.read_text())
        (self.folder / "infrastate" / "libinfrastate.so.1").write_text("no library")
        self.assertRegex(self.answer("", self.folder), f"^libinfrastate cannot be loaded: looked for {self.folder}/infrastate/libinfrastate.so.1, "
                         "which came with this package: [^\n]*invalid ELF header[^\n]*$|file too short")

    def test_another_major_version_is_refused(self):
        other = self.build("other.so", f"unsigned infrastate_abi_version(void) {{ return {2 << 16 | 3}; }}\n")
        self.assertEqual(self.answer(other), f"{other}, named by INFRASTATE_LIBRARY, has interface 2.3; 1.x is needed")

    def test_another_library_is_refused(self):
        other = self.build("none.so", "int nothing;\n")
        self.assertRegex(self.answer(other), f"^{other}, named by INFRASTATE_LIBRARY, is no libinfrastate: [^\n]*infrastate_abi_version$")
