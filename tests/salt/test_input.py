# SPDX-License-Identifier: Apache-2.0
"""Bad input, and a library or a server that cannot be used: a failed state with one sentence, and nothing half done."""

import pathlib
import shutil
import subprocess

import minion

STUB = """
#include <stdint.h>
const char *infrastate_version(void) { return "%s"; }
uint32_t infrastate_abi_version(void) { return %s; }
"""


class InputTest(minion.MinionTest):
    def refused(self, *parts, function="infra_access_key.present", **arguments):
        """The state fails with these words, dry or not, and changes nothing."""
        given = {"name": "app", "user": self.user, "secret_file": str(self.key_file), **arguments}
        comments = set()
        for test in (True, False):
            ret = self.single(function, test=test, **given)
            self.assertEqual((ret["result"], ret["changes"]), (False, {}), ret)
            comments.add(ret["comment"])
        self.assertEqual(len(comments), 1, comments)
        comment = comments.pop()
        for part in parts:
            self.assertIn(part, comment)
        self.assertNotIn("Traceback", comment)
        self.assertEqual((self.live(), self.key_file.exists()), ([], False))

    def test_a_wrong_parameter_is_named(self):
        self.refused("'usr' is no parameter; did you mean 'user'?", usr="x")
        self.refused("expires_in and expires_at exclude each other", expires_in="1h", expires_at="2999-01-01T00:00:00Z")
        self.refused("overlap: must be a duration", overlap=["24h"])
        self.refused("keepers: ", keepers=7)
        self.refused("recreate: ", recreate="sometimes")
        self.refused("secret_file: ", secret_file="not/absolute")
        self.refused("'wait_fro' is no parameter", function="infra_destination.connected", wait_fro="x", user=None, secret_file=None)

    def test_a_wrong_connection_is_named(self):
        self.refused("profile: neither the configuration of Salt nor the pillar has 'elsewhere'", profile="elsewhere")
        self.refused("profile: must be the name of a profile, not dict", profile={"host": "x.example"})
        self.refused("timeout must be a number of seconds", timeout="soon")
        self.refused("access_key_file and username exclude each other", username="somebody")
        self.refused("retries: ", retries=99)
        self.refused("connect", "127.0.0.1", host="https://127.0.0.1:1", retries=0)

    def test_a_profile_that_is_no_mapping_is_told(self):
        self.configure(infra="https://infra.example.com", pillar={})
        self.refused("profile: 'infra' must be a mapping of settings such as host and access_key_file, not str")

    def test_an_address_without_a_value_is_told(self):
        self.configure(infra={**self.profile(), "access_key_file": None, "access_key": "sdb://osenv/NOTHING_OF_TEST"}, osenv={"driver": "env"})
        # Salt itself looks up addresses of the minion's own configuration, and finds nothing.
        self.refused("one of these is required: access_key, access_key_file, username")
        self.configure(infra=None, osenv={"driver": "env"}, pillar={"infra": {"host": "x.example", "access_key": "sdb://osenv/NOTHING_OF_TEST"}})
        self._end()
        self._process = None
        self.refused("access_key: sdb://osenv/NOTHING_OF_TEST holds nothing")

    # What salt-call shows where the library cannot be used

    def without(self, *parts, env=None):
        state = self.apply({"app": self.state()}, level="quiet", env=env, check=False)
        self.assertEqual(state.code, 2, state.text + state.log)
        ret = next(iter(state.value.values()))
        function = self.salt_call("infra.info", level="quiet", env=env, check=False)
        self.assertNotEqual(function.code, 0)
        for text in (ret["comment"], function.log):
            for part in parts:
                self.assertIn(part, text)
            self.assertNotIn("Traceback", text)
        self.assertEqual((ret["result"], self.live()), (False, []))

    def stub(self, version, abi):
        if shutil.which("gcc") is None:
            self.missing("gcc is not installed")
        library = self.folder / f"lib{abi}.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", str(library), "-"], input=STUB % (version, abi), text=True, check=True)
        return {"INFRASTATE_LIBRARY": str(library)}

    def test_a_missing_library_says_what_to_install(self):
        self.without("__virtual__ returned False", "libinfrastate cannot be loaded: looked for /nowhere.so",
                     "install the Python package infrastate with the library inside", env={"INFRASTATE_LIBRARY": "/nowhere.so"})

    def test_a_library_of_another_interface_is_told(self):
        self.without("has interface 2.0; 1.x is needed", env=self.stub("9.0.0", "2 << 16"))
        self.without("is no libinfrastate", env=self.stub("9.0.0", "1 << 16"))

    def test_a_missing_package_says_what_to_install(self):
        minion.SALT.pip("uninstall", "-y", "infrastate")
        self.addCleanup(minion.SALT.install, minion.SALT.wheels)
        self.without("the Python package infrastate is missing", "install it into the Python that runs Salt")

    def test_a_library_that_is_too_old_is_told(self):
        """The package is given an older version than the extension knows of; all else of the library is real."""
        place = next((minion.SALT.folder / "lib").glob("python3*")) / "site-packages" / "infrastate" / "__init__.py"
        text = place.read_text()
        self.addCleanup(place.write_text, text)
        place.write_text(text + '\ndef version(): return "0.0.9"\n')
        self.without("libinfrastate 0.0.9 is too old for saltext.infrastate", f"install {self.wanted()} or newer")

    @staticmethod
    def wanted():
        return (pathlib.Path(minion.HERE).parent.parent / "VERSION").read_text().strip()
