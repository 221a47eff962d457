# SPDX-License-Identifier: Apache-2.0
"""The cookbook as a package, and the double's words beside Chef's own."""

import json
import os
import re
import shutil
import subprocess

from support import COOKBOOK, HERE, RENAMED, ROOT, ChefTest

LOAD = f"require '{HERE}/double/chef'; "
LIST = LOAD + f"r = Chef::Resource.of('{COOKBOOK}/resources/infra_access_key.rb'); puts JSON.generate(r.properties.map {{ |n, p| [n, p.options] }}.to_h)"
OWN = LOAD + """
facts = {
  config: ChefConfig::Config.equal?(Chef::Config),
  why_run: ChefConfig::Config[:why_run],
  names: [ChefUtils::Dist::Infra::CLIENT, ChefUtils::Mash.new('a' => { 'b' => 1 })[:a][:b]],
  log: Chef::Log.singleton_class.include?(Mixlib::Log),
}
puts JSON.generate(facts)
"""


class CookbookTest(ChefTest):
    def must_run(self, *command, **options):
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                              check=False, **options)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def schema(self):
        program = os.environ["INFRASTATE_MODULES"] + "/infra_access_key"
        return json.loads(self.must_run(program, "--schema"))

    def names(self):
        schema = self.schema()
        params = schema["resources"][0]["params"] + schema["connection"]["params"]
        return {RENAMED.get(param["name"], param["name"]): param for param in params if param["name"] != "state"}

    def test_the_resource_has_every_parameter_of_the_schema_and_no_other(self):
        found = json.loads(self.must_run("ruby", "-rjson", "-e", LIST))
        wanted = self.names()
        self.assertEqual(set(found), set(wanted))
        for name, options in found.items():
            self.assertEqual(options.get("sensitive", False), wanted[name]["secret"] or name == "proxy", name)
            self.assertEqual(options.get("equal_to"), wanted[name].get("choices"), name)
            self.assertGreater(len(options["description"]), 10, name)
        # Without a type Chef checks nothing, and shows no value.
        text = "".join((COOKBOOK / "resources" / "partial" / f"_{name}.rb").read_text() for name in ("access_key", "connection"))
        for name, param in wanted.items():
            if param["secret"]:
                self.assertIn(f"property :{name},\n         sensitive: true,", text)

    def test_the_page_has_every_property(self):
        text = (COOKBOOK / "documentation" / "infra_access_key.md").read_text()
        self.assertEqual(set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)), set(self.names()))

    def test_the_double_uses_what_debian_has_of_chef(self):
        found = json.loads(self.must_run("ruby", "-rjson", "-e", OWN))
        self.assertEqual(found, {"config": True, "why_run": False, "names": ["chef-client", 1], "log": True})

    def test_the_cookbook_uses_no_word_of_chef_that_the_double_has_not_explained(self):
        """The words at the beginning of a line in a resource, and Chef's constants anywhere."""
        words, constants = set(), set()
        for path in [*COOKBOOK.glob("resources/**/*.rb"), *COOKBOOK.glob("libraries/*.rb")]:
            text = re.sub(r"^\s*#.*$", "", path.read_text(), flags=re.MULTILINE)
            constants |= set(re.findall(r"\bChef::[\w:]+", text))
            if "resources" in path.parts:
                words |= set(re.findall(r"^(\w+)\b", text, re.MULTILINE))
        self.assertEqual(words - {"end"}, {"provides", "unified_mode", "use", "attr_accessor", "default_action", "action", "action_class", "property"})
        self.assertEqual(constants, {"Chef::Log"})
        double = (HERE / "double" / "chef.rb").read_text()
        for word in words - {"end", "attr_accessor"}:
            self.assertRegex(double, rf"def {word}\(")

    def test_rspec_passes(self):
        if shutil.which("rspec") is None:
            self.missing("there is no rspec")
        output = self.must_run("rspec", "-I", HERE / "double", HERE / "resource_spec.rb", env={**os.environ, "COOKBOOK": str(COOKBOOK)}, cwd=self.folder)
        self.assertRegex(output, r"\b(?:[6-9]|\d\d) examples, 0 failures\n")

    def test_every_ruby_file_can_be_read(self):
        files = [*COOKBOOK.rglob("*.rb"), *(HERE / "recipes").glob("*.rb")]
        self.assertGreater(len(files), 9)
        for file in files:
            self.must_run("ruby", "-wc", file)

    def test_cookstyle_finds_nothing(self):
        if shutil.which("cookstyle") is None:
            self.skipTest("cookstyle is not installed, and no Debian package has it")
        self.must_run("cookstyle", COOKBOOK)

    def test_generated_files_are_current(self):
        self.must_run(ROOT / "scripts" / "generate-docs", "--check", "--program", os.environ["INFRASTATE_MODULES"] + "/infra_access_key")

    def test_the_version_and_licence_are_the_project_s(self):
        version = (ROOT / "VERSION").read_text().strip()
        self.assertRegex((COOKBOOK / "metadata.rb").read_text(), rf"\nversion +'{re.escape(version)}'\n")
        self.assertEqual((COOKBOOK / "LICENSE").read_text(), (ROOT / "LICENSE").read_text())
        self.assertIn(f"infrastate-cookbook-{version}.tar.gz", (COOKBOOK / "README.md").read_text())

    def test_no_library_of_the_cookbook_loads_the_gem(self):
        program = "ARGV.each { |file| require file }; abort('loaded') if defined?(::Infrastate) || $\".any? { |f| f.include?('fiddle') }"
        self.must_run("ruby", "-e", program, *sorted(COOKBOOK.glob("libraries/*.rb")))
