# SPDX-License-Identifier: Apache-2.0
"""Runs recipes: by the double, or by the chef-client that CHEF_CLIENT names."""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import black_box
import executable

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COOKBOOK = ROOT / "integrations" / "chef"
GEM = ROOT / "abi" / "bindings" / "ruby" / "lib"
# As scripts/lib/integrations/chef.py names them: two words are Chef's own.
RENAMED = {"name": "key_name", "retries": "request_retries"}


def real():
    """The words of the real chef-client's command, if there is one."""
    return shlex.split(os.environ.get("CHEF_CLIENT", ""))


def properties(arguments, action=None):
    """The schema's parameters as properties. `state` becomes the action."""
    given = {RENAMED.get(name, name): value for name, value in arguments.items() if name != "state" and value is not None}
    action = action or {"absent": "delete"}.get(arguments.get("state"))
    return {**given, **({"action": action} if action else {})}


@dataclasses.dataclass
class Run:
    code: int
    output: str

    def parts(self, title, action=r"\w+"):
        """What was printed about a resource's actions, each from its line to the next resource's."""
        pattern = rf"^ *\* infra_access_key\[{re.escape(title)}\] action {action}\b(.*?)(?=^ *\* \w+\[|\Z)"
        return re.findall(pattern, self.output, re.MULTILINE | re.DOTALL)

    def done(self, title):
        """What was announced: ["create access key ..."], with "Would " in why-run."""
        return [line for part in self.parts(title) for line in re.findall(r"^ *- ((?:Would )?\w+ access key .*)$", part, re.MULTILINE)]

    def plan(self, title):
        """The last plan, or what was done, as the debug log has it."""
        found = re.findall(rf"infra_access_key\[{re.escape(title)}\] (?:plan|apply): reason (\w+); actions (.*); changed (true|false)", self.output)
        return found and {"reason": found[-1][0], "actions": found[-1][1].split(", ") if found[-1][1] else [], "changed": found[-1][2] == "true"}

    def error(self, title):
        """The sentence of the failure. A real chef-client has it in its log first, with words of its own behind it."""
        found = re.findall(r"InfrastateCookbook::Failure\W+(?:-+\s+)?([^\n]*)", "".join(self.parts(title)))
        return found[0].removesuffix("; ignore_failure is set, continuing").strip() if found else None


class ChefTest(black_box.FolderTest, executable.ExecutableTest):
    def setUp(self):
        black_box.FolderTest.setUp(self)
        executable.ExecutableTest.setUp(self)
        cookbooks = self.folder / "cookbooks"
        trial = cookbooks / "trial"
        shutil.copytree(COOKBOOK, cookbooks / "infrastate")
        shutil.copytree(HERE / "recipes", trial / "recipes")
        (trial / "metadata.rb").write_text("name 'trial'\nversion '1.0.0'\ndepends 'infrastate'\n")
        self.config = self.folder / "client.rb"
        # A real chef-client keeps its files below this folder, too.
        self.config.write_text(f"cookbook_path {json.dumps(str(cookbooks))}\nlocal_mode true\nchef_license 'accept-silent'\nnode_name 'host'\n"
                               f"file_cache_path {json.dumps(str(self.folder / 'cache'))}\nfile_backup_path {json.dumps(str(self.folder / 'backup'))}\n"
                               f"node_path {json.dumps(str(self.folder / 'nodes'))}\n")

    def connection(self):
        return {"host": os.environ["INFRA_TEST_URL"], "access_key": self.admin, "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"]}

    def example(self, action=None, **parameters):
        """The properties of this test's key."""
        return properties({**self.connection(), "user": self.user, "secret_file": str(self.file), **parameters}, action)

    def chef(self, keys, *arguments, rings=None, ignore=False, environment=None, recipe="keys", level="debug"):
        """Runs the recipe; `keys` are the properties of each key by its title."""
        attributes = self.folder / "attributes.json"
        attributes.write_text(json.dumps({"trial": {"keys": keys, "rings": rings or {}, "ignore_failures": ignore}}))
        command = real() or ["ruby", "-W1", str(HERE / "double" / "client.rb")]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("INFRA_") and not name.lower().endswith("_proxy")}
        kept.update(RUBYLIB=str(GEM), HOME=str(self.folder))
        kept.update(environment or {})
        done = subprocess.run([*command, "-z", "-c", str(self.config), "-j", str(attributes), "-o", f"recipe[trial::{recipe}]", "-l", level, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False, cwd=self.folder,
                              env={name: value for name, value in kept.items() if value is not None})
        return Run(done.returncode, re.sub(r"\x1b\[[\d;]*m", "", done.stdout))

    def converged(self, keys, *arguments, **options):
        run = self.chef(keys, *arguments, **options)
        self.assertEqual(run.code, 0, run.output)
        return run

    def failing(self, keys, *arguments, **options):
        run = self.chef(keys, *arguments, **options)
        self.assertEqual(run.code, 1, run.output)
        return run
