"""Drawing that holds Python's lock, as calls of OpenGL do beside a card; what sound costs beside it.

No card is needed: a C function that sleeps and holds the lock stands for the drawing, for as long a
frame as one took at 1920×1080 on an NVIDIA H200. Pictures are so small that their encoding does not
count.
"""

import ctypes
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import bench_bands
from benchmarks.table import Goal, Row
from oriel import audio
from oriel.audio import Audio
from oriel.video import Writer

FRAMES = 3_000
_ROUNDS = 3
_SIZE = (192, 108)
_FPS = Fraction(30)
_CALLS, _CALL_US = 28, 60  # with Python's and the system's share it is 2.4 ms a frame
_TIMER_SLACK, _SLACK_NS = 29, 1_000  # PR_SET_TIMERSLACK: a sleep of 60 µs is else twice as long


def rows(frames: int = FRAMES, rounds: int = _ROUNDS) -> tuple[list[Row], dict[str, Any]]:
    """The table's rows, and seconds that each film took."""
    ways = {"without sound": (False, False), "thread": (True, False), "apart": (True, True)}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory(prefix="oriel-") as name:
        length = -(-frames // round(_FPS))
        song = audio.load(bench_bands.repeated(Path(name) / "song.mp3", "mp3", length))
        for _ in range(rounds):
            for way, (sounds, apart) in ways.items():
                out = Path(name) / "film.mp4"
                seconds[way].append(film(out, frames, song if sounds else None, apart))
    alone = median(seconds["without sound"])
    rows = [
        Row(
            "drawing that holds Python's lock, with sound, in times of without",
            median(seconds["apart"]) / alone,
            "×",
            Goal("≤", 1.05),
            f"{frames / alone:.0f} frames/s without",
        ),
        Row(
            "the same, the sound encoded by a thread, as beside a software renderer",
            median(seconds["thread"]) / alone,
            "×",
        ),
    ]
    return rows, seconds


def film(out: Path, frames: int, song: Audio | None, apart: bool) -> float:
    """Seconds that a video of so many small grey pictures takes."""
    system = ctypes.PyDLL(None)  # whose calls hold the lock
    system.prctl(_TIMER_SLACK, _SLACK_NS, 0, 0, 0)
    began = time.perf_counter()
    with Writer(out, _SIZE, _FPS, frames, quality="draft", audio=song, apart=apart) as writer:
        for _ in range(frames):
            planes = writer.blank()
            for plane in planes:
                plane[:] = np.uint8(128)
            for _ in range(_CALLS):
                system.usleep(_CALL_US)
            writer.write(*planes)
    return time.perf_counter() - began
