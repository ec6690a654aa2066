"""The torus knot with glow at 1080p: Oriel beside encoding alone, a filmed browser, and effects.

What is compared takes turns, so that a machine that is busy for a while slows down both; of each
the median counts.
"""

import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import bench_bands, browser, encode, program
from benchmarks.table import Goal, Row
from oriel import audio, effects, look
from oriel.gl import context
from oriel.gl.painter import Painter
from oriel.gl.plates import Planes
from oriel.render import hear, prepare

FPS = Fraction(30)
START_SECONDS = 12  # the drop: everything moves
DEMO_SECONDS = 32
ROUNDS = 3
KNOT = {"shape": "torusKnot"}  # with the default look's glow


@dataclass(frozen=True)
class Film:
    """What is made a video: so many frames; encoding alone has `held` of them, over and over.

    `filmed` are the browser's frames, of which each is like the others; 0 leaves it out.
    """

    frames: int
    held: int
    size: tuple[int, int] = (1920, 1080)
    filmed: int = 30


IN_SOFTWARE = Film(frames=540, held=540)  # 1.7 GB
# A card draws 540 in a second, which its start would outweigh; these are the demo three times over,
# of which once is held: 3 GB.
ON_A_CARD = Film(frames=2_880, held=960)


def rows() -> tuple[list[Row], dict[str, Any]]:
    """The table's rows, and all that was measured."""
    software = context.is_software(context.describe().renderer)
    film = IN_SOFTWARE if software else ON_A_CARD
    with tempfile.TemporaryDirectory(prefix="oriel-") as name:
        folder = Path(name)
        song = song_for(film, folder / "demo.wav")
        beside, measured = beside_others(song, folder, film)
        changed, measured_effects = _with_effects(song, folder, film)
    return beside + changed, {"beside_others": measured, "effects": measured_effects}


def song_for(film: Film, path: Path) -> Path:
    """The demo song, again and again where the film is longer than it."""
    needed = START_SECONDS + math.ceil(film.frames / FPS)
    return bench_bands.repeated(path, "pcm_s16le", max(DEMO_SECONDS, needed))


def beside_others(
    song: Path, folder: Path, film: Film, rounds: int = ROUNDS
) -> tuple[list[Row], dict[str, Any]]:
    """The rows of the whole program, by itself and beside a browser and encoding alone."""
    held = [(y.copy(), u.copy(), v.copy()) for y, u, v in _drawn(song, film)]
    options = _options(KNOT, film)
    whole, firsts, alone = [], [], []
    filmed: list[dict[str, Any]] = []
    for number in range(rounds):
        whole.append(program.render(song, folder / "knot.mp4", *options))
        firsts.append(program.first_frame(song, folder / "first.mp4", *options))
        alone.append(encode.measure(islice(cycle(held), film.frames), film.size, FPS))
        if film.filmed and browser.missing() is None and number in (0, rounds - 1):
            way = filmed[0]["way"] if filmed else None
            filmed.append(browser.measure(film.filmed, film.size, way=way))
    fps = median(run.fps for run in whole)
    width, height = film.size
    rows = [
        Row(
            f"{width}×{height} at {FPS} fps, torus knot with glow, whole program",
            fps,
            " frames/s",
            Goal("≥", 40),
            f"{film.frames} frames; drawing and encoding"
            f" {median(run.drawing_fps for run in whole):.1f}",
        ),
        Row("the same, in real time", fps / float(FPS), "×", Goal("≥", 1.3)),
        _browser_row(fps, filmed),
        *_beside_encoding(whole, firsts, alone),
    ]
    raw = {
        "whole": [vars(run) for run in whole],
        "first_frame": firsts,
        "alone": alone,
        "browser": filmed,
    }
    return rows, raw


def _beside_encoding(
    whole: list[program.Run], firsts: list[float], alone: list[dict[str, Any]]
) -> list[Row]:
    software = context.is_software(whole[0].result["renderer"])
    rounds = list(zip(whole, firsts, alone, strict=True))
    return [
        Row(
            "the same, in times of encoding alone",
            median(run.seconds / one["seconds"] for run, _, one in rounds),
            "×",
            Goal("≤", 2.0 if software else 1.05),
            f"encoding alone: {median(one['fps'] for one in alone):.1f} frames/s, without sound",
        ),
        Row(
            "the same from the first frame on, in times of encoding alone",
            median((run.seconds - first) / one["seconds"] for run, first, one in rounds),
            "×",
            note=f"{median(firsts):.2f} s until the encoder is handed the first frame",
        ),
    ]


def _browser_row(fps: float, filmed: list[dict[str, Any]]) -> Row:
    what = "the same, in times of a filmed headless Chromium"
    if not filmed:
        return Row(what, None, "×", Goal("≥", 15), browser.missing() or "")
    browsers = median(one["fps"] for one in filmed)
    way = f"{filmed[0]['way']}, Chromium {filmed[0]['chromium']}"
    return Row(what, fps / browsers, "×", Goal("≥", 15), f"{browsers:.2f} frames/s by {way}")


def _with_effects(song: Path, folder: Path, film: Film) -> tuple[list[Row], dict[str, Any]]:
    every = {**KNOT, "effects": {name: {} for name in effects.names()}}
    without, with_all = [], []
    for _ in range(ROUNDS):
        without.append(program.render(song, folder / "a.mp4", *_options(KNOT, film)))
        with_all.append(program.render(song, folder / "b.mp4", *_options(every, film)))
    pairs = list(zip(without, with_all, strict=True))
    count = len(effects.names())
    rows = [
        Row(
            f"drawing and encoding with all {count} effects on, in times of none",
            median(none.drawing_fps / all_.drawing_fps for none, all_ in pairs),
            "×",
            Goal("≤", 1.5),
        ),
        Row(
            "the same, whole program",
            median(all_.seconds / none.seconds for none, all_ in pairs),
            "×",
            Goal("≤", 1.5),
            f"{film.frames} frames; {_besides(with_all):.2f} s besides drawing, librosa and its beats"
            f" among them, against {_besides(without):.2f}",
        ),
    ]
    raw = {"none": [vars(run) for run in without], "all": [vars(run) for run in with_all]}
    return rows, raw


def _besides(runs: list[program.Run]) -> float:
    """Seconds of a program that are not those in which it draws."""
    return median(run.seconds - float(run.result["frames"]) / run.drawing_fps for run in runs)


def _drawn(song: Path, film: Film) -> Iterator[Planes]:
    """The planes of the frames that are held, each overwritten by the next."""
    chosen = look.load(KNOT)
    heard = hear(audio.load(song), chosen, FPS)
    mesh, plan = prepare(chosen, heard, film.size, round(START_SECONDS * FPS), film.held)
    with context.opened() as gl:
        yield from Painter(gl, chosen, mesh, film.size).film(plan)


def _options(wanted: dict[str, Any], film: Film) -> list[str]:
    size = f"{film.size[0]}x{film.size[1]}"
    part = ["--start", str(START_SECONDS), "--frames", f"0:{film.frames}"]
    return ["--look", json.dumps(wanted), "--size", size, "--fps", str(FPS), *part]
