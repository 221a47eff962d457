# SPDX-License-Identifier: Apache-2.0
"""How the body of a create is read: types, durations, and JSON that is not quite JSON."""

import json

from server import KEYS, ContractTest, moment

REQUIRED = {field: ["is required"] for field in ("userID", "expiry", "inactivityTimeout")}


class DurationTest(ContractTest):
    def check_refused(self, text, message):
        for field in ("expiry", "inactivityTimeout"):
            body = {"userID": self.connector, "name": "refused", "expiry": "1h", "inactivityTimeout": "1h", field: text}
            self.check_error(self.call("POST", KEYS, body), 400, f"bad request: time: {message}")

    def test_texts_that_are_no_duration(self):
        for text, message in (("1d", 'unknown unit "d" in duration "1d"'),
                              ("1d2x", 'unknown unit "d" in duration "1d2x"'),
                              ("1e3h", 'unknown unit "e" in duration "1e3h"'),
                              ("1H", 'unknown unit "H" in duration "1H"'),
                              ("1h 2m", 'unknown unit "h " in duration "1h 2m"'),
                              ("1", 'missing unit in duration "1"'),
                              ("1.5", 'missing unit in duration "1.5"'),
                              ("1h5", 'missing unit in duration "1h5"'),
                              ("", 'invalid duration ""'),
                              ("h", 'invalid duration "h"'),
                              (".h", 'invalid duration ".h"'),
                              ("-", 'invalid duration "-"'),
                              (" 1h", 'invalid duration " 1h"'),
                              ("--1h", 'invalid duration "--1h"'),
                              ("9999999999999999999h", 'invalid duration "9999999999999999999h"'),
                              ("1000000000h", 'invalid duration "1000000000h"'),
                              ("2562047h47m16.9s", 'invalid duration "2562047h47m16.9s"'),
                              ("2562047h47m17s", 'invalid duration "2562047h47m17s"')):
            with self.subTest(text=text):
                self.check_refused(text, message)

    def test_values_that_are_no_text_are_read_as_if_they_were(self):
        for value, message in ((5, 'missing unit in duration "5"'), (None, 'invalid duration "null"'), (True, 'invalid duration "true"'),
                               ([1], 'invalid duration "[1]"'), ({}, 'invalid duration "{}"')):
            with self.subTest(value=value):
                self.check_refused(value, message)

    def test_an_escape_in_a_duration_stays_an_escape(self):
        # So 1\u00b5s is refused, the way in which most JSON writers spell a micro sign.
        self.check_refused("1\u00b5s", r'unknown unit "\\u" in duration "1\\u00b5s"')
        self.check_refused('1"h', r'unknown unit "\\\"h" in duration "1\\\"h"')

    def test_a_micro_sign_in_plain_utf8_is_taken(self):
        owner, _ = self.new_user()
        for number, unit in enumerate(("\u00b5s", "\u03bcs")):
            body = {"userID": owner, "name": f"micro-{number}", "expiry": f"3600000000{unit}", "inactivityTimeout": "1h"}
            key = self.call("POST", KEYS, json.dumps(body, ensure_ascii=False).encode(), status=201).json
            self.assertIn(moment(key["expires"]) - moment(key["created"]), (3599, 3600))

    def test_spans_of_durations(self):
        owner, _ = self.new_user()
        for number, (text, seconds) in enumerate((("8766h0m0s", 31557600), ("1.5h", 5400), ("90m", 5400), ("+1h", 3600),
                                                  ("1h1h", 7200), ("1m1h", 3660), (".5h", 1800), ("1.h", 3600), ("3600s", 3600),
                                                  ("3600000ms", 3600), ("3600000000us", 3600), ("3600000000000ns", 3600),
                                                  ("1h0.9s", 3600), ("2562047h47m16s", 9223372036), ("-2562047h47m16s", -9223372036),
                                                  ("-1h", -3600), ("-1.5h", -5400))):
            with self.subTest(text=text):
                key = self.created(owner, f"span-{number}", text, "2h")
                # The clock is read twice, each time cut to whole seconds; a fraction may add another second.
                self.assertIn(moment(key["expires"]) - moment(key["created"]) - seconds, (-1, 0, 1))
                self.assertIn(moment(key["inactivityTimeout"]) - moment(key["created"]), (7199, 7200))

    def test_an_inactivity_timeout_may_exceed_the_expiry(self):
        owner, _ = self.new_user()
        self.created(owner, "longer", "1h", "2h")
        self.assertEqual(len(self.rows(owner, expired=False)), 1)

    def test_a_nanosecond_is_a_life_that_is_over(self):
        owner, _ = self.new_user()
        key = self.created(owner, "short", "1ns", "1h")
        self.check_error(self.call("GET", "/api/users/self", token=key["accessKey"]), 401, "access key has expired")


