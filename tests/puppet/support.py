# SPDX-License-Identifier: Apache-2.0
"""Runs `puppet apply` on manifests that are made of arguments, in folders of the test's own."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess

import black_box
import executable

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULE = ROOT / "integrations" / "puppet"
GEM = ROOT / "abi" / "bindings" / "ruby" / "lib"
NODE = "host.example.com"
# Facter would look at the whole machine, for seconds, and complain in a container about what it may not see.
FACTS = f"--- !ruby/object:Puppet::Node::Facts\nname: {NODE}\nvalues: {{}}\n"


class Code(str):
    """Puppet code in the place of a value, like Deferred('x')."""


def literal(value):
    """The value in Puppet's language."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{literal(name)} => {literal(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return json.dumps(value)


def declaration(title, **parameters):
    """A resource. `state` is called ensure."""
    if "state" in parameters:
        parameters["ensure"] = parameters.pop("state")
    inside = "".join(f"  {name} => {literal(value)},\n" for name, value in parameters.items() if value is not None)
    return f"infra_access_key {{ {literal(title)}:\n{inside}}}\n"


@dataclasses.dataclass
class Run:
    code: int
    output: str
    logs: list

    def of(self, title, level=None):
        """The messages about a key, and the events of its property."""
        path = f"Infra_access_key[{title}]"
        return [log["message"] for log in self.logs
                if (log["source"].endswith(path) or log["source"].endswith(path + "/ensure")) and level in (None, log["level"])]

    def event(self, title):
        """The event that says what was done."""
        return next((log["message"] for log in self.logs if log["source"].endswith(f"Infra_access_key[{title}]/ensure")), None)

    def error(self, title):
        """The sentence with which the key failed."""
        found = [re.fullmatch(r"(?:Could not evaluate: |change from .* to .* failed: )?(.*)", text, re.DOTALL).group(1)
                 for text in self.of(title, "err")]
        return found[0] if found else None

    def plan(self, title):
        """The last plan, or what was done, as the debug log has it."""
        found = [re.fullmatch(r"(plan|apply): reason (\w+); actions (.*); changed (true|false)", text) for text in self.of(title, "debug")]
        found = [each for each in found if each]
        return found and {"reason": found[-1][2], "actions": found[-1][3].split(", ") if found[-1][3] else [], "changed": found[-1][4] == "true"}


class PuppetTest(black_box.FolderTest, executable.ExecutableTest):
    def setUp(self):
        black_box.FolderTest.setUp(self)
        executable.ExecutableTest.setUp(self)
        self.vardir, self.confdir = self.folder / "var", self.folder / "conf"
        self.modules = self.folder / "modules"
        for folder in (self.vardir / "yaml" / "facts", self.confdir, self.modules):
            folder.mkdir(parents=True)
        (self.vardir / "yaml" / "facts" / f"{NODE}.yaml").write_text(FACTS)
        (self.modules / "infrastate").symlink_to(MODULE)

    def connection(self):
        return {"host": os.environ["INFRA_TEST_URL"], "access_key": self.admin, "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"]}

    def key(self, title="example", **parameters):
        """The declaration of this test's key."""
        return declaration(title, **{**self.connection(), "user": self.user, "secret_file": str(self.file), **parameters})

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("INFRA_") and not name.lower().endswith("_proxy")}
        kept.update(RUBYLIB=str(GEM), HOME=str(self.folder))
        kept.update(more)
        return {name: value for name, value in kept.items() if value is not None}

    def puppet(self, *arguments, cwd=None, **environment):
        """The exit code, and all that it printed."""
        folders = ["--confdir", str(self.confdir), "--vardir", str(self.vardir), "--publicdir", str(self.vardir / "public")]
        done = subprocess.run(["puppet", *arguments[:1], *folders, "--color=false", *arguments[1:]], stdout=subprocess.PIPE, cwd=cwd,
                              stderr=subprocess.STDOUT, text=True, timeout=300, check=False, env=self.environment(**environment))
        return done.returncode, done.stdout

    def apply(self, manifest, *arguments, environment=None, modules=True, level="--debug"):
        """Applies the manifest, at the highest level of logging."""
        site, log = self.folder / "site.pp", self.folder / "log.jsonl"
        site.write_text(manifest)
        log.unlink(missing_ok=True)
        more = ["--modulepath", str(self.modules)] if modules else []
        code, output = self.puppet("apply", "--certname", NODE, "--facts_terminus", "yaml", *more, "--detailed-exitcodes", level,
                                   "--logdest", str(log), "--logdest", "console", *arguments, str(site), **(environment or {}))
        return Run(code, output, [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else [])

    def applied(self, code, *arguments, **options):
        run = self.apply(*arguments, **options)
        self.assertEqual(run.code, code, run.output)
        return run

    def assert_nowhere(self, secrets, *outputs):
        """Neither in the outputs nor in a file that Puppet left behind."""
        secrets = [secret.encode() for secret in secrets]
        left = [path for folder in (self.vardir, self.confdir) for path in folder.rglob("*") if path.is_file()]
        expected = {"state.yaml", "last_run_report.yaml", "last_run_summary.yaml"}
        self.assertEqual(expected - {path.name for path in left}, set())
        for secret in secrets:
            self.assertGreater(len(secret), 9)
            for output in outputs:
                self.assertNotIn(secret, output.encode())
            for path in left:
                self.assertNotIn(secret, path.read_bytes(), path)
