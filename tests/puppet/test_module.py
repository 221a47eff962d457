# SPDX-License-Identifier: Apache-2.0
"""The module as a package: it has every parameter of the schema, and Puppet's own tools accept it."""

import json
import os
import re
import shutil
import subprocess

from support import GEM, MODULE, NODE, ROOT, PuppetTest

LIST = "require 'puppet'; t = Puppet::Type.type(:infra_access_key); puts [t.properties.map(&:name), t.parameters, t.paramclass(:user).doc].inspect"
# Puppet's own, and the one that is called ensure here.
OWN = {"provider", "ensure"}


def schema():
    return json.loads(subprocess.run([os.environ["INFRASTATE_MODULES"] + "/infra_access_key", "--schema"], capture_output=True, check=True).stdout)


def names():
    return {param["name"] for param in schema()["resources"][0]["params"] + schema()["connection"]["params"]} - {"state"} | {"ensure"}


class ModuleTest(PuppetTest):
    def must_run(self, *command, **options):
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                              check=False, env=self.environment(), **options)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_the_type_has_every_parameter_of_the_schema_and_no_other(self):
        listed = self.must_run("ruby", "-I", MODULE / "lib", "-e", LIST)
        found = set(re.findall(r":(\w+)", listed.partition('"')[0]))
        self.assertEqual(found - OWN | {"ensure"}, names())

    def test_the_reference_has_every_parameter(self):
        found = set(re.findall(r"^#{5} (?:<a [^>]*></a>)?`(\w+)`$", (MODULE / "REFERENCE.md").read_text(), re.MULTILINE))
        self.assertEqual(found, names())

    def test_generated_files_are_current(self):
        self.must_run(ROOT / "scripts" / "generate-docs", "--check", "--program", os.environ["INFRASTATE_MODULES"] + "/infra_access_key")

    def test_puppet_strings_reads_every_parameter_with_its_documentation(self):
        if not (shutil.which("yard") and "strings" in self.puppet("help")[1]):
            self.missing("puppet-strings is not installed")
        copy = self.folder / "copy"
        shutil.copytree(MODULE, copy)
        code, output = self.puppet("strings", "generate", "--format", "json", "--out", str(self.folder / "strings.json"), cwd=copy)
        self.assertEqual(code, 0, output)
        found = json.loads((self.folder / "strings.json").read_text())["resource_types"][0]
        self.assertEqual({param["name"] for param in found["parameters"]} - OWN | {each["name"] for each in found["properties"]}, names())
        for param in found["parameters"]:
            self.assertGreater(len(param["description"]), 20, param)

    def test_types_are_generated_for_isolated_environments_and_used(self):
        production = self.folder / "environments" / "production"
        (production / "modules").mkdir(parents=True)
        (production / "modules" / "infrastate").symlink_to(MODULE)
        code, output = self.puppet("generate", "types", "--environmentpath", str(production.parent), "--environment", "production")
        self.assertEqual(code, 0, output)
        self.assertTrue((production / ".resource_types" / "infra_access_key.pp").exists())
        manifest = self.key(str(self.file), secret_file=None)
        self.applied(2, manifest, "--environmentpath", str(production.parent), modules=False)
        self.assertEqual(self.opens(self.file.read_text()), self.owner)

    def test_puppet_resource_is_refused_in_one_sentence_and_does_nothing(self):
        words = "puppet resource cannot show or change access keys: "
        given = [f"{name}={value}" for name, value in self.connection().items()] + [f"user={self.user}", f"secret_file={self.file}", "ensure=present"]
        for arguments in ((), ("example",), ("example", *given)):
            code, output = self.puppet("resource", "--certname", NODE, "--modulepath", str(self.modules), "infra_access_key", *arguments)
            self.assertEqual(code, 1, output)
            self.assertIn(words, output)
            self.assertNotIn(self.admin, output)
        self.assertEqual(self.live(), [])

    def test_puppet_lint_and_the_parser_accept_every_manifest(self):
        manifests = sorted(MODULE.rglob("*.pp"))
        self.assertGreater(len(manifests), 4)
        self.must_run("puppet-lint", "--fail-on-warnings", "--relative", *manifests)
        # The parser ends with success for a block that it cannot read from standard input, so that each has a file.
        blocks = re.findall(r"^```puppet\n(.*?)^```", (MODULE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
        self.assertGreater(len(blocks), 2)
        for number, block in enumerate(blocks):
            if not re.match(r"\w+ \{", block):
                block = f"infra_access_key {{ 'x':\n{block}}}\n"
            manifests.append(self.folder / f"{number}.pp")
            manifests[-1].write_text(block)
        code, output = self.puppet("parser", "validate", *map(str, manifests))
        self.assertEqual((code, output), (0, ""))

    def test_rspec_puppet_passes(self):
        if shutil.which("rspec") is None:
            self.missing("there is no rspec")
        output = self.must_run("rspec", "--format", "documentation", cwd=MODULE)
        self.assertRegex(output, r"\b(?:[89]|\d\d) examples, 0 failures\n")

    def test_the_version_and_licence_are_the_project_s(self):
        metadata = json.loads((MODULE / "metadata.json").read_text())
        self.assertEqual(metadata["version"], (ROOT / "VERSION").read_text().strip())
        self.assertEqual((MODULE / "LICENSE").read_text(), (ROOT / "LICENSE").read_text())
        self.assertIn(f"infrastate-infrastate-{metadata['version']}.tar.gz", (MODULE / "README.md").read_text())

    def test_a_server_reads_the_type_without_the_gem(self):
        """puppet-server has neither the gem nor a new Ruby: the type loads nothing of it."""
        program = "require 'puppet'; Puppet::Type.type(:infra_access_key); abort('loaded') if defined?(::Infrastate) || $\".any? { |f| f.include?('fiddle') }"
        self.must_run("ruby", "-I", MODULE / "lib", "-e", program)
        self.assertTrue((GEM / "infrastate.rb").exists())
