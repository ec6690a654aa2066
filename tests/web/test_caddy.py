"""deploy/caddy/Caddyfile, in a real Caddy before a real server, with a certificate of its own making."""

import http.client
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import buckets
import proxies
import pytest
import slowness
from databases import Schemas
from proxies import ask, nobody

FILE = Path(__file__).parents[2] / "deploy" / "caddy" / "Caddyfile"
# What is left out on this machine: what governs it while it runs, and what asks for root.
FIRST = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n"


@contextmanager
def caddy_before(
    server: str, folder: Path, first: str = "", instead: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of a Caddy of our own configuration; its own authority vouches for it.

    It may ask another web process first. What is to stand `instead` of a line is for tests that
    would take too long.
    """
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("lacks caddy (Debian package caddy)")
    address = f"https://127.0.0.1:{buckets.free_port()}"
    text = FILE.read_text("utf-8")
    known = [first, urlsplit(server).netloc] if first else [urlsplit(server).netloc, nobody()]
    for line, meant in (instead or {}).items():
        assert text.count(f"\t{line}\n") == 1, line
        text = text.replace(f"\t{line}\n", f"\t{meant}\n")
    for written, meant in (
        ("{\n\tservers", f"{FIRST}\tservers"),
        ("oriel.example {", f"{address} {{\n\ttls internal"),
        *zip(("127.0.0.1:8000", "127.0.0.1:8001"), known, strict=True),
    ):
        assert text.count(f"\n{written}") + text.count(f" {written}") == 1, written
        text = text.replace(written, meant)
    (folder / "Caddyfile").write_text(text, "utf-8")
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with (folder / "caddy.log").open("w") as log:
        child = subprocess.Popen(command, env=environment, stderr=log)
    try:
        yield address
    finally:
        child.terminate()
        child.wait(timeout=10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caddy")


@pytest.fixture(scope="module")
def proxied(studio: str, folder: Path) -> Iterator[str]:
    """The address of Caddy before the studio's server."""
    with caddy_before(studio, folder) as address:
        ask(f"{address}/health")  # it is there
        yield address


def test_what_oriel_says_comes_through_under_the_name_that_was_asked_for(
    proxied: str, folder: Path
) -> None:
    authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    trusting = ssl.create_default_context(cafile=str(authority))

    status, body = ask(f"{proxied}/health", context=trusting)

    assert (status, b"ok" in body) == (200, True)


def test_metrics_are_for_those_within(proxied: str) -> None:
    assert ask(f"{proxied}/metrics") == (404, b"")


def test_what_the_proxy_answers_by_itself_has_browsers_come_by_https_too(proxied: str) -> None:
    proxies.try_by_https(proxied)


def test_only_songs_may_be_large(proxied: str) -> None:
    proxies.try_what_may_be_large(proxied)
    assert announced(proxied, "/api/jobs/submit", 110_000_000) == 413


def test_whoever_asks_is_answered_by_the_web_process_that_is_there(
    studio: str, tmp_path: Path
) -> None:
    with caddy_before(studio, tmp_path, first=nobody()) as address:
        said = [ask(f"{address}/health")[0], ask(f"{address}/api/auth/login", b"{}")[0]]

    assert said == [200, 404], "the studio alone has no accounts"


def announced(address: str, path: str, length: int) -> int:
    """What is said of a body before any of it was sent."""
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(urlsplit(address).netloc, context=context, timeout=10)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_largest_song_goes_up_and_its_events_come_down_at_once(
    schemas: Schemas, tmp_path: Path
) -> None:
    proxies.try_a_song_and_its_events(caddy_before, schemas.sqlite(), tmp_path)


def test_who_sends_a_head_slowly_or_takes_too_long_to_read_is_left_by_the_proxy(
    tmp_path: Path,
) -> None:
    hurried = {"read_header 10s": "read_header 1s", "write 6h": "write 3s"}

    with (
        slowness.giving() as server,
        caddy_before(server.address, tmp_path, instead=hurried) as address,
    ):
        slowness.try_slow_heads(address)
        slowness.try_who_stops_reading(address, server, "/files/video.mp4")
        whole = ask(f"{address}/files/other.mp4")[1]

    assert len(whole) == slowness.LARGE
