# SPDX-License-Identifier: Apache-2.0
"""A Python module with the argument specification of one of ours, on the ansible-core of this machine. Tests
compare ours with it."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import support

sys.path.insert(0, str(support.ROOT / "scripts" / "lib"))
import ansible_schema

PROBE = pathlib.Path(__file__).resolve().parent / "ansible_probe.py"


def python_with_ansible():
    candidates = [sys.executable, "/usr/bin/python3"]
    if (program := shutil.which("ansible")) is not None:
        first = pathlib.Path(program).read_bytes().split(b"\n", 1)[0].decode(errors="replace")
        if first.startswith("#!"):
            candidates.append(first[2:].split()[-1])
    for candidate in candidates:
        done = subprocess.run([candidate, "-c", "import ansible.module_utils.basic"], capture_output=True, check=False)
        if done.returncode == 0:
            return candidate
    return None


class ComparedTest(support.ModuleTest):
    @classmethod
    def program(cls):
        return support.scripted()

    @classmethod
    def setUpClass(cls):
        cls.python = python_with_ansible()
        schema = json.loads(subprocess.run([str(cls.program()), "--schema"], capture_output=True, check=True).stdout)
        cls.resource = schema["resources"][0]
        cls.spec = ansible_schema.argument_spec(schema, cls.resource)

    def theirs(self, cases):
        """What the Python module prints, and the version of ansible-core on which it ran."""
        if self.python is None:
            self.missing("no Python here has ansible-core")
        cases = [{"_ansible_module_name": self.resource["module"], **case} for case in cases]
        done = subprocess.run([self.python, str(PROBE)], input=json.dumps({"module": self.spec, "cases": cases}), text=True,
                              capture_output=True, env=support.clean_environment(), timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        return answer["results"], tuple(int(part) for part in re.findall(r"\d+", answer["version"])[:2])

    @staticmethod
    def comparable(message, version):
        """There the order of the booleans is random, and older versions say otherwise what type a value has."""
        message = message.split("Valid booleans include:")[0].rstrip()
        if version < (2, 19):
            message = re.sub(r"(is of type ).*( and we were unable to convert to \w+: ).*", r"\1\2", message)
        return message