class RequiredTest(ContractTest):
    def check(self, fields, **changes):
        body = {"userID": self.connector, "name": "required", "expiry": "1h", "inactivityTimeout": "1h", **changes}
        self.check_invalid(self.call("POST", KEYS, {name: value for name, value in body.items() if value is not ...}), fields)

    def test_each_missing_or_zero_field_is_named(self):
        self.check({"expiry": ["is required"]}, expiry=...)
        self.check({"inactivityTimeout": ["is required"]}, inactivityTimeout=...)
        for zero in ("0s", "0", "0h0m", "-0s"):
            self.check({"expiry": ["is required"]}, expiry=zero)
            self.check({"inactivityTimeout": ["is required"]}, inactivityTimeout=zero)
        for nobody in (..., "", "1", "111", None):
            self.check({"userID": ["is required"]}, userID=nobody)

    def test_all_that_is_wrong_is_told_at_once(self):
        self.check({"expiry": ["is required"], "name": ["must be at least 2 characters"]}, name="a", expiry="0s")
        self.check({**REQUIRED, "name": ["must be at least 2 characters", "character '/' at position 0 is not allowed"]},
                   name="/", expiry=..., inactivityTimeout=..., userID=...)

    def test_an_empty_request_lacks_everything(self):
        for body in (None, b"", b"{}", b"null", b"{} and more", b" {}"):
            self.check_invalid(self.call("POST", KEYS, body), REQUIRED)

    def test_a_body_without_an_announced_length_is_not_read(self):
        body = json.dumps({"userID": self.connector, "name": "chunked", "expiry": "1h", "inactivityTimeout": "1h"}).encode()
        connection = self.server.connect()
        self.addCleanup(connection.close)
        connection.request("POST", KEYS, iter([body[:20], body[20:]]),
                           {"Authorization": f"Bearer {self.admin}", "Infra-Version": "0.20.0"}, encode_chunked=True)
        response = connection.getresponse()
        self.assertEqual(response.status, 400)
        self.assertEqual({error["fieldName"] for error in json.load(response)["fieldErrors"]}, set(REQUIRED))
        # The connection can be used afterwards.
        self.call("GET", "/api/version", connection=connection, status=200)

    def test_a_query_does_not_fill_the_body(self):
        self.check_invalid(self.call("POST", KEYS + "?userID=2&expiry=1h&inactivityTimeout=1h", {}), REQUIRED)


