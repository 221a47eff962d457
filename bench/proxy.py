# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that counts: connections, TLS handshakes, bytes, and the segments that the kernel saw. It decrypts nothing."""

import dataclasses
import socket
import struct
import threading
import urllib.parse

CLIENT_HELLO = b"\x16\x03"
# struct tcp_info of Linux: eight bytes, 24 numbers of 4 bytes, four of 8 bytes, then the segments sent and received (Linux 4.2).
SEGMENTS = struct.Struct("=8x96x32xII")


@dataclasses.dataclass
class Traffic:
    connections: int = 0
    handshakes: int = 0
    sent: int = 0       # bytes from the client
    received: int = 0   # bytes to the client
    packets: int = 0    # between client and proxy, both ways, those without data included


def segments(connection):
    """Packets in both directions of this connection; 0 where the kernel does not tell."""
    try:
        return sum(SEGMENTS.unpack(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, SEGMENTS.size)))
    except (OSError, struct.error):
        return 0


class Proxy:
    """Forwards to the server of a URL while it is open. `url` is the same address with the proxy's port."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.target = (parts.hostname, parts.port or 443)
        # At the addresses that the server's name has: the name must stay, for the certificate.
        family, _, _, _, address = socket.getaddrinfo(parts.hostname, 0, type=socket.SOCK_STREAM)[0]
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind(address)
        self.listener.listen(64)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self.url = parts._replace(netloc=f"{host}:{self.listener.getsockname()[1]}").geturl()
        self.lock, self.open = threading.Condition(), 0
        self.traffic = Traffic()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.open += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(self.target) as server:
            # Each side sends when it is ready, as without the proxy.
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            begun, counts = [], [0, 0]

            def copy(source, target, place):
                try:
                    while block := source.recv(65536):
                        if place == 0 and not begun:
                            begun.append(block[:2])
                        counts[place] += len(block)
                        target.sendall(block)
                    target.shutdown(socket.SHUT_WR)
                except OSError:
                    pass

            back = threading.Thread(target=copy, args=(server, client, 1), daemon=True)
            back.start()
            copy(client, server, 0)
            back.join()
            packets = segments(client)
        with self.lock:
            self.traffic.connections += 1
            self.traffic.handshakes += begun == [CLIENT_HELLO]
            self.traffic.sent += counts[0]
            self.traffic.received += counts[1]
            self.traffic.packets += packets
            self.open -= 1
            self.lock.notify_all()

    def take(self):
        """What went through since the last time, once all connections have ended."""
        with self.lock:
            if not self.lock.wait_for(lambda: self.open == 0, timeout=30):
                raise SystemExit("a connection through the counting proxy does not end")
            taken, self.traffic = self.traffic, Traffic()
            return taken
