"""Where the `oriel` command's words go may be full, closed, or not wait for the end."""

import os
import subprocess
import sys
from pathlib import Path

import av
import pytest

from oriel import demo

SMALL = "--size 64x36 --fps 10"
ORIEL = f"{sys.executable} -m oriel"


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    whole = ["bash", "-o", "pipefail", "-c", command]
    return subprocess.run(whole, cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.write(tmp_path_factory.mktemp("songs") / "two seconds.wav", seconds=2)


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["at the end", "at once"])
def test_a_reader_that_leaves_early_is_no_error(unbuffered: str) -> None:
    command = f"{ORIEL} list effects | true"
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}

    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, env=environment
    )

    assert done.returncode == 0
    assert done.stderr == ""


def test_a_video_is_made_for_a_reader_that_leaves_early(demo_song: Path, tmp_path: Path) -> None:
    words = "--size 640x360 --end 10 --json -o a.mp4"  # long enough for several lines
    render = f"{ORIEL} render '{demo_song}' {words}"

    done = shell(f"{render} | head -c 5", tmp_path)

    assert done.returncode == 0
    assert done.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("words", ["list effects", "list effects --json", "render SONG --json"])
def test_what_cannot_be_printed_is_one_sentence_and_exit_2(
    song: Path, tmp_path: Path, words: str
) -> None:
    words = words.replace("SONG", f"'{song}' {SMALL}")

    done = shell(f"{ORIEL} {words} >/dev/full", tmp_path)

    assert done.returncode == 2
    assert (
        done.stderr
        == "What Oriel prints cannot be written: No space left on device; send it elsewhere.\n"
    )


def test_a_log_that_cannot_be_written_spoils_no_video(song: Path, tmp_path: Path) -> None:
    render = f"{ORIEL} render '{song}' {SMALL} -o a.mp4"

    done = shell(f"{render} 2>/dev/full", tmp_path)

    assert done.returncode == 0
    assert "2.0 s of video" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [("render nothing.wav 2>&-", 2), ("rendr 2>/dev/full", 2), ("list looks >&-", 0)],
)
def test_a_stream_that_is_closed_is_no_error(tmp_path: Path, words: str, code: int) -> None:
    done = shell(f"{ORIEL} {words}", tmp_path)

    assert done.returncode == code
    assert done.stdout + done.stderr == ""


def test_a_video_is_made_with_every_stream_closed(song: Path, tmp_path: Path) -> None:
    render = f"{ORIEL} render '{song}' {SMALL} -o a.mp4"

    done = shell(f"{render} <&- >&- 2>&-", tmp_path)

    assert done.returncode == 0
    with av.open(str(tmp_path / "a.mp4")) as video:
        assert video.streams.video[0].frames == 20