class TypeTest(ContractTest):
    def test_wrong_types_are_told_in_gos_words(self):
        for field, value, message in (("name", 5, "number into Go struct field CreateAccessKeyRequest.name of type string"),
                                      ("name", True, "bool into Go struct field CreateAccessKeyRequest.name of type string"),
                                      ("name", ["x"], "array into Go struct field CreateAccessKeyRequest.name of type string"),
                                      ("name", {}, "object into Go struct field CreateAccessKeyRequest.name of type string"),
                                      ("userID", 5, "number into Go struct field CreateAccessKeyRequest.userID of type uid.ID"),
                                      ("userID", False, "bool into Go struct field CreateAccessKeyRequest.userID of type uid.ID"),
                                      ("userID", [], "array into Go struct field CreateAccessKeyRequest.userID of type uid.ID")):
            body = {"userID": self.connector, "name": "types", "expiry": "1h", "inactivityTimeout": "1h", field: value}
            self.check_error(self.call("POST", KEYS, body), 400, f"bad request: json: cannot unmarshal {message}")

    def test_a_body_must_be_an_object(self):
        for raw, kind in ((b"[]", "array"), (b"5", "number"), (b'"x"', "string"), (b"true", "bool")):
            self.check_error(self.call("POST", KEYS, raw), 400,
                             f"bad request: json: cannot unmarshal {kind} into Go value of type api.CreateAccessKeyRequest")

    def test_the_first_error_of_the_text_is_told(self):
        raw = b'{"userID":"!!","expiry":"1d","name":5}'
        self.check_error(self.call("POST", KEYS, raw), 400, "bad request: invalid base58: byte 0 is out of range")
        raw = b'{"expiry":"1d","userID":"!!","name":5}'
        self.check_error(self.call("POST", KEYS, raw), 400, 'bad request: time: unknown unit "d" in duration "1d"')

    def test_a_text_that_cannot_be_read_is_told_before_a_wrong_type(self):
        for raw in (b'{"name":5,"expiry":"1d"}', b'{"expiry":"1d","name":5}', b'{"name":5,"userID":6,"expiry":"1d"}'):
            self.check_error(self.call("POST", KEYS, raw), 400, 'bad request: time: unknown unit "d" in duration "1d"')
        self.check_error(self.call("POST", KEYS, b'{"name":5,"userID":6}'), 400,
                         "bad request: json: cannot unmarshal number into Go struct field CreateAccessKeyRequest.name of type string")

    def test_ten_thousand_levels_are_read_and_no_more(self):
        def body(levels):
            return b'{"a":' + b"[" * (levels - 1) + b"0" + b"]" * (levels - 1) + b"}"

        self.check_invalid(self.call("POST", KEYS, body(10000)), REQUIRED)
        self.check_error(self.call("POST", KEYS, body(10001)), 400, "bad request: invalid character '[' exceeded max depth")

    def test_the_long_s_and_the_kelvin_sign_count_as_letters(self):
        raw = '{"u\u017ferID":"!!"}'.encode()
        self.check_error(self.call("POST", KEYS, raw), 400, "bad request: invalid base58: byte 0 is out of range")

    def test_malformed_json_is_told_in_gos_words(self):
        for raw, message in ((b"   ", "EOF"), (b'{"userID":', "unexpected EOF"), (b'{"a":1', "unexpected EOF"), (b"[1,2", "unexpected EOF"),
                             (b'{"a', "unexpected EOF"), (b'{"a":tr', "unexpected EOF"), (b'{"a":-', "unexpected EOF"),
                             (b"xx", "invalid character 'x' looking for beginning of value"),
                             (b'{"a":1,}', "invalid character '}' looking for beginning of object key string"),
                             (b"{1:2}", "invalid character '1' looking for beginning of object key string"),
                             (b"{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
                             (b'{"a" 1}', "invalid character '1' after object key"),
                             (b'{"a":01}', "invalid character '1' after object key:value pair"),
                             (b'{"a":[1 2]}', "invalid character '2' after array element"),
                             (b'{"a":tru}', "invalid character '}' in literal true (expecting 'e')"),
                             (b'{"a":"\n"}', "invalid character '\\n' in string literal"),
                             (b'{"a":"\\x"}', "invalid character 'x' in string escape code"),
                             (b'{"a":"\\u12g4"}', "invalid character 'g' in \\u hexadecimal character escape"),
                             (b'{"a":-x}', "invalid character 'x' in numeric literal"),
                             (b'{"a":1.x}', "invalid character 'x' after decimal point in numeric literal"),
                             (b'{"a":1ex}', "invalid character 'x' in exponent of numeric literal"),
                             (b'"\xc3(', "unexpected EOF"),
                             (b"\xc3\xa4", "invalid character 'Ã' looking for beginning of value")):
            with self.subTest(raw=raw):
                self.check_error(self.call("POST", KEYS, raw), 400, f"bad request: {message}")

    def test_unknown_members_are_ignored_and_names_match_in_any_case(self):
        owner, _ = self.new_user()
        raw = json.dumps({"USERID": owner, "Name": "any-case", "eXpIrY": "1h", "inactivitytimeout": "1h", "bogus": [1, {"a": None}]})
        self.assertEqual(self.call("POST", KEYS, raw.encode(), status=201).json["name"], "any-case")

    def test_the_last_of_two_members_counts(self):
        owner, _ = self.new_user()
        raw = f'{{"name":"first","userID":"{owner}","expiry":"1h","inactivityTimeout":"1h","name":"last"}}'
        self.assertEqual(self.call("POST", KEYS, raw.encode(), status=201).json["name"], "last")

    def test_escapes_and_bad_utf8_in_names(self):
        for raw, shown in ((b'"a\\u0000"', "'\\x00'"), (b'"a\\ud83d\\udd11"', "'\U0001f511'"), (b'"a\\ud83d"', "'\ufffd'"),
                           (b'"a\xff"', "'\ufffd'"), (b'"a\\u00e4"', "'ä'"), (b'"a\\/"', "'/'")):
            body = b'{"userID":"%s","expiry":"1h","inactivityTimeout":"1h","name":%s}' % (self.connector.encode(), raw)
            text = f"character {shown} at position 1 is not allowed"
            self.check_error(self.call("POST", KEYS, body), 400, f"validation failed: name: {text}", {"name": [text]})
        owner, _ = self.new_user()
        body = b'{"userID":"%s","expiry":"1h","inactivityTimeout":"1h","name":"\\u0061b"}' % owner.encode()
        self.assertEqual(self.call("POST", KEYS, body, status=201).json["name"], "ab")
