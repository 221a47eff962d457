# SPDX-License-Identifier: Apache-2.0
"""Each resource of the executable has all the parts that docs/architecture.md lists under "Adding a resource":
its tables, its logic, its values, its documentation, its link and its contract tests."""

import pathlib
import re

import checks

NAME = re.compile(r'^\s*\.name = "(\w+)",\s*\.module = "(\w+)",', re.MULTILINE)
FILES = ("src/schema/{0}.cpp", "include/infrastate/plan/{0}.h", "include/infrastate/reconcile/{0}.h", "src/reconcile/{0}.cpp",
         "include/infrastate/wire/{0}.h", "src/wire/{0}.cpp", "src/engine/{0}.cpp", "modules/{1}.yml")


def hosted(root):
    """(name, module) of each resource that has a table."""
    found = []
    for path in sorted(pathlib.Path(root, "src/schema").glob("*.cpp")):
        found += NAME.findall(checks.read(root, path.relative_to(root)))
    return found


def resource_parts(root):
    root = pathlib.Path(root)
    resources = hosted(root)
    found = [] if resources else ["src/schema: no resource was found"]

    def text(path):
        return checks.read(root, path) if (root / path).is_file() else ""

    contract = "".join(text(path.relative_to(root)) for path in sorted((root / "tests/contract").glob("*.py")))
    built = text("modules/CMakeLists.txt")
    links = re.search(r"INFRASTATE_MODULE_LINKS ([\w ]*)\)", built)
    links = links.group(1).split() if links else []
    for name, module in resources:
        found += [f"{name}: {file.format(name, module)} is missing" for file in FILES if not (root / file.format(name, module)).is_file()]
        if not re.search(rf'\.name = "{name}"', text("src/engine/resources.cpp")):
            found.append(f"{name}: src/engine/resources.cpp does not name it")
        if f"{name}_resource" not in text("src/schema/resources.cpp"):
            found.append(f"{name}: src/schema/resources.cpp does not name it")
        if f"\n## {module}\n" not in text("docs/parameters.md"):
            found.append(f"{name}: docs/parameters.md has no section {module}")
        if f'"{module}"' not in contract:
            found.append(f"{name}: no contract test runs {module}")
        if module not in links and f"infrastate_module_executable({module} " not in built:
            found.append(f"{name}: modules/CMakeLists.txt makes no {module}")
    modules = {module for _, module in resources}
    return found + [f"modules/CMakeLists.txt: {link} is no module of the schema" for link in links if link not in modules]
