# SPDX-License-Identifier: Apache-2.0
"""What is installed. Programs in six languages, the examples, find it and use it."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

from support import ABI, ROOT, LibraryTest, ServerTest, library, program_environment, sanitized
import support

EXAMPLES = ABI / "examples"


def install(test, prefix):
    test.must_run("cmake", "--install", support.BUILD, "--prefix", prefix, "--component", "library")
    return next(prefix.glob("lib*/**/libinfrastate.so")).parent


class InstallTest(LibraryTest):
    def test_one_header_and_the_links_of_the_library(self):
        lib = install(self, self.folder / "prefix")
        headers = [path.name for path in (self.folder / "prefix" / "include").rglob("*") if path.is_file()]
        self.assertEqual(headers, ["infrastate.h"])
        self.assertEqual(os.readlink(lib / "libinfrastate.so"), "libinfrastate.so.1")
        self.assertRegex(os.readlink(lib / "libinfrastate.so.1"), r"^libinfrastate\.so\.1\.\d+$")

    def test_the_licence_goes_with_it(self):
        prefix = self.folder / "prefix"
        install(self, prefix)
        found = list(prefix.rglob("LICENSE"))
        self.assertEqual([path.read_bytes() for path in found], [(ROOT / "LICENSE").read_bytes()])

    def test_what_is_installed_names_no_folder_of_this_machine(self):
        prefix = self.folder / "prefix"
        install(self, prefix)
        for path in prefix.rglob("*"):
            if path.suffix in (".cmake", ".pc", ".h"):
                self.assertNotIn(str(ROOT), path.read_text(), path)
                if path.suffix == ".pc":
                    self.assertNotIn(str(prefix), path.read_text(), path)


class ExampleTest(ServerTest):
    """Each example makes a key, prints its secret, finds it unchanged, and reports errors."""

    def setUp(self):
        super().setUp()
        if sanitized():
            self.skipTest("the examples are programs of others, without sanitizers")
        self.prefix = self.folder / "prefix"
        self.lib = install(self, self.prefix)

    def run_example(self, command, name, **environment):
        environment = program_environment(**{"LD_LIBRARY_PATH": str(self.lib), **environment}, INFRA_HOST=os.environ["INFRA_TEST_URL"],
                                          INFRA_SERVER_CERTIFICATE_FILE=os.environ["INFRA_TEST_CA_FILE"])
        environment.setdefault("INFRA_ACCESS_KEY", self.admin)
        return subprocess.run([str(word) for word in command] + [name], capture_output=True, text=True, env=environment, check=False, timeout=120)

    def check_example(self, command, **environment):
        made = self.run_example(command, "example", **environment)
        self.assertEqual((made.returncode, made.stderr), (0, ""), made.stdout)
        self.assertRegex(made.stdout, r"^made, its secret is [A-Za-z0-9]{10}\.[A-Za-z0-9]{24}\n$")
        again = self.run_example(command, "example", **environment)
        self.assertEqual((again.returncode, again.stdout), (0, "as it should be\n"), again.stderr)
        refused = self.run_example(command, "example", **environment, INFRA_ACCESS_KEY="aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("AUTH", refused.stderr)
        self.assertNotIn("bbbbbbbb", refused.stderr)

    def test_c_by_find_package(self):
        build = self.folder / "build"
        self.must_run("cmake", "-G", "Ninja", "-S", EXAMPLES / "c", "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.must_run("cmake", "--build", build)
        self.check_example([build / "keep_key"])

    def test_find_package_refuses_another_major_version(self):
        text = (EXAMPLES / "c" / "CMakeLists.txt").read_text()
        for wanted, works in (("1", True), ("1.0", True), ("2", False), ("1.99", False)):
            source = self.folder / f"v{wanted}"
            source.mkdir()
            (source / "keep_key.c").write_text((EXAMPLES / "c" / "keep_key.c").read_text())
            (source / "CMakeLists.txt").write_text(text.replace("infrastate 1 ", f"infrastate {wanted} "))
            done = subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"],
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode == 0, works, wanted)

    def flags(self):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.lib / "pkgconfig")}
        return self.must_run("pkg-config", "--cflags", "--libs", "infrastate", env=environment).split()

    def test_cxx_by_pkg_config(self):
        program = self.folder / "keep_key"
        self.must_run("g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", EXAMPLES / "cxx" / "keep_key.cpp", *self.flags(), "-o", program)
        self.check_example([program])

    def test_python_by_its_wheel(self):
        wheels = self.folder / "wheels"
        wheels.mkdir()
        self.must_run(sys.executable, ABI / "bindings" / "python" / "build_wheel.py", "--library", library(), "--out", wheels)
        wheel = next(wheels.glob("infrastate-*.whl"))
        site = self.folder / "site"
        pip = subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", str(site), str(wheel)],
                             capture_output=True, text=True, check=False)
        self.assertEqual(pip.returncode, 0, pip.stdout + pip.stderr)
        self.assertTrue((site / "infrastate" / "libinfrastate.so.1").is_file())
        self.check_example([sys.executable, EXAMPLES / "python" / "keep_key.py"], PYTHONPATH=str(site), INFRASTATE_LIBRARY="", LD_LIBRARY_PATH="")

    def test_a_wheel_is_the_same_each_time_and_says_what_it_holds(self):
        for name in ("one", "two"):
            (self.folder / name).mkdir()
            self.must_run(sys.executable, ABI / "bindings" / "python" / "build_wheel.py", "--library", library(), "--out", self.folder / name)
        one, two = next((self.folder / "one").iterdir()), next((self.folder / "two").iterdir())
        self.assertEqual((one.name, one.read_bytes()), (two.name, two.read_bytes()))
        with zipfile.ZipFile(one) as wheel:
            names = wheel.namelist()
            record = wheel.read(next(name for name in names if name.endswith("RECORD"))).decode()
            self.assertEqual(sorted(line.split(",")[0] for line in record.splitlines()), sorted(names))
            self.assertIn("infrastate/py.typed", names)

    def test_ruby_by_its_folder(self):
        if shutil.which("ruby") is None:
            self.missing("there is no ruby")
        self.check_example(["ruby", "-I", ABI / "bindings" / "ruby" / "lib", EXAMPLES / "ruby" / "keep_key.rb"], INFRASTATE_LIBRARY="")

    def test_go_by_cgo(self):
        if shutil.which("go") is None:
            self.missing("there is no go")
        program = self.folder / "keep_key"
        # Go's cache stores the path of a library, not only its contents.
        folder = support.BUILD / "go"
        lib = install(self, folder / "prefix")
        self.must_run("go", "build", "-o", program, ".", cwd=EXAMPLES / "go",
                      env={**os.environ, "PKG_CONFIG_PATH": str(lib / "pkgconfig"), "CGO_ENABLED": "1", "GOFLAGS": "-mod=mod", "GOPROXY": "off",
                           "GOCACHE": str(folder / "cache")})
        self.check_example([program])

    def test_node_by_koffi(self):
        if shutil.which("node") is None or shutil.which("npm") is None:
            self.missing("there is no node or npm")
        folder = support.BUILD / "node"
        if not (folder / "node_modules" / "koffi").is_dir():
            folder.mkdir(exist_ok=True)
            shutil.copy(EXAMPLES / "node" / "package.json", folder)
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode != 0:
                self.missing(f"npm cannot install koffi: {done.stderr.strip()[-200:]}")
        # Node has its own OpenSSL; a shared Poco must not bind to its symbols.
        preload = {}
        if "libssl" in self.must_run("readelf", "-d", library()):
            preload = {"LD_PRELOAD": self.openssl()}
        self.check_example(["node", EXAMPLES / "node" / "keep_key.js"], NODE_PATH=str(folder / "node_modules"),
                           INFRASTATE_LIBRARY=str(self.lib / "libinfrastate.so.1"), **preload)

    def openssl(self):
        found = re.findall(r"=> (\S*lib(?:ssl|crypto)\.so\.3)", self.must_run("ldd", library()))
        return " ".join(found)


class GemAndPackageTest(LibraryTest):
    def test_all_parts_have_one_version(self):
        version = (ROOT / "VERSION").read_text().strip()
        self.assertEqual((ABI / "bindings" / "ruby" / "VERSION").read_text().strip(), version)
        self.assertEqual(json.loads((ABI / "describe-1.0.json").read_text())["version"], version)
