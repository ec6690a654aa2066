"""Who sends slowly, reads slowly or asks for much at once, before a real proxy and behind it a server."""

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from proxies import ask

LARGE = 32_000_000  # bytes; more than kernels keep for a reader who does not read
PATIENCE_SECONDS = 8.0  # less than a proxy has where no test made it shorter


@dataclass
class Giving:
    """A server's address, and the paths of large files that it need not give any longer."""

    address: str
    over: list[str] = field(default_factory=list)


@contextmanager
def giving() -> Iterator[Giving]:
    """A server that gives a large file for each path in /files/, and else a word."""

    class Gives(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            path = self.rfile.readline().split()[1].decode()
            while self.rfile.readline().strip():
                pass
            body = bytes(LARGE if path.startswith("/files/") else 2)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            with suppress(OSError):
                self.wfile.write(head.encode() + body)
            server.over.append(path)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Gives) as listening:
        listening.daemon_threads = True
        server = Giving(f"http://127.0.0.1:{listening.server_address[1]}")
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def connected(address: str, by: str = "127.0.0.1") -> ssl.SSLSocket:
    """A connection to a proxy from an address of this machine's."""
    place = urlsplit(address)
    plain = socket.create_connection((place.hostname, place.port), 10, (by, 0))
    context = ssl._create_unverified_context()
    return context.wrap_socket(plain, server_hostname=place.hostname)


def asking(address: str, path: str, more: str = "", by: str = "127.0.0.1") -> ssl.SSLSocket:
    """A connection on which something was asked for by HTTP/1.1."""
    peer = connected(address, by)
    peer.sendall(f"GET {path} HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\n{more}".encode())
    return peer


def try_slow_heads(address: str) -> None:
    """Who says nothing, and who says a head letter by letter without an end, is left after a second."""
    ask(f"{address}/health")
    begun = time.monotonic()
    with connected(address) as silent, asking(address, "/health", "A: ") as slow:
        _until_left(slow, b"a")
        took = time.monotonic() - begun
        _until_left(silent)

    assert 0.9 < took < PATIENCE_SECONDS


def _until_left(peer: ssl.SSLSocket, saying: bytes = b"") -> None:
    """Wait until the other side ends a connection on which something is said now and then."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    peer.settimeout(0.1)
    while time.monotonic() < deadline:
        try:
            if saying:
                peer.sendall(saying)
            if not peer.recv(4096):
                return
        except TimeoutError:
            continue
        except OSError:
            return
    raise AssertionError(f"nobody ended it in {PATIENCE_SECONDS:g} s")


def try_who_stops_reading(address: str, server: Giving, path: str) -> None:
    """Who reads no more of a file gets no more of it, and the server is rid of it."""
    ask(f"{address}/health")
    with asking(address, path, "\r\n") as peer:
        peer.recv(1000)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while path not in server.over:
            assert time.monotonic() < deadline, "the server still has it to give"
            time.sleep(0.05)
        time.sleep(0.5)  # what the proxy still has, it drops too

        assert read(peer, bytes_a_second=1_000_000_000) < LARGE


def read(peer: ssl.SSLSocket, bytes_a_second: int) -> int:
    """How many bytes are there to read until the end."""
    total, begun = 0, time.monotonic()
    with suppress(OSError):
        while piece := peer.recv(1 << 16):
            total += len(piece)
            time.sleep(max(0.0, begun + total / bytes_a_second - time.monotonic()))
    return total


def try_much_at_once(address: str, most: int) -> None:
    """Who has so many requests open is refused one more, and nobody else is."""
    ask(f"{address}/health")
    other, unfinished = "127.0.0.2", "Content-Length: 9\r\n\r\n"
    peers = [asking(address, "/api/auth/login", unfinished) for _ in range(most)]
    try:
        assert _status(address, "127.0.0.1") == b"503"
        assert _status(address, other) == b"200"
        peers.pop().close()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while _status(address, "127.0.0.1") != b"200":
            assert time.monotonic() < deadline, "there is room again"
            time.sleep(0.05)
    finally:
        for peer in peers:
            peer.close()


def _status(address: str, by: str) -> bytes:
    with asking(address, "/health", "Connection: close\r\n\r\n", by) as peer:
        return peer.recv(100).split()[1]
