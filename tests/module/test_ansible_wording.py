# SPDX-License-Identifier: Apache-2.0
"""A Python module with the same argument specification, on the ansible-core of this machine, reports the same
words for the same bad input, and reads good input in the same way."""

import ansible_core
import support

KEY = support.access_key()
NAME = {"name": "my-cluster"}
GOOD = {**NAME, "access_key": KEY}

BAD = [
    {},
    NAME,
    {**GOOD, "bogus": 1},
    {**GOOD, "renew_before": "1h", "expires_at": "2027-11-23T07:56:35Z"},
    {**GOOD, "expires_in": "2h", "renew_before": "1h", "expires_at": "2027-11-23T07:56:35Z"},
    {**GOOD, "mode": "0600"},
    {**GOOD, "owner": "root", "group": "root"},
    {**GOOD, "keepers": {"a": 1}},
    {**GOOD, "renew_splay": "1h"},
    {**GOOD, "retire": "soon"},
    {**GOOD, "adopt": True},
    {**GOOD, "verify_secret": "maybe", "current_secret_missing": "x"},
    {**GOOD, "secret_file": "/x", "keepers": ["a"]},
    {**GOOD, "secret_file": "/x", "keepers": "a"},
    {**GOOD, "secret_file": "/x", "keepers": 5},
    {**GOOD, "zed": 1, "Bogus": 2, "bogus": 3, "caf\u00e9": 4},
    {**GOOD, "bogus": 1, "_ansible_module_name": "ns.col.infra_access_key"},
    {"bogus": 1},
    {**NAME, "bogus": 1},
    {**GOOD, "access_key_file": "/x"},
    {**GOOD, "username": "me", "password": "obviously-fake"},
    {**GOOD, "expires_in": "1h", "expires_at": "2027-11-23T07:56:35Z"},
    {**GOOD, "expires_in": "1h", "expires_at": "2027-11-23T07:56:35Z", "access_key_file": "/x", "bogus": 1},
    {**GOOD, "server_certificate_file": "/x", "server_certificate": "x", "skip_tls_verify": "maybe"},
    {"access_key": KEY, "access_key_file": "/x"},
    {**GOOD, "state": "Present"},
    {**GOOD, "state": "present "},
    {**GOOD, "state": True},
    {**GOOD, "state": False},
    {**GOOD, "state": 3.70},
    {**GOOD, "state": 1e16},
    {**GOOD, "state": 1e-5},
    {**GOOD, "state": 123456789012345678},
    {**GOOD, "recreate": "none", "state": "gone"},
    {**GOOD, "recreate": "none", "retries": "many"},
    {**GOOD, "skip_tls_verify": "maybe"},
    {**GOOD, "skip_tls_verify": 2},
    {**GOOD, "skip_tls_verify": 0.5},
    {**GOOD, "skip_tls_verify": []},
    {**GOOD, "skip_tls_verify": {"a": 1}},
    {**GOOD, "use_proxy": "nope", "retries": "x", "bogus": 1},
    {**GOOD, "retries": "x"},
    {**GOOD, "retries": "3.7"},
    {**GOOD, "retries": 3.7},
    {**GOOD, "retries": []},
    {**GOOD, "retries": "1 2"},
    {**GOOD, "retries": "+-1"},
    {**NAME, "username": "me"},
    {**NAME, "password": "obviously-fake"},
    {**GOOD, "password": "obviously-fake"},
    {**GOOD, "client_key": "/k"},
    {**GOOD, "client_key_passphrase": "obviously-fake"},
    {**GOOD, "client_key": "/k", "client_key_passphrase": "obviously-fake", "bogus": 1},
    {**GOOD, "state": KEY},
    {**GOOD, "state": f"x{KEY}x"},
    {"access_key": KEY, KEY: 1},
    {**GOOD, f"x{KEY}": 1},
]

READ = [
    GOOD,
    {**GOOD, "name": 2027},
    {**GOOD, "name": True},
    {**GOOD, "user": "caf\u00e9 \U0001f511"},
    {**GOOD, "retries": "3"},
    {**GOOD, "retries": " +3 "},
    {**GOOD, "retries": 0},
    {**GOOD, "timeout": 30},
    {**GOOD, "timeout": 2.5},
    {**GOOD, "timeout": 2.0},
    {**GOOD, "expires_at": "2027-11-23T07:56:35Z"},
    {**GOOD, "expires_in": "8766h"},
    {**GOOD, "secret_file": "~/key", "mode": "0640", "owner": 0, "group": "root"},
    {**GOOD, "secret_file": "/x", "mode": 416},
    {**GOOD, "secret_file": "/x", "keepers": {"a": 1, "b": None, "c": True, "d": 1.5}},
    {**GOOD, "secret_file": "/x", "keepers": '{"a": 1, "b": "x"}'},
    {**GOOD, "renew_before": "20%", "overlap": "0s"},
    {**GOOD, "current_secret": KEY},
    {**NAME, "access_key_file": "~/k"},
    {**NAME, "access_key_file": "$HOME/${HOME}/$NOT_SET_AT_ALL/${NOT_SET_AT_ALL}/$"},
    {**NAME, "access_key_file": "~root/k"},
    {**NAME, "access_key_file": "~nobody-of-that-name/k"},
    {**NAME, "username": "me", "password": "obviously-fake"},
    {**NAME, "username": "me", "password": 987654},
    {**NAME, "username": f"x-{KEY}-y", "password": KEY},
] + [{**GOOD, "use_proxy": value} for value in (
    True, False, 0, 1, 1.0, 0.0, "yes", "No", "ON", "off", "y", "n", "t", "F", "true", "False", "1", "0", " yes ", "\tno\n")]


class Wording(ansible_core.ComparedTest):
    def test_bad_input_is_refused_in_the_same_words(self):
        results, version = self.theirs(BAD)
        for case, theirs in zip(BAD, results, strict=True):
            with self.subTest(case=case):
                ours = self.run_module(case)
                self.assertTrue(theirs.get("failed"), theirs)
                self.assertEqual(self.comparable(ours["msg"], version), self.comparable(theirs["msg"], version))
                self.assertEqual(ours["failed"], theirs["failed"])

    def test_good_input_is_read_alike(self):
        results, _ = self.theirs(READ)
        for case, theirs in zip(READ, results, strict=True):
            with self.subTest(case=case):
                self.assertNotIn("failed", theirs, theirs)
                ours = self.run_module(case)
                self.assertEqual(ours["msg"], "no server here")
                self.assertEqual(ours["invocation"]["module_args"], theirs["invocation"]["module_args"])

    def test_where_this_module_takes_more(self):
        """A neutral value excludes nothing, and an empty text counts as left out."""
        more = [{**GOOD, "skip_tls_verify": False, "server_certificate_file": "/x"}, {**GOOD, "keepers": {}},
                {**GOOD, "state": ""}, {**GOOD, "skip_tls_verify": ""}, {**GOOD, "retries": ""}, {**GOOD, "keepers": ""}]
        results, _ = self.theirs(more)
        for case, theirs in zip(more, results, strict=True):
            with self.subTest(case=case):
                self.assertTrue(theirs.get("failed"), theirs)
                self.assertEqual(self.run_module(case)["msg"], "no server here")

    def test_where_this_module_is_stricter(self):
        stricter = [{**GOOD, "name": ["a"]}, {**GOOD, "user": {"a": 1}}, {**GOOD, "retries": True}]
        results, _ = self.theirs(stricter)
        for case, theirs in zip(stricter, results, strict=True):
            with self.subTest(case=case):
                self.assertNotIn("failed", theirs)
                self.refused(case, "unable to convert to")
