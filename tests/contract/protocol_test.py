# SPDX-License-Identifier: Apache-2.0
"""Headers, errors, paging and queries: rules of every call."""

import email.utils
import time
import urllib.parse

from server import JSON, KEYS, ContractTest


class VersionHeaderTest(ContractTest):
    def test_version_needs_no_token_and_ignores_a_bad_one(self):
        for token in (None, self.admin, "nonsense", "aaaaaaaaaa." + "b" * 24):
            answer = self.call("GET", "/api/version", token=token, status=200)
            self.assertEqual(list(answer.json), ["version"])

    def test_header_is_required_and_must_be_a_version(self):
        version = self.call("GET", "/api/version").json["version"]
        for path in ("/api/version", "/api/users/self", KEYS):
            self.check_error(self.call("GET", path, version=None), 400,
                             f"bad request: Infra-Version header is required. The current version is {version}")
        self.check_error(self.call("GET", KEYS, version="abc"), 400,
                         f"bad request: invalid Infra-Version header: Invalid Semantic Version. Current version is {version}")
        # The version is checked before the token.
        self.check_error(self.call("GET", KEYS, version="1.x", token=None), 400,
                         f"bad request: invalid Infra-Version header: Invalid Semantic Version. Current version is {version}")

    def test_other_spellings_of_a_version_are_taken(self):
        for version in ("0.20", "v0.20.0", "1", "99.0.0", "0.20.0-rc1+build.5"):
            self.call("GET", "/api/version", version=version, status=200)


class AnswerTest(ContractTest):
    def test_date_is_the_servers_time(self):
        before = int(time.time())
        date = self.call("GET", "/api/version").headers["date"]
        seen = email.utils.parsedate_to_datetime(date).timestamp()
        self.assertLessEqual(before, seen)
        self.assertLessEqual(seen, time.time())
        self.assertTrue(date.endswith(" GMT"), date)

    def test_unknown_paths_are_json_only_to_who_asks_for_json(self):
        self.check_error(self.call("GET", "/api/nope"), 404, "record not found")
        self.check_error(self.call("PUT", KEYS, {}), 404, "record not found")
        self.check_error(self.call("GET", "//api/access-keys"), 404, "record not found")
        for accept in (None, "*/*", "text/html"):
            answer = self.call("GET", "/api/nope", headers={"Accept": accept}, status=404)
            self.assertEqual((answer.text, answer.headers["content-type"]), ("404 not found", "text/plain; charset=utf-8"))
        # Needs neither a token nor a version.
        self.call("GET", "/api/nope", token=None, version=None, status=404)

    def test_a_slash_at_the_end_is_redirected(self):
        for method, status in (("GET", 301), ("POST", 307), ("DELETE", 307)):
            answer = self.call(method, KEYS + "/", {} if method == "POST" else None, status=status)
            self.assertEqual(answer.headers["location"], KEYS)

    def test_head_is_not_answered_by_lists(self):
        self.assertEqual(self.call("HEAD", KEYS).status, 404)

    def test_health_needs_nothing(self):
        self.assertEqual(self.call("GET", "/healthz", token=None, version=None, status=200).text, "")

    def test_one_connection_serves_many_requests(self):
        connection = self.server.connect()
        self.addCleanup(connection.close)
        connection.connect()
        first = connection.sock
        for _ in range(3):
            self.call("GET", "/api/version", connection=connection, status=200)
            self.call("GET", KEYS, token="nonsense", connection=connection, status=401)
            self.call("POST", KEYS, {}, connection=connection, status=400)
            self.assertIs(connection.sock, first)

    def test_a_client_may_ask_to_close(self):
        answer = self.call("GET", "/api/version", headers={"Connection": "close"}, status=200)
        self.assertEqual(answer.headers["connection"], "close")

    def test_short_answers_have_a_length_and_long_ones_come_in_chunks(self):
        self.assertEqual(self.call("GET", "/api/version").headers["content-length"], "20")
        owner, _ = self.new_user()
        for number in range(12):
            self.created(owner, f"long-{number:02}")
        answer = self.call("GET", f"{KEYS}?userID={owner}")
        self.assertGreater(len(answer.raw), 2048)
        self.assertEqual(answer.headers.get("transfer-encoding"), "chunked")
        self.assertNotIn("content-length", answer.headers)

    def test_a_path_may_be_escaped(self):
        self.call("GET", "/api/access%2Dkeys?limit=1", status=200)
        self.check_error(self.call("DELETE", KEYS + "/%21%21"), 400, "bad request: invalid base58: byte 0 is out of range")


class TokenTest(ContractTest):
    def test_a_missing_token_and_a_wrong_one_differ(self):
        for header in (None, "Basic abc", "Bearer", "Bearer  ", f"bearer {self.admin}", f"Bearer {self.admin} x", self.admin):
            answer = self.call("GET", "/api/users/self", token=None, headers={"Authorization": header})
            self.check_error(answer, 401, "authentication is required")
        for token in ("nonsense", "aaaaaaaaaa." + "b" * 24, self.admin + "x", self.admin[:-1], ".x", self.admin.split(".")[0] + "."):
            self.check_error(self.call("GET", "/api/users/self", token=token), 401, "unauthorized")

    def test_a_cookie_stands_in_for_the_header(self):
        answer = self.call("GET", "/api/users/self", token=None, headers={"Cookie": f"other=1; auth={self.admin}"}, status=200)
        self.assertEqual(answer.json["id"], self.self_id)
        answer = self.call("GET", "/api/users/self", token="nonsense", headers={"Cookie": f"auth={self.admin}"})
        self.check_error(answer, 401, "unauthorized")


