"""What stays until it is ended, or takes its time: each such line of every page, typed, and ended."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import desktop
import media
import pytest
import serving
import snippets
from desktop import Desktop, until

SWIRL = snippets.block("docs/effects.md", "// Swirl")
FEWER = """
import functools, sys
from oriel import bench, cli
bench.run = functools.partial(bench.run, frames=2)
sys.argv[1:] = ["bench"]
cli.main()
"""


def typed(name: str) -> list[str]:
    """What `oriel NAME` is given on the pages: each once, at whatever port is free."""
    found = {
        re.sub(r"--port \d+", "--port 0", shlex.join(words[2:]))
        for block in snippets.every()
        if block.kind in ("sh", "console")
        for words in block.commands
        if words[:2] == ["oriel", name]
    }
    return sorted(found)


@pytest.mark.parametrize("words", typed("serve"))
def test_a_server_that_a_page_starts_answers(words: str, tmp_path: Path) -> None:
    alone = "--studio-only" in words
    with (
        serving.served(
            *shlex.split(words),
            cwd=tmp_path,
            environment={"ORIEL_DATA": str(tmp_path)},
            complete=not alone,
        ) as server,
        urllib.request.urlopen(f"{server.url}{'/' if alone else '/status'}") as answer,
    ):
        told = answer.read().decode()

    assert "<title>" in told if alone else json.loads(told)
    assert server.child.returncode == 0


@pytest.mark.parametrize("words", typed("window"))
def test_a_window_that_a_page_opens_shows_the_look(
    words: str, screen: Desktop, tmp_path: Path
) -> None:
    song = media.write(tmp_path / "song.mp3", media.song(4), 44_100, codec="mp3")
    (tmp_path / "my-look.json").write_text('{"shape": "torusKnot"}')
    shutil.copytree(desktop.PACKAGE, tmp_path / "oriel")
    (tmp_path / "oriel" / "shaders" / "effects" / "swirl.glsl").write_text(SWIRL.text, "utf-8")
    name, *options = shlex.split(words)
    with desktop.window(screen, tmp_path, song, *options) as window:
        until(lambda: screen.pixels().max() > 100, "the shape is seen")
        screen.press("Escape")
        until(lambda: window.process.poll() is not None, "it ends")

    assert name == song.name
    assert window.process.returncode == 0


def test_how_fast_this_machine_is_is_told_for_each_size() -> None:
    assert typed("bench") == [""]

    done = subprocess.run([sys.executable, "-c", FEWER], capture_output=True, text=True, check=True)

    assert re.findall(r"(\d+x\d+) +[\d.]+ frames/s", done.stdout) == [
        "1280x720",
        "1920x1080",
        "3840x2160",
    ]
