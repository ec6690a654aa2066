"""`oriel serve` as a person meets it: where it serves, what it says, how it ends."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from asking import ask
from serving import served

import oriel

PACKAGE = Path(oriel.__file__).parent
WITHOUT = "import sys; sys.modules[{name!r}] = None; from oriel.cli import main; main()"


def serve(*words: str, cwd: Path, code: str = "") -> subprocess.CompletedProcess[str]:
    """A run of `oriel serve` that is expected to end by itself."""
    start = ["-c", code] if code else ["-m", "oriel"]
    command = [sys.executable, *start, "serve", "--studio-only", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def assert_refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_asked_to_stop_ends_quietly(
    tmp_path: Path, number: signal.Signals
) -> None:
    with served(cwd=tmp_path) as server:
        assert ask(server.url, "/health").status == 200

        server.child.send_signal(number)
        assert server.child.wait(timeout=60) == 0

        assert server.child.stdout is not None
        assert server.child.stdout.read() == ""
    assert re.fullmatch(r"200 GET /health \d+ ms\n", (tmp_path / "serve.log").read_text())


def test_a_log_line_is_short_and_holds_no_more_than_a_line(tmp_path: Path) -> None:
    with served(cwd=tmp_path) as server:
        ask(server.url, "/%0a200%20GET%20/" + "x" * 1_000)

    log = (tmp_path / "serve.log").read_text()
    assert log.count("\n") == 1
    assert len(log) < 200


def test_a_port_that_is_taken_is_told_with_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = serve("--port", str(port), cwd=tmp_path)

    assert_refused(done, f"Port {port} is taken", "--port ")


def test_a_host_that_there_is_not_is_told(tmp_path: Path) -> None:
    assert_refused(serve("--host", "no such host", cwd=tmp_path), "'no such host'")
    assert_refused(serve("--host", "192.0.2.1", "--port", "0", cwd=tmp_path), "192.0.2.1")


@pytest.mark.parametrize("name", ["aiohttp", "jinja2", "rjsmin"])
def test_without_the_web_extra_the_command_says_what_to_install(tmp_path: Path, name: str) -> None:
    done = serve(cwd=tmp_path, code=WITHOUT.format(name=name))

    assert_refused(done, name, "pip install '.[web]'")


def test_without_the_page_or_its_packages_the_command_says_what_to_run(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "static")
    shutil.copytree(PACKAGE, tmp_path / "oriel", ignore=ignored)

    bare = serve("--port", "0", cwd=tmp_path)
    shutil.copytree(PACKAGE.parent / "web", tmp_path / "web")
    unbuilt = serve("--port", "0", cwd=tmp_path)

    assert_refused(bare, "npm ci")
    assert_refused(unbuilt, "npm ci", "three")


def test_two_servers_share_the_demo_song(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    with (
        served(cwd=tmp_path / "one", environment=home) as one,
        served(cwd=tmp_path / "two", environment=home) as two,
    ):
        songs = [ask(server.url, "/demo/song.wav").body for server in (one, two)]

    assert songs[0] == songs[1]
    assert len(list((tmp_path / ".cache" / "oriel").iterdir())) == 1
