# SPDX-License-Identifier: Apache-2.0
"""What tests of the simulator need in addition to those of the contract: its control calls."""

import os
import socket
import ssl

from server import ContractTest

CONTROL = "/_simulator"


class SimulatorTest(ContractTest):
    """Each test finds the simulator as it was at its start."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.control_token = os.environ["INFRA_TEST_CONTROL_TOKEN"]

    def setUp(self):
        self.control("POST", "/reset")
        self.addCleanup(self.control, "POST", "/reset")
        # Ids are new after a reset.
        self.connector = self.find_user("connector")
        self.dev = self.find_user(os.environ["INFRA_TEST_DEV_USER"])
        self.self_id = self.call("GET", "/api/users/self").json["id"]
        self.control("DELETE", "/requests")

    def control(self, method, path, body=None, status=None):
        answer = self.server.request(method, CONTROL + path, body, token=self.control_token, version=None)
        if status is None:
            self.assertIn(answer.status, (200, 204), answer.text)
        else:
            self.assertEqual(answer.status, status, answer.text)
        return answer.json if answer.raw else None

    def clock(self, **order):
        return self.control("POST", "/clock", order)

    def faults(self, *rules):
        return self.control("PUT", "/faults", {"rules": list(rules)})

    def requests(self):
        return self.control("GET", "/requests")["requests"]

    def keys(self):
        """All keys, also those that no list shows."""
        return self.control("GET", "/state")["keys"]

    def key_names(self, owner):
        return [key["name"] for key in self.keys() if key["issuedFor"] == owner]

    def raw(self, method, path, body=b""):
        """Sends a request and reads until the connection ends. Returns the bytes, and how it ended: "close"
        (TLS goodbye), "plain" (TCP end without it) or "reset"."""
        tls = ssl.create_default_context(cafile=os.environ["INFRA_TEST_CA_FILE"])
        # Debian's Python treats an end without a goodbye like one with it, unless told otherwise.
        tls.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        with socket.create_connection((self.server.host, self.server.port), 60) as tcp:
            connection = tls.wrap_socket(tcp, server_hostname=self.server.host, suppress_ragged_eofs=False)
            head = (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nInfra-Version: 0.20.0\r\nAuthorization: Bearer {self.admin}\r\n"
                    f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
            connection.sendall(head.encode() + body)
            received = b""
            try:
                while block := connection.recv(65536):
                    received += block
                return received, "close"
            except ConnectionResetError:
                return received, "reset"
            except ssl.SSLError as end:
                # An SSLEOFError, except in some releases of Python 3.11. Python reports a reset so, too, but
                # only for an orderly TCP end OpenSSL has a name.
                if not isinstance(end, ssl.SSLEOFError) and "UNEXPECTED_EOF" not in str(end):
                    raise
                return received, "plain" if "UNEXPECTED_EOF" in str(end) else "reset"
