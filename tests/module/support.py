# SPDX-License-Identifier: Apache-2.0
"""Starts the module executable as Ansible and as people do, and checks what must be true for every
result."""

import json
import os
import pathlib
import secrets
import string
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import black_box

BUILD = ROOT / "build" / "dev"
MASKED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def use_build(folder):
    global BUILD
    BUILD = folder


def scripted():
    """The executable with the scripted engine: needs no server."""
    return BUILD / "tests" / "module" / "scripted" / "infra_access_key"


def real():
    """The executable as it is installed."""
    return BUILD / "modules" / "infra_access_key"


def things():
    """The executable with the resource of tests/things, which needs no server."""
    return BUILD / "tests" / "things" / "infra_things"


def sanitized():
    return black_box.sanitized(BUILD)


def access_key():
    """A text with the form of a key that does not exist."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(10)) + "." + "".join(secrets.choice(letters) for _ in range(24))


def clean_environment(extra=None):
    keep = {name: value for name, value in os.environ.items()
            if name in ("PATH", "HOME", "TMPDIR") or name.endswith("SAN_OPTIONS")}
    keep.update(extra or {})
    return keep


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.result = None


class ModuleTest(black_box.FolderTest):
    """Tests that run the executable."""

    returns_secret = True  # False while a module runs that never returns one

    def start(self, *arguments, text=None, environment=None, program=None, script=None, before=()):
        """The raw outcome of one start. `text` is its standard input; the engine gets `script`.
        `before` are words that run the program."""
        environment = dict(environment or {})
        if script is not None:
            path = self.folder / "script.json"
            path.write_text(json.dumps(script))
            environment["INFRASTATE_TEST_SCRIPT"] = str(path)
        if isinstance(text, str):
            text = text.encode()
        done = subprocess.run([*before, str(program or scripted()), *map(str, arguments)], input=text or b"", capture_output=True,
                              env=clean_environment(environment), timeout=60, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr.decode(errors="replace"))

    def checked(self, outcome):
        """What is true for each run of a module: one JSON object in ASCII on one line, real booleans, an exit
        code that fits, nothing on standard error."""
        self.assertEqual(outcome.err, "")
        text = outcome.out.decode("ascii")
        self.assertEqual(text.count("\n"), 1, text)
        self.assertTrue(text.endswith("\n"))
        outcome.result = json.loads(text, object_pairs_hook=self.without_doubles)
        self.assertIsInstance(outcome.result, dict)
        self.assertIsInstance(outcome.result["changed"], bool)
        self.assertEqual("secret" in outcome.result, self.returns_secret)
        self.assertIsInstance(outcome.result.get("secret_known"), bool if self.returns_secret else type(None))
        self.assertIn(outcome.result["outcome"], ("none", "changed", "unknown"))
        if "failed" in outcome.result:
            self.assertIs(outcome.result["failed"], True)
            self.assertEqual(outcome.code, 1)
            self.assertTrue(outcome.result["msg"])
            self.assertEqual(set(outcome.result["error"]), {"code", "detail", "field", "http_status", "retryable"})
        else:
            self.assertEqual(outcome.code, 0)
        self.assertNotIn("_ansible_", "".join(outcome.result))
        self.assertNotIn("__ansible_type", text)
        return outcome.result

    @staticmethod
    def without_doubles(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"a name stands twice: {names}"
        return dict(pairs)

    def run_module(self, arguments, **options):
        """The result for arguments given as Ansible gives them: in a file."""
        path = self.folder / "arguments.json"
        path.write_bytes(arguments if isinstance(arguments, bytes) else json.dumps(arguments).encode())
        return self.checked(self.start(path, **options))

    def refused(self, arguments, *parts, field=None, **options):
        """The result of a run that fails because of its arguments and changes nothing."""
        result = self.run_module(arguments, **options)
        self.assertTrue(result.get("failed"), result)
        self.assertFalse(result["changed"])
        self.assertEqual(result["outcome"], "none")
        self.assertIsNone(result.get("secret"))
        self.assertEqual(result["error"]["code"], "ARGUMENT", result)
        for part in parts:
            self.assertIn(part, result["msg"])
        self.assertNotIn("\n", result["msg"])
        self.assertLess(len(result["msg"]), 1200)
        if field is not None:
            self.assertEqual(result["error"]["field"], field)
        return result
