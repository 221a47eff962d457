# SPDX-License-Identifier: Apache-2.0
"""Names, uniqueness and deletion of access keys."""

import concurrent.futures

from server import IDENTIFIER, KEYS, SECRET, ContractTest

TAKEN = "an access key with that value already exists"


class NameTest(ContractTest):
    def check_refused(self, name, *texts):
        self.check_error(self.create(self.connector, name), 400, "validation failed: name: " + ", ".join(texts), {"name": list(texts)})

    def test_names_that_are_refused_and_why(self):
        for name, *texts in (("a", "must be at least 2 characters"),
                             ("x" * 257, "can be at most 256 characters"),
                             ("has space", "character ' ' at position 3 is not allowed"),
                             ("a/b", "character '/' at position 1 is not allowed"),
                             ("näme", "character 'ä' at position 1 is not allowed"),
                             # Positions count bytes.
                             ("\u00e4\u00e4", "character 'ä' at position 0 is not allowed"),
                             ("ab\u20ac", "character '€' at position 2 is not allowed"),
                             ("ab\U0001f511", "character '\U0001f511' at position 2 is not allowed"),
                             ("ab'c", "character '\\'' at position 2 is not allowed"),
                             ('ab"c', "character '\"' at position 2 is not allowed"),
                             ("ab\\c", "character '\\\\' at position 2 is not allowed"),
                             ("ab\nc", "character '\\n' at position 2 is not allowed"),
                             ("ab\tc", "character '\\t' at position 2 is not allowed"),
                             ("ab\x00", "character '\\x00' at position 2 is not allowed"),
                             ("ab\x7f", "character '\\x7f' at position 2 is not allowed"),
                             ("ab\x85", "character '\\u0085' at position 2 is not allowed"),
                             ("a@b", "character '@' at position 1 is not allowed"),
                             (" ", "must be at least 2 characters", "character ' ' at position 0 is not allowed"),
                             ("/" + "x" * 256, "can be at most 256 characters", "character '/' at position 0 is not allowed")):
            with self.subTest(name=name[:10]):
                self.check_refused(name, *texts)

    def test_names_that_are_taken(self):
        owner, _ = self.new_user()
        for name in ("ab", "x" * 256, "A-Z_a.z-0.9", "..", "--", "__", ".a", "a."):
            with self.subTest(name=name[:10]):
                self.assertEqual(self.created(owner, name)["name"], name)

    def test_no_name_and_an_empty_one_are_made_of_owner_and_identifier(self):
        owner, owner_name = self.new_user()
        for name in (None, ""):
            key = self.created(owner, name)
            self.assertEqual(key["name"], f"{owner_name}-{key['id']}")
            self.assertRegex(key["id"], IDENTIFIER)

    def test_a_made_name_may_break_the_rules_for_given_ones(self):
        owner, _ = self.new_user()
        key = self.created(owner)
        self.assertIn("@", key["name"])
        self.assertEqual(self.row(owner, key["name"])["id"], key["id"])

    def test_secrets_differ_and_have_the_form_of_secrets(self):
        owner, _ = self.new_user()
        secrets = [self.created(owner, f"s{number}")["accessKey"] for number in range(5)]
        self.assertEqual(len(set(secrets)), 5)
        for secret in secrets:
            self.assertRegex(secret, SECRET)

    def test_a_row_never_shows_any_part_of_the_secret(self):
        owner, _ = self.new_user()
        first, second = self.created(owner, "hidden")["accessKey"].split(".")
        text = self.call("GET", f"{KEYS}?userID={owner}").text
        self.assertNotIn(first, text)
        self.assertNotIn(second, text)


