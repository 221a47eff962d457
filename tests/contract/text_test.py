# SPDX-License-Identifier: Apache-2.0
"""The text of answers, byte by byte: Go's encoding/json does not escape UTF-8, but escapes the characters of
HTML. And how the module executable handles it: it must write such names into its own requests and results, and
recognize them in the server's rows."""

import json
import secrets
import urllib.parse

from executable import ExecutableTest
from server import KEYS, ContractTest

# Possible texts before the @ of a user's name: characters of two, three and four bytes that use all their
# bits, some of them right before characters that Go escapes.
LOCAL_PARTS = ("plain", "o'brien", "a&b", "j\u00fc&rgen", "\u07ff\u20ac&\u6f22\uffee", "\U0001f511&\U0001f7e0\U0002f9f4",
               "line\u2028separator", "\u00fc\u2029paragraph", "a/b", '"a b<c>"', '"quote\\"backslash\\\\"', '"\u00fc\\"\u20ac\\\\\U0001f7e0\\""')


def user_name(local):
    """A name that nobody else has."""
    mark = secrets.token_hex(6)
    if local.startswith('"'):
        return f'{local[:-1]}{mark}"@example.com'
    return f"{local}{mark}@example.com"


def go_text(text):
    """The JSON of a string as Go writes it."""
    written = json.dumps(text, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written.encode()


class NamedUserTest:
    def for_each_user(self, check):
        """Calls check(number, name, answer) for a new user by the name of each local part."""
        for number, local in enumerate(LOCAL_PARTS):
            name = user_name(local)
            with self.subTest(name=name):
                answer = self.call("POST", "/api/users", json.dumps({"name": name}, ensure_ascii=False).encode(), status=201)
                self.addCleanup(self.call, "DELETE", f"/api/users/{answer.json['id']}")
                check(number, name, answer)


class AnswerTextTest(NamedUserTest, ContractTest):
    def test_names_of_users_are_written_as_go_writes_them(self):
        def check(_, name, made):
            owner = made.json["id"]
            self.assertIn(b'"name":' + go_text(name), made.raw)
            row = self.call("GET", f"/api/users?name={urllib.parse.quote(name)}", status=200)
            self.assertIn(b'"name":' + go_text(name), row.raw)
            self.assertEqual(row.json["count"], 1)
            key = self.create(owner)
            self.assertIn(b'"name":' + go_text(f"{name}-{key.json['id']}"), key.raw)
            keys = self.call("GET", f"{KEYS}?userID={owner}", status=200)
            self.assertIn(b'"issuedForName":' + go_text(name), keys.raw)

        self.for_each_user(check)

    def test_a_request_may_escape_what_the_answer_does_not(self):
        name = user_name("\u00e4\U0001f511")
        answer = self.call("POST", "/api/users", json.dumps({"name": name}).encode(), status=201)
        self.addCleanup(self.call, "DELETE", f"/api/users/{answer.json['id']}")
        self.assertIn(go_text(name), answer.raw)

    def check_text(self, answer, message):
        self.assertEqual((answer.status, answer.json["message"]), (400, message))
        self.assertIn(b'{"code":400,"message":' + go_text(message), answer.raw)
        self.assertTrue(answer.raw.endswith(b"}\n"), answer.raw)

    def test_errors_quote_what_was_sent_as_go_does(self):
        for sent, quoted in (("<b>", "<b>"), ("a&b", "a&b"), ("\u00e4", "\u00e4"), ("\u20ac", "\u20ac"), ("\U0001f511", "\U0001f511"),
                             ('"', r"\""), ("\\", r"\\"), ("'", "'"), ("\t", r"\t"), ("\x01", r"\x01"), ("\x7f", r"\x7f"),
                             # Invisible characters are written in Go's own escapes.
                             ("\u0085", r"\u0085"), ("\u00a0", r"\u00a0"), ("\u00ad", r"\u00ad"), ("\u200b", r"\u200b"),
                             ("\u2028", r"\u2028"), ("\u3000", r"\u3000"), ("\ufeff", r"\ufeff"), ("\ue000", r"\ue000"),
                             ("\U000e0001", r"\U000e0001"), ("\ufffd", "\ufffd"), ("e\u0301", "e\u0301")):
            with self.subTest(sent=sent):
                self.check_text(self.call("GET", f"{KEYS}?page={urllib.parse.quote(sent)}"),
                                f'bad request: strconv.ParseInt: parsing "{quoted}": invalid syntax')
        for raw, quoted in (("%ff", r"\xff"), ("%c3%28", r"\xc3("), ("%c3%a4%e2%82", r"ä\xe2\x82")):
            with self.subTest(raw=raw):
                self.check_text(self.call("GET", f"{KEYS}?showExpired={raw}"),
                                f'bad request: strconv.ParseBool: parsing "{quoted}": invalid syntax')

    def test_characters_of_names_are_quoted_as_go_does(self):
        for sent, quoted in (("<", "<"), (">", ">"), ("&", "&"), ("\u2028", r"\u2028"), ("\u00a0", r"\u00a0"), ("\u200b", r"\u200b"),
                             ("\b", r"\b"), ("\f", r"\f"), ("\x1f", r"\x1f"), ("\U000e0001", r"\U000e0001"), ("\u0301", "\u0301")):
            with self.subTest(sent=sent):
                answer = self.create(self.connector, "a" + sent)
                self.assertEqual(answer.json["message"], f"validation failed: name: character '{quoted}' at position 1 is not allowed")
                self.assertIn(go_text(answer.json["message"]), answer.raw)

    def test_durations_are_quoted_byte_by_byte(self):
        for sent, quoted in (("<b>", "<b>"), ("&", "&"), ("\u00e4", r"\xc3\xa4"), ("\U0001f511", r"\xf0\x9f\x94\x91")):
            body = json.dumps({"userID": self.connector, "name": "text", "expiry": sent, "inactivityTimeout": "1h"}, ensure_ascii=False)
            self.check_text(self.call("POST", KEYS, body.encode()), f'bad request: time: invalid duration "{quoted}"')


class ExecutableTextTest(NamedUserTest, ExecutableTest):
    def test_a_key_is_kept_for_a_user_of_any_name(self):
        def check(number, name, made):
            file = str(self.folder / f"{number}.key")
            given = self.done(self.key(user=name, secret_file=file), "create", reason="absent")
            self.assertEqual(given["user"], name)
            self.assertEqual(self.opens(given["secret"]), made.json["id"])
            self.done(self.key(user=name, secret_file=file), reason="ok")
            (row,) = self.info(user=name)["access_keys"]
            self.assertEqual((row["name"], row["user"]), ("example", name))
            self.done(self.key(user=name, secret_file=file, state="absent"), "delete", "delete_file")

        self.for_each_user(check)

    def test_a_key_that_the_server_named_is_listed_by_that_name(self):
        def check(_, name, made):
            key = self.created(made.json["id"])
            self.assertEqual([row["name"] for row in self.info(user=name)["access_keys"]], [f"{name}-{key['id']}"])

        self.for_each_user(check)

    def test_a_login_with_a_password_of_all_kinds_of_characters(self):
        credentials = self.dev_credentials()["passwordCredentials"]
        login = {"access_key": None, "username": credentials["name"], "password": credentials["password"], "user": credentials["name"],
                 "name": f"text-{secrets.token_hex(4)}", "secret_file": None}
        self.done(self.key(**login), "create")
        self.done(self.key(**login, state="absent"), "delete")
        self.failed(self.key(**{**login, "password": credentials["password"] + "\u00e4"}), "AUTH")

    def test_a_name_that_nobody_has_is_told_as_it_was_given(self):
        for local in LOCAL_PARTS:
            name = user_name(local)
            with self.subTest(name=name):
                # In a message a character that breaks a line becomes a space.
                self.failed(self.key(user=name), "NOT_FOUND", name.replace("\u2028", " ").replace("\u2029", " "))
