"""deploy/nginx/oriel.conf, in a real nginx before a real server."""

import re
import shutil
import socketserver
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import buckets
import certificates
import proxies
import pytest
import slowness
from databases import Schemas
from proxies import STRICT, answered, ask, nobody
from slowness import Giving

from oriel.service.settings import Settings

CONF = Path(__file__).parents[2] / "deploy" / "nginx" / "oriel.conf"
SURROUNDING = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  {temporary}
  include {folder}/oriel.conf;
}}
"""
PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
MOST = 5
HURRIED = {
    "client_header_timeout 10s": "client_header_timeout 1s",
    "send_timeout 30s": "send_timeout 1s",
}
CROWDED = {"limit_conn oriel_people 400": f"limit_conn oriel_people {MOST}"}


@pytest.fixture(scope="module")
def proxied(studio: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of nginx before the studio's server."""
    with nginx_before(studio, tmp_path_factory.mktemp("nginx")) as address:
        yield address


@contextmanager
def nginx_before(
    server: str, folder: Path, first: str = "", instead: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of an nginx of our own configuration, which may ask another web process first.

    What is to stand `instead` of a directive is for tests that would take too long.
    """
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("lacks nginx (Debian package nginx-light)")
    port = buckets.free_port()
    certificate, key = certificates.made(folder)
    text = CONF.read_text("utf-8")
    for directive, meant in (instead or {}).items():
        assert text.count(f" {directive};") == 1, directive
        text = text.replace(directive, meant)
    known = [first, urlsplit(server).netloc] if first else [urlsplit(server).netloc, nobody()]
    for written, address in zip(("127.0.0.1:8000", "127.0.0.1:8001"), known, strict=True):
        text = text.replace(written, address)
    text = re.sub(r"^ +listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443", f"listen 127.0.0.1:{port}")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{buckets.free_port()};")
    text = re.sub(r"/etc/\S+fullchain.pem", str(certificate), text)
    text = re.sub(r"/etc/\S+privkey.pem", str(key), text)
    (folder / "oriel.conf").write_text(text, "utf-8")
    temporary = " ".join(f"{place}_temp_path {folder}/{place};" for place in PLACES)
    whole = folder / "nginx.conf"
    whole.write_text(SURROUNDING.format(folder=folder, temporary=temporary), "utf-8")
    subprocess.run([nginx, "-t", "-q", "-c", str(whole)], check=True)
    child = subprocess.Popen([nginx, "-c", str(whole)])
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(timeout=10)


def test_what_oriel_says_comes_through(proxied: str) -> None:
    status, body = ask(f"{proxied}/health")

    assert (status, b"ok" in body) == (200, True)


def test_metrics_are_for_those_within(proxied: str) -> None:
    status, body = ask(f"{proxied}/metrics")

    assert (status, b"nginx" in body) == (404, True)


def test_a_page_is_whole_though_all_of_it_is_asked_for_at_once(proxied: str) -> None:
    """By HTTP/2, where nginx counts each request that is open as a connection."""
    page = ask(f"{proxied}/")[1].decode()
    needs = [f"{proxied}{path}" for path in re.findall(r'(?:href|src)="(/[^"]+)"', page)]

    words = ["curl", "--parallel", "--parallel-max", "200", "--http2", "--insecure"]
    told = r'write-out = "%{http_version} %{http_code}\n"'
    asked = "\n".join(f'url = "{url}"\noutput = "/dev/null"' for url in needs)
    done = subprocess.run(
        [*words, "--config", "-"], input=f"{told}\n{asked}", capture_output=True, text=True
    )

    assert len(needs) > 80
    assert Counter(done.stdout.splitlines()) == {"2 200": len(needs)}
    [limit] = map(int, re.findall(r"limit_conn oriel_people (\d+)", CONF.read_text("utf-8")))
    assert limit > 2 * Settings().max_streams_per_address + len(needs), "of two web processes"


def test_what_the_proxy_answers_by_itself_has_browsers_come_by_https_too(proxied: str) -> None:
    proxies.try_by_https(proxied)


def test_only_songs_may_be_large(proxied: str) -> None:
    proxies.try_what_may_be_large(proxied)


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/jobs/submit"])
def test_whoever_asks_for_a_change_is_taken_in_by_the_web_process_that_is_there(
    studio: str, tmp_path: Path, path: str
) -> None:
    with nginx_before(studio, tmp_path, first=nobody()) as address:
        said = [ask(f"{address}{path}", b"{}")[0] for _ in range(2)]

    assert said == [404, 404], "the studio alone has no accounts"


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/jobs/submit"])
def test_a_change_that_a_web_process_died_over_is_not_asked_of_another(
    studio: str, tmp_path: Path, path: str
) -> None:
    """It may have been made: a code would be told to be used, and a purchase begin twice."""
    with dying() as (one, asked), nginx_before(studio, tmp_path, first=one) as address:
        said, told, _ = answered(f"{address}{path}", b"{}")

    assert (said, STRICT in told) == (502, True)
    assert [line.split()[:2] for line in asked] == [[b"POST", path.encode()]]


@contextmanager
def dying() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server that ends each connection once it was asked, and what it was asked."""
    asked: list[bytes] = []

    class Dies(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline())

    with socketserver.TCPServer(("127.0.0.1", 0), Dies) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def test_the_largest_song_goes_up_and_its_events_come_down_at_once(
    schemas: Schemas, tmp_path: Path
) -> None:
    proxies.try_a_song_and_its_events(nginx_before, schemas.sqlite(), tmp_path)


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Giving]]:
    """The address of an nginx that has little patience, and what it is before."""
    with slowness.giving() as server:
        folder = tmp_path_factory.mktemp("hurried")
        with nginx_before(server.address, folder, instead=HURRIED) as address:
            yield address, server


def test_who_sends_a_head_slowly_is_left_by_the_proxy(hurried: tuple[str, Giving]) -> None:
    slowness.try_slow_heads(hurried[0])


def test_who_stops_reading_is_left_by_the_proxy_and_who_reads_slowly_is_not(
    hurried: tuple[str, Giving],
) -> None:
    address, server = hurried

    slowness.try_who_stops_reading(address, server, "/files/video.mp4")

    with slowness.asking(address, "/files/other.mp4", "Connection: close\r\n\r\n") as peer:
        assert slowness.read(peer, bytes_a_second=16_000_000) > slowness.LARGE


def test_who_asks_for_much_at_once_is_refused_by_the_proxy_and_others_are_not(
    tmp_path: Path,
) -> None:
    """By one that is patient, or whoever asks on a busy machine would be left before they asked."""
    with (
        slowness.giving() as server,
        nginx_before(server.address, tmp_path, instead=CROWDED) as address,
    ):
        slowness.try_much_at_once(address, MOST)