class UniqueTest(ContractTest):
    def check_taken(self, answer):
        self.check_error(answer, 409, "create token: " + TAKEN, {"": [TAKEN]})

    def test_a_name_is_unique_per_owner(self):
        one, _ = self.new_user()
        other, _ = self.new_user()
        self.created(one, "same")
        self.check_taken(self.create(one, "same"))
        self.created(other, "same")
        self.created(one, "Same")

    def test_keys_that_are_dead_from_the_start_block_their_name(self):
        owner, _ = self.new_user()
        self.created(owner, "expired", "-1h", "1h")
        self.created(owner, "inactive", "1h", "-1s")
        for name in ("expired", "inactive"):
            self.assertEqual(self.rows(owner, expired=False, name=name), [])
            self.check_taken(self.create(owner, name))

    def test_deleting_frees_a_name(self):
        owner, _ = self.new_user()
        for _ in range(3):
            key = self.created(owner, "again")
            self.call("DELETE", f"{KEYS}/{key['id']}", status=204)

    def test_of_eight_at_once_one_gets_the_name(self):
        owner, _ = self.new_user()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.create(owner, "race"), range(8)))
        self.assertEqual(sorted(answer.status for answer in answers), [201] + [409] * 7)
        for answer in answers:
            if answer.status == 409:
                self.check_taken(answer)
        winner = next(answer.json for answer in answers if answer.status == 201)
        self.assertEqual([row["id"] for row in self.rows(owner, name="race")], [winner["id"]])
        self.call("GET", "/api/users/self", token=winner["accessKey"], status=200)

    def test_eight_names_at_once_are_eight_keys(self):
        owner, _ = self.new_user()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            keys = list(pool.map(lambda number: self.created(owner, f"many-{number}"), range(8)))
        self.assertEqual(len({key["id"] for key in keys}), 8)
        self.assertEqual(len(self.rows(owner)), 8)


class DeleteTest(ContractTest):
    def test_a_deleted_key_is_gone_at_once(self):
        owner, _ = self.new_user()
        key = self.created(owner, "gone")
        answer = self.call("DELETE", f"{KEYS}/{key['id']}", status=204)
        self.assertEqual(answer.raw, b"")
        self.assertNotIn("content-length", answer.headers)
        self.check_error(self.call("DELETE", f"{KEYS}/{key['id']}"), 404, "record not found")
        self.check_error(self.call("GET", "/api/users/self", token=key["accessKey"]), 401, "unauthorized")
        self.assertEqual(self.rows(owner), [])

    def test_identifiers_that_name_no_key(self):
        for text, message in (("!!", "invalid base58: byte 0 is out of range"), ("a0", "invalid base58: byte 1 is out of range"),
                              ("11a0", "invalid base58: byte 1 is out of range"),
                              ("zzzzzzzzzzzz", "invalid base58: too long"), ("zzzzzzzzzzz", "invalid base58: value too large")):
            self.check_error(self.call("DELETE", f"{KEYS}/{text}"), 400, f"bad request: {message}")
        self.check_error(self.call("DELETE", f"{KEYS}/1"), 400, "validation failed: id: is required", {"id": ["is required"]})
        for text in ("2", "112", self.connector):
            self.check_error(self.call("DELETE", f"{KEYS}/{text}"), 404, "record not found")

    def test_a_single_key_cannot_be_read(self):
        owner, _ = self.new_user()
        key = self.created(owner, "unread")
        self.check_error(self.call("GET", f"{KEYS}/{key['id']}"), 404, "record not found")

    def test_dead_keys_can_be_deleted(self):
        owner, _ = self.new_user()
        for name, expiry, inactivity in (("expired", "-1h", "1h"), ("inactive", "1h", "-1s")):
            key = self.created(owner, name, expiry, inactivity)
            self.call("DELETE", f"{KEYS}/{key['id']}", status=204)
        self.assertEqual(self.rows(owner), [])

    def test_the_key_of_the_request_is_spared(self):
        own = [row for row in self.rows(self.self_id) if row["scopes"] == ["create-key"]]
        self.assertEqual(len(own), 1)
        self.check_error(self.call("DELETE", f"{KEYS}/{own[0]['id']}"), 400,
                         "bad request: cannot delete the access key used by this request")
        self.call("GET", "/api/users/self", status=200)

    def test_by_name_only_the_callers_own_live_keys_are_found(self):
        def missing(name):
            self.check_error(self.call("DELETE", f"{KEYS}?name={name}"), 404, f"record not found: no key named '{name}' found")

        owner, _ = self.new_user()
        self.created(owner, "by-name")
        missing("by-name")
        self.created(self.self_id, "by-name")
        self.call("DELETE", f"{KEYS}?name=by-name", status=204)
        missing("by-name")
        dead = self.created(self.self_id, "by-name-dead", "-1h")
        missing("by-name-dead")
        self.call("DELETE", f"{KEYS}/{dead['id']}", status=204)

    def test_by_name_needs_a_name_by_the_rules(self):
        self.check_error(self.call("DELETE", KEYS), 400, "validation failed: name: is required", {"name": ["is required"]})
        text = "character '@' at position 1 is not allowed"
        self.check_error(self.call("DELETE", f"{KEYS}?name=a@b"), 400, f"validation failed: name: {text}", {"name": [text]})
