# SPDX-License-Identifier: Apache-2.0
"""Two servers that repeat what they received: one with TLS, which puts the caller's token and password into
every part of an answer, and a proxy that does the same with its credentials."""

import contextlib
import re
import socket
import ssl
import subprocess
import threading


def make_certificate(folder):
    """A self-signed certificate for 127.0.0.1 and its key, as paths."""
    certificate, key = folder / "echo.pem", folder / "echo.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=echo", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


def read_request(connection):
    """Head and body, as far as they arrive."""
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(65536)
        if not block:
            return data
        data += block
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        block = connection.recv(65536)
        if not block:
            break
        body += block
    return head + b"\r\n\r\n" + body


class Listener:
    """Answers each connection by `serve(connection)` in a thread of its own, until it is closed."""

    def __init__(self, serve):
        self.serve = serve
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            self.serve(connection)

    def close(self):
        self.socket.close()


class EchoServer(Listener):
    """`answer` is a template: TOKEN becomes the text after "Bearer", or the password that logged in."""

    def __init__(self, certificate, key):
        self.template = b""
        self.logins = 0
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        super().__init__(self.say_back)

    def say_back(self, connection):
        with self.tls.wrap_socket(connection, server_side=True) as tls:
            request = read_request(tls)
            token = re.search(rb"Bearer (\S+)", request) or re.search(rb'"password":"((?:[^"\\]|\\.)*)"', request)
            tls.sendall(self.template.replace(b"TOKEN", token[1] if token else b"nothing"))
            with contextlib.suppress(OSError):
                tls.unwrap()


class EchoProxy(Listener):
    """Refuses every CONNECT, and repeats the credentials in its answer."""

    def __init__(self):
        self.template = b""
        super().__init__(self.say_back)

    def say_back(self, connection):
        request = read_request(connection)
        found = re.search(rb"Proxy-Authorization: (.*?)\r\n", request)
        connection.sendall(self.template.replace(b"TOKEN", found[1] if found else b"nothing"))
