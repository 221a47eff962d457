# SPDX-License-Identifier: Apache-2.0
"""What those say of the collection who judge collections, and the archive that users install."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile

import yaml

import cores
import support
from release import collection, common

SOURCE = support.ROOT / "collection"
ROLES = sorted(path.parent.parent.name for path in SOURCE.glob("roles/*/meta/argument_specs.yml"))


class FilesTest(support.PlayTest):
    def test_the_version_is_that_of_the_project(self):
        self.assertEqual(yaml.safe_load((SOURCE / "galaxy.yml").read_text())["version"], common.VERSION)
        self.assertIn(common.VERSION, yaml.safe_load((SOURCE / "changelogs" / "changelog.yaml").read_text())["releases"])

    def test_each_module_has_its_plugin_its_group_and_its_page(self):
        schema = json.loads(subprocess.run([support.EXECUTABLE, "--schema"], capture_output=True, check=True).stdout)
        names = {resource["module"] for resource in schema["resources"]}
        self.assertEqual(set(collection.modules()), names)
        self.assertEqual({path.stem for path in (SOURCE / "plugins" / "action").glob("*.py")}, names)
        self.assertEqual(set(yaml.safe_load((SOURCE / "meta" / "runtime.yml").read_text())["action_groups"]["infra"]), names)
        for name in names:
            self.assertIn(f"`{name}`", (SOURCE / "README.md").read_text())

    def test_each_role_has_a_page_and_is_in_the_readme_and_the_changelog(self):
        for name in ROLES:
            self.assertTrue((SOURCE / "roles" / name / "README.md").is_file(), name)
            self.assertIn(f"roles/{name}/README.md", (SOURCE / "README.md").read_text())
            self.assertIn(f"infrastate.infra.{name} - ", (SOURCE / "CHANGELOG.rst").read_text())


class CheckersTest(support.PlayTest):
    def setUp(self):
        super().setUp()
        self.tools = support.provided(self, cores.tools)
        self.there = support.COLLECTIONS / collection.PLACE

    def check(self, program, *arguments, cwd=None):
        environment = self.environment(PATH=f"{self.tools}:{os.environ['PATH']}")
        del environment["ANSIBLE_COLLECTIONS_PATHS"]  # the older name, which ansible-lint refuses
        done = subprocess.run([self.tools / program, *map(str, arguments)], capture_output=True, text=True, cwd=cwd or self.there, env=environment,
                              timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-5000:] + done.stderr[-5000:])
        return done.stdout + done.stderr

    def test_ansible_lints_production_profile(self):
        self.assertIn("Profile 'production' was required, and it passed", self.check("ansible-lint", "--offline", "--nocolor"))
        books = self.folder / "playbooks"
        shutil.copytree(support.ROOT / "playbooks", books)
        self.assertIn("and it passed", self.check("ansible-lint", "--offline", "--nocolor", *sorted(path.name for path in books.glob("*.yml")), cwd=books))

    def test_ansible_lint_finds_what_is_wrong(self):
        book = self.folder / "wrong.yml"
        book.write_text("- hosts: all\n  tasks:\n    - shell: echo x\n")
        done = subprocess.run([self.tools / "ansible-lint", "--offline", "--profile", "production", book], capture_output=True, text=True, cwd=self.folder,
                              env=self.environment(PATH=f"{self.tools}:{os.environ['PATH']}"), check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_the_documentation(self):
        self.check("antsibull-docs", "lint-collection-docs", "--plugin-docs", ".")
        listed = self.check("ansible-doc", "-l", "infrastate.infra")
        for module in collection.modules():
            self.assertIn(f"infrastate.infra.{module}", listed)
        self.assertNotIn("WARNING", listed)
        lookup = json.loads(self.check("ansible-doc", "-t", "lookup", "-j", "infrastate.infra.kept_secret"))
        self.assertIn("key_name", lookup["infrastate.infra.kept_secret"]["doc"]["options"])
        for role in ROLES:
            shown = json.loads(self.check("ansible-doc", "-t", "role", "-j", f"infrastate.infra.{role}"))
            self.assertTrue(shown[f"infrastate.infra.{role}"]["entry_points"]["main"]["options"], role)
        found = json.loads(self.check("ansible-doc", "-t", "filter", "-j", "infrastate.infra.key_report"))
        self.assertIn("soon_days", found["infrastate.infra.key_report"]["doc"]["options"])
        role = json.loads(self.check("ansible-doc", "-t", "role", "-j", "infrastate.infra.key_report"))
        options = role["infrastate.infra.key_report"]["entry_points"]["main"]["options"]
        page = (SOURCE / "roles" / "key_report" / "README.md").read_text()
        self.assertEqual([name for name in options if f"`{name}`" not in page], [])

    def test_the_changelog(self):
        self.check("antsibull-changelog", "lint", cwd=SOURCE)


class ArchiveTest(support.PlayTest):
    def build(self, name):
        dist = self.folder / name
        dist.mkdir()
        return collection.build({"x86_64": support.EXECUTABLE, "aarch64": support.EXECUTABLE}, dist)

    def test_two_are_equal(self):
        first, second = self.build("first"), self.build("second")
        self.assertEqual(common.sha256(first), common.sha256(second))
        self.assertLess(first.stat().st_size, 20_000_000, "what Galaxy takes")

    def test_it_is_installed_verified_and_run(self):
        archive = self.build("dist")
        where = self.folder / "installed"
        done = self.ansible("ansible-galaxy", "collection", "install", "--offline", "-p", where, archive)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        there = where / collection.PLACE
        self.assertTrue(os.access(there / "files" / "x86_64" / "infra_access_key", os.X_OK))
        for module in collection.modules():
            self.assertTrue((there / "plugins" / "modules" / f"{module}_aarch64").resolve().is_file())
        for role in ROLES:
            self.assertTrue((there / "roles" / role / "tasks" / "main.yml").is_file(), role)
        for kind in ("files/report.js", "files/report.css", "templates/key_report.html.j2", "meta/argument_specs.yml", "README.md"):
            self.assertTrue((there / "roles" / "key_report" / kind).is_file(), kind)
        listed = json.loads((there / "FILES.json").read_text())["files"]
        for entry in listed:
            if entry["ftype"] == "file":
                self.assertEqual(hashlib.sha256((there / entry["name"]).read_bytes()).hexdigest(), entry["chksum_sha256"], entry["name"])
        run = self.play(self.key(), self.key(), **support.at(where))
        self.assertEqual([result["changed"] for result in run.results], [True, False], run.output)

    def test_nothing_is_inside_that_does_not_belong_there(self):
        with tarfile.open(self.build("dist")) as archive:
            members = archive.getmembers()
        for member in members:
            self.assertNotRegex(member.name, r"__pycache__|\.pyc$|\.plugin-cache|/output/")
            self.assertEqual((member.uid, member.gid), (0, 0))
            self.assertNotIn(str(support.ROOT), member.linkname)
