"""Renders that are refused, fail or are interrupted leave nothing, and many leave no memory behind."""

import ctypes
import gc
import math
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import film
import media
import pytest

import oriel
from oriel.errors import BadAudio, BadLook, BadOption, BadOutput, UserError
from oriel.render import Progress, render

SMALL = (160, 90)

# The program, with an encoder that dies once it has taken so many pictures.
DYING = """
import sys
import av
from oriel import cli, encoders

left = int(sys.argv.pop(1))

class Dying:
    def __init__(self, stream):
        self.stream, self.left = stream, left

    def encode(self, picture):
        self.left -= 1
        if self.left < 0:
            raise av.FFmpegError(1, "Generic error in an external library")
        return self.stream.encode(picture)

add_stream = encoders.add_stream
encoders.add_stream = lambda *given: Dying(add_stream(*given))
cli.main()
"""


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of a plain song."""
    return media.write(tmp_path_factory.mktemp("song") / "song.flac", media.song(6.0), 44_100)


# ----------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        ({"look": "nowhere"}, BadLook),
        ({"look": {"size": 0}}, BadLook),
        ({"look": None}, BadLook),
        ({"size": "16385x100"}, BadOption),
        ({"size": (0, 0)}, BadOption),
        ({"size": "big"}, BadOption),
        ({"fps": 0}, BadOption),
        ({"fps": -30}, BadOption),
        ({"fps": 1e9}, BadOption),
        ({"fps": math.nan}, BadOption),
        ({"fps": "fast"}, BadOption),
        ({"codec": "betamax"}, BadOption),
        ({"quality": "best"}, BadOption),
        ({"quality": 52}, BadOption),
        ({"device": 57}, BadOption),
        ({"start": 7.0}, BadOption),
        ({"frames": (9, 3)}, BadOption),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_left(
    song: Path, tmp_path: Path, choice: Any, error: type[UserError]
) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"what was here before")

    with pytest.raises(error) as caught:
        render(song, out, **{"size": SMALL, **choice})

    assert "\n" not in str(caught.value)
    assert film.debris(tmp_path) == ["out.mp4"]
    assert out.read_bytes() == b"what was here before"


@pytest.mark.parametrize(
    "place", ["nowhere/out.mp4", ".", "", "out.xyz", "out", "a\0b.mp4", 300 * "a" + ".mp4"]
)
def test_a_place_that_cannot_be_written_is_refused(song: Path, tmp_path: Path, place: str) -> None:
    with pytest.raises((BadOutput, BadOption)):
        render(song, tmp_path / place if place else "", size=SMALL)

    assert film.debris(tmp_path) == []


def test_a_song_is_never_written_over(song: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    render(song, clip, size=SMALL, end=0.5)
    before = clip.read_bytes()

    with pytest.raises(BadOutput, match="is the song itself"):
        render(clip, clip, size=SMALL)

    assert clip.read_bytes() == before


def test_a_song_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAudio):
        render(tmp_path / "none.mp3", tmp_path / "out.mp4", size=SMALL)

    assert film.debris(tmp_path) == []


# ----------------------------------------------------------------------------- breakdowns


def test_a_disk_that_fills_up_ends_in_one_sentence_and_keeps_what_was_there(
    song: Path, small_disk: Path
) -> None:
    (small_disk / "out.mp4").write_bytes(b"what was here before")
    much = ["--size", "640x360", "--quality", "0", "--set", "effects.grain.amount=1"]

    ended = _oriel("-m", "oriel", "render", str(song), "-o", "out.mp4", *much, folder=small_disk)

    assert ended.returncode == 2
    assert re.fullmatch(
        r"No space left in \S+ to write out\.mp4: make room, or name another folder\.",
        _sentences(ended.stderr),
    )
    assert film.debris(small_disk) == ["out.mp4"]
    assert (small_disk / "out.mp4").read_bytes() == b"what was here before"


@pytest.mark.parametrize("taken", [10, 40], ids=["amid the pictures", "at their end"])
def test_an_encoder_that_dies_ends_in_one_sentence_and_leaves_nothing(
    song: Path, tmp_path: Path, taken: int
) -> None:
    """In good time, too: whoever draws does not wait for it."""
    few = ["--size", "64x36", "--frames", "0:40"]

    ended = _oriel(
        *("-c", DYING, str(taken), "render", str(song), "-o", "out.mp4", *few), folder=tmp_path
    )

    assert ended.returncode == 1
    assert re.fullmatch(
        r"\w+ failed while writing out\.mp4 \(Generic error in an external library\):"
        r" try again, or choose another codec\.",
        _sentences(ended.stderr),
    )
    assert film.debris(tmp_path) == []


# ----------------------------------------------------------------------------- interruptions


def test_an_error_of_the_callers_leaves_nothing(song: Path, tmp_path: Path) -> None:
    def fail(progress: Progress) -> None:
        if progress.frame == 20:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        render(song, tmp_path / "out.mp4", size=SMALL, on_progress=fail)

    assert film.debris(tmp_path) == []


def test_a_render_works_after_one_that_failed(song: Path, tmp_path: Path) -> None:
    def fail(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(song, tmp_path / "out.mp4", size=SMALL, on_progress=fail)

    assert render(song, tmp_path / "out.mp4", size=SMALL, end=0.2).frames == 6
    assert film.debris(tmp_path) == ["out.mp4"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_render_leaves_no_debris(
    song: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-m", "oriel", "render", str(song), "--out", "out.mp4"]
    running = subprocess.Popen(
        [*command, "--size", "4k"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    _wait_until(lambda: film.debris(tmp_path) != [], running)
    time.sleep(0.3)

    running.send_signal(number)
    said = running.communicate(timeout=60)[1]

    assert running.returncode == code
    assert film.debris(tmp_path) == []
    assert "Traceback" not in said
    assert len(said.strip().splitlines()[-1]) < 100


def test_memory_stays_flat_however_many_videos_one_process_makes(
    song: Path, tmp_path: Path
) -> None:
    """What is first used stays loaded; after that nothing may be added."""
    libc = ctypes.CDLL(None)

    def held_mb() -> float:
        gc.collect()
        libc.malloc_trim(0)
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

    def made(times: int) -> float:
        for _ in range(times):
            oriel.render(song, tmp_path / "short.mp4", size=(320, 180), frames=(0, 5))
        return held_mb()

    first = made(4)

    assert made(8) - first < 16  # 10 MB a call would be 80


def _oriel(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run Python in a folder, and wait for it as long as a busy machine may take."""
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=60
    )


def _sentences(said: str) -> str:
    """All that was said, but for how far a slow machine has come."""
    lines = said.splitlines()
    return "\n".join(line for line in lines if not re.match(r"\d+ of \d+ frames, ", line))


def _wait_until(ready: Callable[[], bool], running: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert running.poll() is None, running.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
