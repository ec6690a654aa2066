"""deploy/nginx/oriel.conf, in a real nginx before a real server."""

import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import buckets
import certificates
import pytest

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


@pytest.fixture(scope="module")
def proxied(studio: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of nginx before the studio's server."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("lacks nginx (Debian package nginx-light)")
    folder, port = tmp_path_factory.mktemp("nginx"), buckets.free_port()
    certificate, key = certificates.made(folder)
    text = CONF.read_text("utf-8").replace("127.0.0.1:8000", urlsplit(studio).netloc)
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


def ask(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    """The answer's status and body; the first time nginx may not be there yet."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for attempt in range(100):
        try:
            with urllib.request.urlopen(url, body, context=context, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except urllib.error.URLError:
            time.sleep(0.05 * (attempt > 0))
    raise AssertionError(f"{url} does not answer")


def test_what_oriel_says_comes_through(proxied: str) -> None:
    status, body = ask(f"{proxied}/health")

    assert (status, b"ok" in body) == (200, True)


def test_metrics_are_for_those_within(proxied: str) -> None:
    status, body = ask(f"{proxied}/metrics")

    assert (status, b"nginx" in body) == (404, True)


def test_only_songs_may_be_large(proxied: str) -> None:
    large = bytes(2_000_000)

    assert ask(f"{proxied}/api/user/presets", large)[0] == 413
    assert ask(f"{proxied}/api/jobs/submit", large)[0] in (404, 405)  # the studio alone takes none
