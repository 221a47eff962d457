# SPDX-License-Identifier: Apache-2.0
"""The generated documentation is current, and ansible-doc reads it."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import support

GENERATOR = support.ROOT / "scripts" / "generate-docs"


class Documentation(support.ModuleTest):
    def test_committed_files_are_current(self):
        done = subprocess.run([sys.executable, str(GENERATOR), "--check", "--program", str(support.scripted())], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_check_sees_a_file_that_is_not_current(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("scripts", "docs", "modules", "collection", "integrations"):
                shutil.copytree(support.ROOT / name, root / name, symlinks=True)
            check = [sys.executable, str(root / "scripts" / "generate-docs"), "--check", "--program", str(support.scripted())]
            self.assertEqual(subprocess.run(check, capture_output=True, check=False).returncode, 0)
            with (root / "docs" / "parameters.md").open("a") as page:
                page.write("an edit by hand\n")
            done = subprocess.run(check, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("docs/parameters.md", done.stderr)

    def test_every_page_of_the_schema_ends_in_a_sentence(self):
        schema = json.loads(subprocess.run([str(support.scripted()), "--schema"], capture_output=True, check=True).stdout)
        for section in (*schema["resources"], schema["connection"]):
            for entry in section["params"] + section.get("returns", []):
                for sentence in entry["doc"]:
                    self.assertTrue(sentence.endswith("."), sentence)
                    self.assertEqual(sentence.count("`") % 2, 0, sentence)

    def test_ansible_doc_reads_the_file_beside_the_executable(self):
        if shutil.which("ansible-doc") is None:
            self.missing("ansible-doc is not installed")
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(support.ROOT / "modules" / "infra_access_key.yml", folder)
            shutil.copy(support.scripted(), folder)
            done = subprocess.run(["ansible-doc", "--json", "-t", "module", "-M", folder, "infra_access_key"], capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            page = json.loads(done.stdout)["infra_access_key"]
        schema = json.loads(subprocess.run([str(support.scripted()), "--schema"], capture_output=True, check=True).stdout)
        names = {param["name"] for part in (schema["resources"][0], schema["connection"]) for param in part["params"]}
        self.assertEqual(set(page["doc"]["options"]), names)
        self.assertEqual(set(page["return"]), {field["name"] for field in schema["resources"][0]["returns"]})
        self.assertIn("infra_access_key:", page["examples"])

    def test_the_examples_are_accepted_by_the_module(self):
        """Each task of the examples passes all checks of parameters, with its templates replaced."""
        text = (support.ROOT / "modules" / "infra_access_key.yml").read_text()
        examples = text.split("EXAMPLES: |\n")[1].split("\nRETURN:")[0]
        tasks = [block for block in examples.split("  - name: ") if "infra_access_key:" in block]
        self.assertGreaterEqual(len(tasks), 3)
        for task in tasks:
            lines = task.split("infra_access_key:\n")[1].splitlines()
            parameters = {}
            for line in lines:
                if not line.startswith("      ") or line.strip() == "":
                    break
                name, value = line.strip().split(": ", 1)
                if "{{" not in value:
                    parameters[name] = value.strip('"')
            parameters.setdefault("access_key_file", "/etc/infra/admin.key")
            done = subprocess.run([str(support.scripted())], input=json.dumps(parameters), capture_output=True, text=True,
                                  env=support.clean_environment(), check=False)
            self.assertEqual(json.loads(done.stdout)["msg"], "no server here", task)
