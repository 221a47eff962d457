# SPDX-License-Identifier: Apache-2.0
"""Raw requests to the Infra server under test. It uses nothing of the project's own client, so that the
same mistake cannot be in both."""

import datetime
import http.client
import json
import os
import re
import secrets
import ssl
import unittest
import urllib.parse

KEYS = "/api/access-keys"
SECRET = re.compile(r"^[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}$")
IDENTIFIER = re.compile(r"^[1-9a-km-zA-HJ-NP-Z]{9,11}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
JSON = "application/json; charset=utf-8"
# No answer of a healthy server takes this long, however busy the machine is.
PATIENCE = 60


class Answer:
    """Status, headers (names in lower case) and body of one answer."""

    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw
        self.text = raw.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def message(self):
        return self.json["message"]


def moment(text):
    """A time as the server writes it, in seconds since 1970."""
    return int(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp())


class Server:
    """One server. Every request has its own connection, unless one is given."""

    def __init__(self, url, ca_file):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.tls = ssl.create_default_context(cafile=ca_file)

    def connect(self, timeout=PATIENCE):
        return http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=timeout)

    def request(self, method, path, body=None, token=None, version="0.20.0", headers=None, connection=None):
        """body: an object for JSON, or bytes as they are. A header with the value None is left out."""
        sent = {"Accept": "application/json", "Infra-Version": version}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        sent.update(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        own = connection is None
        connection = connection or self.connect()
        try:
            connection.request(method, path, body, {name: value for name, value in sent.items() if value is not None})
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            if own:
                connection.close()


class ContractTest(unittest.TestCase):
    """What every test of the contract needs: the server, its administrator, and users of its own."""

    longMessage = True
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(os.environ["INFRA_TEST_URL"], os.environ["INFRA_TEST_CA_FILE"])
        cls.admin = os.environ["INFRA_TEST_ADMIN_KEY"]
        cls.kind = os.environ["INFRA_TEST_KIND"]
        cls.connector = cls.find_user("connector")
        cls.dev = cls.find_user(os.environ["INFRA_TEST_DEV_USER"])
        cls.self_id = cls.server.request("GET", "/api/users/self", token=cls.admin).json["id"]

    @classmethod
    def find_user(cls, name):
        return cls.server.request("GET", f"/api/users?showSystem=true&name={name}", token=cls.admin).json["items"][0]["id"]

    def new_user(self):
        """A user that no other test uses, so that all names of keys are free. It is deleted after the test."""
        name = f"t{secrets.token_hex(6)}@example.com"
        answer = self.call("POST", "/api/users", {"name": name}, status=201)
        self.addCleanup(self.call, "DELETE", f"/api/users/{answer.json['id']}")
        return answer.json["id"], name

    def call(self, method, path, body=None, status=None, token=Ellipsis, **more):
        """A request as the administrator, unless `token` says otherwise (None: nobody)."""
        answer = self.server.request(method, path, body, token=self.admin if token is Ellipsis else token, **more)
        if status is not None:
            self.assertEqual(answer.status, status, f"{method} {path}: {answer.text}")
        return answer

    def status(self, secret):
        """The status of the server's answer to this secret."""
        return self.server.request("GET", "/api/users/self", token=secret).status

    def create(self, owner, name=None, expiry="1h", inactivity="1h", token=Ellipsis):
        body = {"userID": owner, "expiry": expiry, "inactivityTimeout": inactivity}
        if name is not None:
            body["name"] = name
        return self.call("POST", KEYS, body, token=token)

    def created(self, owner, name=None, expiry="1h", inactivity="1h", token=Ellipsis):
        answer = self.create(owner, name, expiry, inactivity, token)
        self.assertEqual(answer.status, 201, answer.text)
        return answer.json

    def rows(self, owner, expired=True, name=None):
        query = f"?userID={owner}&limit=1000"
        query += "&showExpired=true" if expired else ""
        query += f"&name={name}" if name else ""
        return self.call("GET", KEYS + query, status=200).json["items"]

    def row(self, owner, name):
        rows = self.rows(owner, name=name)
        self.assertEqual(len(rows), 1, f"rows named {name}: {rows}")
        return rows[0]

    def login(self):
        """A session of the user dev; ended after the test."""
        answer = self.call("POST", "/api/login", self.dev_credentials(), token=None, status=201)
        session = answer.json["accessKey"]
        self.addCleanup(self.call, "POST", "/api/logout", {}, token=session)
        return session

    @staticmethod
    def dev_credentials():
        return {"passwordCredentials": {"name": os.environ["INFRA_TEST_DEV_USER"], "password": os.environ["INFRA_TEST_DEV_PASSWORD"]}}

    def check_error(self, answer, status, message, fields=None):
        """fields: the expected fieldErrors as {field: [texts]}; none by default."""
        expected = {"code": status, "message": message}
        if fields:
            expected["fieldErrors"] = [{"fieldName": name, "errors": errors} for name, errors in sorted(fields.items())]
        self.assertEqual((answer.status, answer.json), (status, expected))
        self.assertEqual(answer.headers["content-type"], JSON)

    def check_invalid(self, answer, fields):
        """A 400 about these fields. The server joins their texts in a random order."""
        self.assertEqual(answer.status, 400, answer.text)
        body = answer.json
        self.assertEqual({error["fieldName"]: error["errors"] for error in body["fieldErrors"]}, fields)
        self.assertEqual([error["fieldName"] for error in body["fieldErrors"]], sorted(fields))
        start = "validation failed: "
        self.assertTrue(body["message"].startswith(start), body["message"])
        texts = {(f"{name}: " if name else "") + ", ".join(errors) for name, errors in fields.items()}
        rest = body["message"][len(start):]
        for text in texts:
            self.assertIn(text, rest)
        self.assertEqual(len(rest), sum(map(len, texts)) + 2 * (len(texts) - 1), rest)
