# SPDX-License-Identifier: Apache-2.0
"""Bad input, in Chef's words and the library's: one sentence, exit code 1, and nothing half done."""

import os
import subprocess

from support import ChefTest, real

GHOST = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"


class InputTest(ChefTest):
    def test_what_the_library_refuses_fails_the_resource_and_changes_nothing(self):
        cases = {
            "booleans": ({"access_key": 5}, "access_key: must be"),
            "texts": ({"expires_in": "soon"}, "expires_in: 'soon' is not a duration"),
            "expiries": ({"expires_in": "1h", "expires_at": "2099-01-01T00:00:00Z"}, "expires_in and expires_at exclude each other; give only one"),
            "needs": ({"renew_splay": "1h"}, "renew_before"),
            "retries": ({"retries": 11}, "retries: must be an integer from 0 to 10"),
            "soon": ({"timeout": "soon"}, "timeout: must be a duration like 30s, or a number of seconds, from 100ms to 24h0m0s"),
            "long": ({"timeout": 90000}, "timeout: must be a duration like 30s"),
            "no-file": ({"secret_file": None}, "secret_file: is needed to create access key 'no-file'"),
            "nobody": ({"user": "nobody@example.com"}, "nobody@example.com"),
            "down": ({"host": "localhost:1"}, "cannot connect to localhost:1"),
            "stranger": ({"access_key": GHOST}, "answered 401"),
        }
        keys = {title: self.example(**{"secret_file": str(self.folder / f"{title}.key"), **more}) for title, (more, _) in cases.items()}
        for arguments in ((), ("-W",)):
            run = self.converged(keys, *arguments, ignore=True)
            for title, (_, words) in cases.items():
                self.assertIn(words, run.error(title) or run.output, title)
                self.assertEqual(run.done(title), [])
        self.assertEqual(self.live(), [])
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.key")), [])
        self.assertNotIn(GHOST, run.output)
        self.failing({"down": keys["down"]})

    def test_what_chef_itself_refuses_names_the_property(self):
        for more, words in (({"use_proxy": "no"}, "Property use_proxy must be one of: true, false!  You passed \"no\"."),
                            ({"request_retries": "3"}, "Property request_retries must be one of: Integer!  You passed \"3\"."),
                            ({"expires_in": 5}, "Property expires_in must be one of: String!  You passed 5."),
                            ({"adopt": "maybe"}, "must be"), ({"keepers": "x"}, "Property keepers must be one of: Hash!"),
                            ({"nmae": "example"}, "undefined method `nmae'" if not real() else "nmae"),
                            ({"action": "keep"}, "must be equal to one of")):
            run = self.failing({"example": {**self.example(), **more}})
            self.assertIn(words, run.output)
            self.assertNotIn(self.admin, run.output)
        self.assertEqual(self.live(), [])

    def test_a_missing_gem_names_the_command_of_this_ruby(self):
        run = self.failing({"example": self.example()}, environment={"RUBYLIB": None})
        self.assertRegex(run.error("example"), r"^the Ruby gem infrastate is not installed for Chef's Ruby \(/\S+\): install it with /\S+/gem install ")
        command = run.error("example").partition("install it with ")[2].split()[0]
        self.assertTrue(os.access(command, os.X_OK), command)

    def test_a_missing_library_is_named_for_each_key_without_another_word(self):
        run = self.converged({"example": self.example(), "second": self.example(name="second")}, ignore=True,
                             environment={"INFRASTATE_LIBRARY": "/nowhere/lib.so"})
        for title in ("example", "second"):
            self.assertRegex(run.error(title), r"^libinfrastate was looked for as /nowhere/lib\.so and cannot be loaded \(.*\); INFRASTATE_LIBRARY ")
        self.assertNotIn("already initialized constant", run.output)

    def test_a_library_that_is_too_old_or_too_new_is_refused(self):
        for source, words in (("int nothing;", "it is no libinfrastate, or one that is too old"),
                              ("unsigned infrastate_abi_version(void) { return 1u << 16; }", "or one that is too old"),
                              ("unsigned infrastate_abi_version(void) { return 2u << 16; }", "has interface 2.0; 1.x is needed")):
            other = self.folder / "other.so"
            subprocess.run(["cc", "-shared", "-fPIC", "-o", other, "-x", "c", "-"], input=source, text=True, check=True)
            self.assertIn(words, self.failing({"example": self.example()}, environment={"INFRASTATE_LIBRARY": str(other)}).error("example"))
        self.assertEqual(self.live(), [])
