"""`make demo` and `make serve`, typed in a working tree of its own, where all is installed."""

import json
import os
import signal
import subprocess
import urllib.request
from pathlib import Path

import av
import media
import pytest
import serving
from clones import copied
from desktop import until
from snippets import ROOT

# As whoever types it has it: these tests' own make would be known to it, and it would say more.
MAKE = ("env", "--unset=MAKEFLAGS", "--unset=MAKELEVEL", "make")
# What make has installed, each told by a file that is younger than what it depends on.
INSTALLED = (".venv/.render", ".venv/.web")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this one: its files as they are, and what is installed here, lent."""
    folder = copied(tmp_path_factory.mktemp("tree"))
    (folder / ".venv").mkdir()
    for one in (ROOT / ".venv").iterdir():
        (folder / ".venv" / one.name).symlink_to(one)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for name in INSTALLED:
        (folder / name).unlink(missing_ok=True)
        (folder / name).touch()
    return folder


def made(tree: Path, *words: str) -> str:
    """What `make` says, which goes well."""
    done = subprocess.run([*MAKE, *words], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def seconds(video: Path) -> float:
    """How long its picture lasts, which is as long as its sound."""
    with av.open(str(video)) as file:
        [picture], [sound] = file.streams.video, file.streams.audio
        lasts = picture.duration * picture.time_base
        assert sound.duration * sound.time_base == pytest.approx(lasts, abs=0.1)
        return float(lasts)


def status(url: str) -> str:
    with urllib.request.urlopen(f"{url}/status") as answer:
        return json.load(answer)["status"]


def test_the_demo_is_a_video_of_oriel_s_own_song(tree: Path) -> None:
    told = made(tree, "demo")

    assert seconds(tree / "demo.mp4") >= 20
    assert "demo.mp4" in told
    assert "frames/s" in told


def test_the_demo_is_a_video_of_yours(tree: Path) -> None:
    song = media.write(tree / "Your song's name.mp3", media.song(2), 44_100, codec="mp3")

    made(tree, "demo", f"SONG={song.name}")

    assert seconds(tree / "demo.mp4") == pytest.approx(2, abs=0.1)


def test_the_studio_is_served_until_ctrl_c(tree: Path) -> None:
    command = [*MAKE, "serve", "ARGS=--port 0"]
    with serving.serves(command, tree, {"ORIEL_DATA": str(tree / "data")}) as server:
        with urllib.request.urlopen(f"{server.url}/") as page:
            studio = page.read().decode()
        until(lambda: status(server.url) == "ok", "its worker and its queue live")
        os.killpg(server.child.pid, signal.SIGINT)
        server.child.wait(timeout=40)

    assert "<title>" in studio
