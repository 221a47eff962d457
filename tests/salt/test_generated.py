# SPDX-License-Identifier: Apache-2.0
"""Every parameter of the schema is in each file that lists parameters; the package is made reproducibly and holds all."""

import ast
import copy
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import unittest
import zipfile

import black_box
import installed
import minion

ROOT = installed.ROOT
EXTENSION = ROOT / "integrations" / "salt"
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
from integrations import salt as generator

KEY, INFO, DESTINATION = 0, 1, 2
# For each function: which resource it is for, and the parameters that it sets itself.
FUNCTIONS = {
    "modules/infra.py": {"present": (KEY, {"state"}), "absent": (KEY, {"state"}), "plan": (KEY, set()), "rotate": (KEY, {"state", "rotate_if_created_before"}),
                         "info": (INFO, set()), "destinations": (DESTINATION, set())},
    "states/infra_access_key.py": {"present": (KEY, {"state"}), "absent": (KEY, {"state"})},
    "states/infra_destination.py": {"connected": (DESTINATION, {"wait_for", "fail_if_disconnected"})},
}
FUNCTIONS["wrapper/infra.py"] = FUNCTIONS["modules/infra.py"]


def arguments(text):
    """The arguments of each function of a module, with their defaults, and its documentation."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            names = [each.arg for each in node.args.args]
            defaults = [ast.literal_eval(each) if isinstance(each, ast.Constant) else ast.unparse(each) for each in node.args.defaults]
            found[node.name] = (dict(zip(reversed(names), reversed(defaults))), names, ast.get_docstring(node))
    return found


def schema():
    return json.loads(subprocess.run([str(minion.EXECUTABLE), "--schema"], capture_output=True, check=True).stdout)


class GeneratedTest(unittest.TestCase):
    def check(self, described, text_of):
        connection = {param["name"] for param in described["connection"]["params"]}
        for file, functions in FUNCTIONS.items():
            found = arguments(text_of(file))
            for name, (number, own) in functions.items():
                params = {param["name"]: param for param in described["resources"][number]["params"]}
                defaults, names, text = found[name]
                with self.subTest(f"{file}: {name}"):
                    self.assertEqual((set(params) | connection) - set(names), own - set(names))
                    for each in set(params) & set(defaults) - {"state"}:
                        filled = params[each]["default_rule"] == "filled"
                        self.assertEqual(defaults[each], params[each]["default"] if filled else None, each)
                    if "Those of" not in text:
                        for each in set(params) - own - {"state"}:
                            self.assertIn(f"\n{each}\n", f"\n{text}\n", f"{each} is not documented")
        for name in connection:
            self.assertIn(f"``{name}``", text_of("profile"))
        table = text_of("parameters.py")
        for section in (*described["resources"], described["connection"]):
            for param in section["params"]:
                self.assertIn(json.dumps(param["name"]), table)

    def test_the_extension_has_every_parameter_of_the_schema(self):
        def text_of(file):
            path = EXTENSION / "docs" / "ref" / "profile.rst" if file == "profile" else EXTENSION / "src" / "saltext" / "infrastate" / file
            return path.read_text()

        self.check(schema(), text_of)

    def test_a_new_parameter_of_the_schema_would_be_everywhere(self):
        described = copy.deepcopy(schema())
        for number, section in enumerate((*described["resources"], described["connection"])):
            section["params"].append({"name": f"new_parameter_{number}", "type": "string", "required": False, "secret": False, "default_rule": "filled",
                                      "default": "x", "doc": ["New."]})
        for param in described["connection"]["params"][-1:]:
            param["default_rule"] = "none"
        made = {str(path): text for path, text in generator.generated(described)}

        def text_of(file):
            return made[str(generator.DOCS / "profile.rst") if file == "profile" else str(generator.PACKAGE / file)]

        self.check(described, text_of)

    def test_a_name_that_salt_uses_is_no_parameter(self):
        described = copy.deepcopy(schema())
        described["resources"][KEY]["params"].append({**described["resources"][KEY]["params"][1], "name": "profile"})
        with self.assertRaisesRegex(SystemExit, "the schema has parameters that the Salt extension uses for something else: profile"):
            list(generator.generated(described))


class PackageTest(black_box.FolderTest):
    def test_the_package_is_made_alike_twice_and_holds_all(self):
        made = [installed.salt_release.make(self.folder / name) for name in ("first", "second")]
        self.assertEqual([path.name for path in made[0]], [path.name for path in made[1]])
        for one, two in zip(*made):
            self.assertEqual(hashlib.sha256(one.read_bytes()).digest(), hashlib.sha256(two.read_bytes()).digest(), one.name)
        source, wheel = sorted(made[0], key=lambda path: path.suffix != ".gz")
        modules = {str(path.relative_to(EXTENSION / "src")) for path in (EXTENSION / "src").rglob("*.py")}
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            self.assertEqual({name for name in names if name.endswith(".py")}, modules)
            entry = next(name for name in names if name.endswith("entry_points.txt"))
            self.assertIn("[salt.loader]\nsaltext.infrastate=saltext.infrastate", archive.read(entry).decode().replace(" = ", "="))
        tracked = {name for name in installed.salt_release._tracked() if name.split("/")[0] in ("src", "docs", "examples", "changelog")}
        with tarfile.open(source) as archive:
            inside = {name.split("/", 1)[1] for name in archive.getnames()}
        self.assertEqual(tracked - inside, set())

    def test_every_module_has_a_page(self):
        package = EXTENSION / "src" / "saltext" / "infrastate"
        for kind in ("modules", "states", "sdb", "beacons", "wrapper"):
            for path in (package / kind).glob("[!_]*.py"):
                name = f"saltext.infrastate.{kind}.{path.stem}"
                page = EXTENSION / "docs" / "ref" / kind / f"{name}.rst"
                self.assertIn(f".. automodule:: {name}\n", page.read_text())
                self.assertIn(f"\n    {path.stem}\n", (EXTENSION / "docs" / "ref" / kind / "index.rst").read_text())

    def test_no_line_is_longer_than_the_page(self):
        for path in (EXTENSION / "src").rglob("*.py"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                self.assertLessEqual(len(line), 150, f"{path}:{number}")

    def test_a_changelog_fragment_has_a_type_that_towncrier_knows(self):
        types = set(re.findall(r'^directory = "(\w+)"$', (EXTENSION / "pyproject.toml").read_text(), re.MULTILINE))
        fragments = [path for path in (EXTENSION / "changelog").glob("*.md")]
        self.assertTrue(fragments)
        for path in fragments:
            self.assertRegex(path.name, r"^\d+\.\w+(\.\d+)?\.md$")
            self.assertIn(path.name.split(".")[1], types)