class PagingTest(ContractTest):
    def test_bounds_of_page_and_limit(self):
        for query, field, text in (("limit=1001", "limit", "value 1001 must be at most 1000"),
                                   ("limit=-1", "limit", "value -1 must be at least 0"),
                                   ("page=-1", "page", "value -1 must be at least 0")):
            for path in (KEYS, "/api/users", "/api/grants", "/api/destinations"):
                self.check_error(self.call("GET", f"{path}?{query}"), 400, f"validation failed: {field}: {text}", {field: [text]})
        self.call("GET", f"{KEYS}?limit=1000", status=200)

    def test_zero_means_the_default(self):
        body = self.call("GET", f"{KEYS}?limit=0&page=0", status=200).json
        self.assertEqual((body["page"], body["limit"]), (1, 100))
        body = self.call("GET", f"{KEYS}?limit=&page=", status=200).json
        self.assertEqual((body["page"], body["limit"]), (1, 100))

    def test_pages_hold_every_row_once_in_the_order_of_names(self):
        owner, _ = self.new_user()
        names = [f"page-{number:02}" for number in range(23)]
        for name in reversed(names):
            self.created(owner, name)
        seen = []
        for page in (1, 2, 3):
            body = self.call("GET", f"{KEYS}?userID={owner}&limit=10&page={page}", status=200).json
            self.assertEqual((body["page"], body["limit"], body["totalPages"], body["totalCount"]), (page, 10, 3, 23))
            self.assertEqual(body["count"], len(body["items"]))
            seen += [row["name"] for row in body["items"]]
        self.assertEqual(seen, names)

    def test_a_page_past_the_end_is_empty_and_knows_no_total(self):
        body = self.call("GET", f"{KEYS}?page=9999", status=200).json
        self.assertEqual(body, {"page": 9999, "limit": 100, "totalPages": 0, "totalCount": 0, "count": 0, "items": []})


class QueryTest(ContractTest):
    def test_values_of_the_wrong_type_are_refused_in_gos_words(self):
        for query, message in (("page=abc", 'strconv.ParseInt: parsing "abc": invalid syntax'),
                               ("limit=1.5", 'strconv.ParseInt: parsing "1.5": invalid syntax'),
                               ("page=99999999999999999999", 'strconv.ParseInt: parsing "99999999999999999999": value out of range'),
                               ("showExpired=maybe", 'strconv.ParseBool: parsing "maybe": invalid syntax'),
                               ("userID=!!", "invalid base58: byte 0 is out of range"),
                               ("userID=zzzzzzzzzzzz", "invalid base58: too long"),
                               ("userID=zzzzzzzzzzz", "invalid base58: value too large")):
            self.check_error(self.call("GET", f"{KEYS}?{query}"), 400, f"bad request: {message}")

    def test_unknown_and_malformed_parameters_are_ignored(self):
        everything = self.call("GET", KEYS, status=200).json["totalCount"]
        for query in ("bogus=1", "userName=connector", "a=1;b=2", "name=%zz", "userID=", "userID=1", "name=%20", "&&", "name"):
            self.assertEqual(self.call("GET", f"{KEYS}?{query}", status=200).json["totalCount"], everything, query)

    def test_the_first_of_two_values_counts(self):
        owner, _ = self.new_user()
        self.created(owner, "dead", "-1h", "1h")
        for query, count in (("showExpired=1&showExpired=0", 1), ("showExpired=0&showExpired=1", 0), ("showExpired=T", 1)):
            self.assertEqual(self.call("GET", f"{KEYS}?userID={owner}&{query}", status=200).json["count"], count, query)

    def test_a_name_filter_is_exact_but_for_space_around_it(self):
        owner, _ = self.new_user()
        self.created(owner, "exact")
        for name, count in (("exact", 1), (" exact ", 1), ("exac", 0), ("EXACT", 0), ("exact.", 0), ("has space", 0)):
            query = urllib.parse.urlencode({"userID": owner, "name": name})
            self.assertEqual(self.call("GET", f"{KEYS}?{query}", status=200).json["count"], count, name)


class ShapeTest(ContractTest):
    def test_members_of_a_created_key_and_of_a_row(self):
        owner, owner_name = self.new_user()
        answer = self.create(owner, "shape")
        self.assertEqual(answer.headers["content-type"], JSON)
        self.assertEqual(list(answer.json), ["id", "created", "name", "issuedFor", "providerID", "expires", "inactivityTimeout", "accessKey"])
        self.assertEqual(answer.json["providerID"], "")
        row = self.row(owner, "shape")
        self.assertEqual(list(row), ["id", "created", "lastUsed", "name", "issuedForName", "issuedFor", "providerID", "expires",
                                     "inactivityTimeout", "scopes"])
        self.assertEqual((row["issuedFor"], row["issuedForName"], row["scopes"]), (owner, owner_name, []))
        for field in ("id", "created", "expires", "inactivityTimeout"):
            self.assertEqual(row[field], answer.json[field], field)
        self.assertEqual(row["lastUsed"], row["created"])
