# SPDX-License-Identifier: Apache-2.0
"""The executable and the library for amd64: what readelf sees, and runs where there is nothing else."""

import json
import os
import pathlib
import shutil
import subprocess

import support
from release import common, pins, promises

AMD64 = common.ARCHITECTURES["amd64"]


class FilesTest(support.ReleaseTest):
    def setUp(self):
        super().setUp()
        self.there = support.DIST / "linux-amd64"
        self.executable, self.library = self.there / "infra_access_key", self.there / "libinfrastate.so.1"

    def test_the_executable_keeps_what_is_promised(self):
        self.assertEqual(promises.executable(self.executable, AMD64), [])

    def test_the_library_keeps_what_is_promised(self):
        self.assertEqual(promises.library(self.library, AMD64), [])

    def test_each_file_is_as_small_as_promised_and_recorded(self):
        self.assertLessEqual(self.executable.stat().st_size, 4_500_000)
        self.assertLessEqual(self.library.stat().st_size, 5_000_000)
        self.assertEqual(promises.sizes(self.there, AMD64), [])

    def test_a_file_that_grew_by_more_than_5_percent_is_told(self):
        for name in ("infra_access_key", "libinfrastate.so.1"):
            with self.subTest(name=name):
                with open(self.folder / name, "wb") as file:
                    file.truncate(promises.recorded_sizes()[f"linux-amd64/{name}"] * 106 // 100)
                found = promises.sizes(self.folder, AMD64)
                self.assertEqual(len(found), 1)
                self.assertIn("grew by more than 5 %", found[0])
                os.unlink(self.folder / name)

    def test_a_program_of_this_machine_breaks_the_promises(self):
        """The checks find what they are for: a program that needs its machine's libraries."""
        found = " ".join(promises.executable(support.BUILD / "modules" / "infra_access_key", AMD64))
        for part in ("needs", "asks for a loader", "holds the name of a folder"):
            self.assertIn(part, found)
        found = " ".join(promises.library((support.BUILD / "abi" / "libinfrastate.so.1").resolve(), AMD64))
        for part in ("and should need glibc alone", "and at most 2.17 is promised", "holds the name of a folder"):
            self.assertIn(part, found)

    def test_an_unprotected_program_breaks_the_promises(self):
        source = self.folder / "a.c"
        source.write_text("int main(void) { return 0; }\n")
        program = self.folder / "a"
        subprocess.run(["cc", "-fno-stack-protector", "-no-pie", "-z", "execstack", "-z", "norelro", "-z", "lazy", "-o", program, source], check=True)
        found = " ".join(promises.executable(program, AMD64))
        for part in ("executable stack", "no RELRO", "not bound at once", "not position independent", "stack protector"):
            self.assertIn(part, found)

    def test_a_file_for_another_machine_is_told(self):
        data = bytearray(self.executable.read_bytes()[:64])
        data[18] = 183
        (self.folder / "x").write_bytes(data)
        self.assertIn("is for the machine number 183, and amd64 is 62", promises.executable(self.folder / "x", AMD64)[0])

    def test_nothing_of_pcre_or_zlib_is_inside(self):
        """Poco brings old copies of both; what is not called must not be linked."""
        for name in ("infra_access_key", "libinfrastate.so.1"):
            lines = promises.readelf("--symbols", self.there / "debug" / f"{name}.debug").splitlines()
            names = [line.split()[-1] for line in lines if " FUNC " in line or " OBJECT " in line]
            self.assertTrue([each for each in names if "infrastate" in each])
            self.assertEqual([each for each in names if each.startswith(("pcre_", "inflate", "deflate"))], [])

    def test_the_debug_information_belongs_to_the_stripped_files(self):
        for name in ("infra_access_key", "libinfrastate.so.1"):
            notes = [promises.readelf("--notes", path) for path in (self.there / name, self.there / "debug" / f"{name}.debug")]
            numbers = [note.split("Build ID: ")[1].split()[0] for note in notes]
            self.assertEqual(numbers[0], numbers[1])
            self.assertNotIn(".debug_info", promises.readelf("--sections", self.there / name))
            self.assertIn(".debug_line", promises.readelf("--sections", self.there / "debug" / f"{name}.debug"))

    def test_the_list_of_parts_names_what_is_inside_with_its_licence(self):
        document = json.loads((self.there / "infrastate.spdx.json").read_text())
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        packages = {package["name"]: package for package in document["packages"]}
        self.assertEqual(set(packages), {"infrastate", "OpenSSL", "c-ares", "POCO C++ Libraries", "musl", "libc++", "libc++abi", "libunwind",
                                         "zig compiler runtime"})
        openssl, = pins.named(pins.read(), "openssl")
        self.assertEqual(packages["OpenSSL"]["versionInfo"], openssl.upstream())
        for package in packages.values():
            self.assertTrue(package["licenseConcluded"] and package["versionInfo"], package)
        texts = {path.stem for path in (self.there / "licences").iterdir()}
        self.assertEqual(texts, {"infrastate", "openssl", "c-ares", "poco", "musl", "libc++", "libc++abi", "libunwind", "zig"})

    def test_the_sums_are_those_of_the_files(self):
        done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=support.DIST, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        listed = {line.split("  ", 1)[1] for line in (support.DIST / "SHA256SUMS").read_text().splitlines()}
        there = {str(path.relative_to(support.DIST)) for path in support.DIST.rglob("*") if path.is_file() and not path.is_symlink()}
        self.assertEqual(there - listed, {"SHA256SUMS"})
        self.assertIn("Nothing in this folder is signed", (support.DIST / "README.txt").read_text())


class AloneTest(support.ReleaseTest):
    """The executable in a folder that it cannot look out of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stack.enter_context(support.simulator())

    def root(self, **options):
        return support.empty_root(self.folder, self.server, **options)

    def ask(self, root, module="infra_access_key", environment=None, **arguments):
        given = {"host": f"https://localhost:{self.server.port}", "access_key": self.server.key, **arguments}
        done = support.shut_in(root, [f"/{module}"], json.dumps(given), environment)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def test_it_runs_with_one_bundle_and_nothing_else(self):
        """No /etc/hosts: localhost is answered by the program itself. No /etc/passwd, no /proc, no /tmp."""
        root = self.root()
        self.assertEqual({path.name for path in root.iterdir()}, {*support.MODULES, "etc"})
        made = self.ask(root, name="alone", secret_file="/key")
        self.assertTrue(made.get("changed"), made)
        again = self.ask(root, name="alone", secret_file="/key")
        self.assertEqual((again.get("failed"), again["changed"], again["reason"]), (None, False, "ok"), again)
        self.assertEqual((root / "key").stat().st_mode & 0o777, 0o600)
        self.assertEqual((root / "key").read_text().strip(), made["secret"])

    def test_its_name_says_which_module_it_is(self):
        root = self.root()
        self.assertIn("access_keys", self.ask(root, "infra_access_key_info"))
        self.assertIn("destinations", self.ask(root, "infra_destination_info"))
        refused = self.ask(root, "infra_access_key", bogus=1)
        self.assertIn("bogus", refused["msg"])

    def test_each_link_in_the_release_leads_to_the_executable(self):
        for name in support.MODULES[1:]:
            self.assertEqual(os.readlink(support.DIST / "linux-amd64" / name), "infra_access_key")

    def test_it_runs_in_the_layout_of_each_distribution(self):
        places = {"Alpine": "etc/ssl/cert.pem", "RHEL": "etc/pki/tls/certs/ca-bundle.crt", "Debian": "etc/ssl/certs/ca-certificates.crt",
                  "Fedora": "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "SUSE": "etc/ssl/ca-bundle.pem",
                  "SUSE Micro": "var/lib/ca-certificates/ca-bundle.pem"}
        for name, place in places.items():
            with self.subTest(distribution=name):
                root = self.folder / name
                root.mkdir()
                support.empty_root(root, self.server, ca=place, files={"etc/hosts": "127.0.0.1 localhost\n", "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"})
                result = self.ask(root, "infra_access_key_info")
                self.assertIsNone(result.get("failed"), result)

    def test_authorities_are_taken_from_where_the_environment_says(self):
        root = self.root(ca="srv/company.pem")
        hashed = root / "srv" / "hashed"
        hashed.mkdir()
        shutil.copy(root / "srv" / "company.pem", hashed / "company.pem")
        subprocess.run(["openssl", "rehash", hashed], check=True)
        for name, value in (("SSL_CERT_FILE", "/srv/company.pem"), ("SSL_CERT_DIR", "/srv/hashed")):
            with self.subTest(variable=name):
                result = self.ask(root, "infra_access_key_info", environment={name: value})
                self.assertIsNone(result.get("failed"), result)

    def test_without_authorities_the_error_lists_the_places(self):
        result = self.ask(self.root(ca="srv/unused.pem"), "infra_access_key_info")
        self.assertTrue(result["failed"])
        for part in ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
                     "SSL_CERT_FILE", "SSL_CERT_DIR", "server_certificate"):
            self.assertIn(part, result["msg"])

    def test_owner_and_group_are_known_from_the_files_alone(self):
        root = self.root(files={"etc/passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:4711:4712::/:/bin/sh\n", "etc/group": "root:x:0:\napps:x:4712:\n"})
        result = self.ask(root, name="owned", secret_file="/key", owner="app", group="apps")
        if os.geteuid() == 0:
            self.assertIsNone(result.get("failed"), result)
            self.assertEqual(((root / "key").stat().st_uid, (root / "key").stat().st_gid), (4711, 4712))
        result = self.ask(root, name="owned2", secret_file="/key2", owner="1234")
        if os.geteuid() == 0:
            self.assertIsNone(result.get("failed"), result)
            self.assertEqual((root / "key2").stat().st_uid, 1234)

    def test_a_name_that_only_a_directory_service_knows_needs_its_number(self):
        root = self.root(files={"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"})
        for field, kind, place in (("owner", "user", "/etc/passwd"), ("group", "group", "/etc/group")):
            with self.subTest(field=field):
                result = self.ask(root, name="owned", secret_file="/key", **{field: "ldap-name"})
                self.assertEqual(result["error"]["field"], field)
                self.assertIn(f"there is no {kind} in {place} whose name is", result["msg"])
                self.assertIn("cannot ask LDAP or sss (give the number of a " + kind + " that only they know)", result["msg"])

    def test_no_openssl_configuration_is_read(self):
        """A policy that allows nothing, where OpenSSL would look for it, changes nothing."""
        policy = "openssl_conf = a\n[a]\nproviders = b\n[b]\nnull = c\n[c]\nactivate = 1\n"
        root = self.root(files={"etc/ssl/openssl.cnf": policy})
        for environment in ({}, {"OPENSSL_CONF": "/etc/ssl/openssl.cnf"}):
            result = self.ask(root, "infra_access_key_info", environment=environment)
            self.assertIsNone(result.get("failed"), result)
        done = subprocess.run([support.BUILD / "modules" / "infra_access_key_info"], text=True, capture_output=True, check=False,
                              input=json.dumps({"host": self.server.url, "access_key": self.server.key}),
                              env={"OPENSSL_CONF": str(root / "etc/ssl/openssl.cnf"), "SSL_CERT_FILE": str(root / "etc/ssl/certs/ca-certificates.crt")})
        self.assertTrue(json.loads(done.stdout).get("failed"), "the policy does not forbid what it should")

    def test_time_zone_and_locale_change_nothing(self):
        root = self.root()
        for environment in ({"TZ": "Asia/Tokyo", "LC_ALL": "tr_TR.UTF-8"}, {"TZ": ":nonsense", "LANG": "xx"}):
            made = self.ask(root, name=f"zone{len(environment)}{environment['TZ'][:1].strip(':')}", environment=environment)
            self.assertRegex(made.get("expires_at", str(made)), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
