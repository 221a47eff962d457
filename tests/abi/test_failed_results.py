# SPDX-License-Identifier: Apache-2.0
"""Answers of failures: every member that the contract promises, no foreign character that reverses a line,
and no mention of a defect if the system only lacks something."""

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys

import infrastate
import support
from support import LibraryTest, loads

TOKEN = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"
TURNING = "\u202e\u2066\u061c\u200f\u0085\u2028\u200b\x7f\x1b\U000e0041"


class FailedResultsTest(LibraryTest):
    options = {"host": "https://localhost:1", "access_key": TOKEN, "retries": 0}

    def missing_members(self, shape, answer):
        fields = infrastate.describe()["abi"]["results"][shape]
        return [field["name"] for field in fields if field["name"] not in answer and field["always"]] + [
            field["name"] for field in fields if field["name"] in answer and answer[field["name"]] is None and not field["nullable"]]

    def test_a_failure_has_every_member_that_is_always_there(self):
        """The members of the resource, if its name could be read; else those that all resources have."""
        known = {"resource": "access_key"}
        with contextlib.closing(infrastate.Client(**self.options)) as client:
            for request, known in (({**known, "query": {"user": "connector"}}, True), ({**known, "query": {"name": "not/good"}}, True),
                                   ({**known, "query": []}, True), ({"resource": "none"}, False), ({**known, "of_nobody": 1}, False),
                                   ({"resource": "access_key_info"}, False), ({}, False)):
                answer = client._call("infrastate_info", request, None, None)
                self.assertFalse(answer["ok"])
                self.assertEqual(self.missing_members("access_key_info.result" if known else "info_result", answer), [], answer)
                self.assertNotIn("reason", answer)
                for function in ("infrastate_plan", "infrastate_apply"):
                    asked = {("desired" if name == "query" else name): value for name, value in request.items()}
                    answer = client._call(function, asked, None, None)
                    self.assertFalse(answer["ok"])
                    self.assertEqual(self.missing_members("access_key.result" if known else "result", answer), [], answer)

    def test_what_is_no_result_is_not_worth_another_try(self):
        library = ctypes.CDLL(str(support.library()))
        library.infrastate_result_json.restype = ctypes.c_char_p
        answer = loads(library.infrastate_result_json(None, None))
        self.assertEqual((answer["code"], answer["error"]["retryable"]), ("ARGUMENT", False))
        for shape in ("result", "info_result"):
            self.assertEqual(self.missing_members(shape, answer), [])

    def test_no_message_holds_a_character_that_turns_or_breaks_a_line(self):
        parameters = [param["name"] for param in infrastate.describe()["resources"][0]["params"]]
        with contextlib.closing(infrastate.Client(**self.options)) as client:
            for name in [*parameters, "x" + TURNING]:
                for value in ("a" + TURNING + "b", {TURNING: [1]}):
                    desired = {"name": "my-cluster", name: value}
                    answer = client._call("infrastate_plan", {"resource": "access_key", "desired": desired}, None, None)
                    done = subprocess.run([support.executable()], input=json.dumps({**self.options, **desired, "_ansible_no_log": True}),
                                          capture_output=True, text=True, check=False, timeout=60, env={"PATH": os.environ["PATH"]})
                    said = loads(done.stdout)
                    for text in (answer["error"]["message"], answer["error"]["field"] or "", said["msg"], said["error"]["field"] or ""):
                        self.assertFalse(set(TURNING) & set(text), (name, text))

    def test_a_lack_of_descriptors_is_no_defect(self):
        arguments = json.dumps({**self.options, "name": "my-cluster", "secret_file": str(self.folder / "kept"), "_ansible_no_log": True})
        for limit in range(3, 16):
            done = subprocess.run([support.executable()], input=arguments, capture_output=True, text=True, check=False, timeout=60,
                                  env={"PATH": os.environ["PATH"]},
                                  preexec_fn=lambda most=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
            if "error while loading shared libraries" in done.stderr:
                continue
            said = loads(done.stdout)
            self.assertNotEqual(said["error"]["code"], "INTERNAL", (limit, said))
            self.assertNotIn("defect", said["msg"], limit)

    def test_a_client_without_a_descriptor_says_what_is_missing(self):
        program = self.folder / "starved.py"
        program.write_text(
            "import os, resource, infrastate\n"
            "infrastate.version()\n"
            "lowest = os.open(os.devnull, os.O_RDONLY); os.close(lowest)\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, lowest))\n"
            "try:\n"
            f"    infrastate.Client(**{self.options!r})\n"
            "except Exception as error:\n"
            "    print(getattr(error, 'code', None), getattr(error, 'detail', None), error)\n")
        said = self.must_run(sys.executable, program, env={**os.environ, "PYTHONPATH": str(support.ABI / "bindings" / "python")})
        self.assertIn("no_resources", said)
        self.assertNotIn("defect", said)
        self.assertNotIn("out of memory", said)
