# SPDX-License-Identifier: Apache-2.0
"""The Python package as a whole: its types, the library that it looks for, and its wheel."""

import ast
import email
import os
import subprocess
import sys
import zipfile

import infrastate
import support
from support import ABI, ROOT, LibraryTest, library, program_environment

PACKAGE = ABI / "bindings" / "python" / "infrastate"
# The last version that can still check for Python 3.8, as wheels that run anywhere.
MYPY = """\
mypy==1.14.1 --hash=sha256:b66a60cc4073aeb8ae00057f9c1f64d49e90f918fbcef9a977eb121da8b8f1d1
mypy_extensions==1.0.0 --hash=sha256:4392f6c0eb8a5668a69e23d168ffa70f0be9ccfd32b5cc2d26a34ae5b844552d
tomli==2.2.1 --hash=sha256:cb55c73c5f4408779d0cf3eef9f762b9c9f147a77de7b258bef0a5628adc85cc
typing_extensions==4.12.2 --hash=sha256:04e5ca0351e0f3f85c6853954072df659d0d13fac324d0072316b67d7794700d
"""
RIGHT = """\
import datetime, logging, pathlib
from typing import List, Mapping, Optional, Sequence
import infrastate

with infrastate.Client(host="h", access_key_file=pathlib.Path("/k"), timeout=2.5, logger=logging.getLogger("x")) as client, infrastate.Cancel() as cancel:
    result: infrastate.Result = client.apply("access_key", {"name": "x"}, timeout=datetime.timedelta(seconds=1), cancel=cancel)
    secret: Optional[infrastate.Secret] = result.secret
    text: str = secret.reveal() if secret else ""
    resource: Optional[Mapping[str, object]] = result.resource
    batch = client.apply_all([("access_key", {"name": "x"}), {"resource": "access_key", "desired": {}}])
    one: infrastate.Result = batch[0]
    some: Sequence[infrastate.Result] = batch[0:2]
    codes: List[str] = [batch.code] + [each.code for each in batch]
    failed: Optional[infrastate.InfrastateError] = one.error
try:
    client.plan("access_key", {})
except infrastate.ArgumentError as error:
    field: Optional[str] = error.field
    ended: infrastate.Result = error.result
version: str = infrastate.__version__ + infrastate.version()
"""
WRONG = """\
import infrastate
client = infrastate.Client(access_key="x")
client.plan("access_key", {}, timeout="5")
client.plan("access_key", {}, cancel=5)
client.plan_all(["ab"])
client.plan_all([])[0].secert
client.plan_all([]).ok = True
client.plan("access_key", {}).secret.reveal()
client.plan("access_key", {})["ok"] = True
infrastate.Secret(None)
"""


class TypesTest(LibraryTest):
    def mypy(self, *arguments):
        folder = support.BUILD / "mypy"
        if not (folder / "mypy").is_dir():
            (self.folder / "requirements.txt").write_text(MYPY)
            done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:",
                                   "--no-deps", "--require-hashes", "--target", str(folder), "-r", str(self.folder / "requirements.txt")],
                                  capture_output=True, text=True, check=False, timeout=300)
            if done.returncode != 0:
                self.missing(f"pip cannot install mypy: {done.stderr.strip()[-200:]}")
        return subprocess.run([sys.executable, "-m", "mypy", "--strict", "--python-version", "3.8", "--no-error-summary", "--cache-dir", str(folder / "cache"),
                               *map(str, arguments)], cwd=self.folder, env={**os.environ, "PYTHONPATH": str(folder), "MYPYPATH": str(PACKAGE.parent)},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300).stdout

    def test_the_package_and_programs_with_it_are_typed(self):
        self.assertTrue((PACKAGE / "py.typed").exists())
        (self.folder / "right.py").write_text(RIGHT)
        (self.folder / "wrong.py").write_text(WRONG)
        self.assertEqual(self.mypy(PACKAGE, "right.py", ABI / "examples" / "python" / "keep_key.py"), "")
        found = self.mypy("wrong.py").splitlines()
        self.assertEqual({int(line.split(":")[1]) for line in found if ": error: " in line}, set(range(3, 3 + len(WRONG.splitlines()) - 2)), found)

    def test_the_package_is_python_3_8(self):
        for path in PACKAGE.glob("*.py"):
            ast.parse(path.read_text(), feature_version=(3, 8))

    def test_all_that_is_public_is_documented(self):
        for name in infrastate.__all__:
            thing = getattr(infrastate, name)
            self.assertTrue(thing.__doc__, name)
            for member, value in vars(thing).items() if isinstance(thing, type) else ():
                if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                    self.assertTrue(value.__doc__, f"{name}.{member}")

    def test_what_every_result_has_is_an_attribute(self):
        for field in infrastate.describe()["abi"]["results"]["result"]:
            self.assertIsInstance(getattr(infrastate.Result, field["name"], None), property, field["name"])

    def test_it_says_its_version(self):
        self.assertEqual(infrastate.__version__, (ROOT / "VERSION").read_text().strip())


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


class WheelTest(LibraryTest):
    def test_a_wheel_says_what_it_is_and_under_which_license(self):
        self.must_run(sys.executable, ABI / "bindings" / "python" / "build_wheel.py", "--library", library(), "--out", self.folder / "is" / "made")
        with zipfile.ZipFile(next(self.folder.glob("is/made/*.whl"))) as wheel:
            info = f"infrastate-{infrastate.__version__}.dist-info"
            self.assertEqual(wheel.read(f"{info}/licenses/LICENSE"), (ROOT / "LICENSE").read_bytes())
            said = email.message_from_string(wheel.read(f"{info}/METADATA").decode())
        self.assertEqual((said["Metadata-Version"], said["Name"], said["Version"], said["License-Expression"], said["License-File"], said["License"]),
                         ("2.4", "infrastate", infrastate.__version__, "Apache-2.0", "LICENSE", None))
        self.assertEqual(said["Description-Content-Type"], "text/markdown")
        self.assertIn("client.apply", said.get_payload())
        # The project has only a name.
        self.assertEqual([said[name] for name in ("Author", "Author-email", "Maintainer", "Home-page", "Project-URL")], [None] * 5)
