"""The torus knot with glow at 1080p: Oriel beside encoding alone, a filmed browser, and effects.

What is compared takes turns, so that a machine that is busy for a while slows down both; of each
the median counts.
"""

import json
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import browser, encode, program
from benchmarks.table import Goal, Row
from oriel import audio, demo, effects, look
from oriel.gl import context
from oriel.gl.painter import Painter
from oriel.gl.plates import Planes
from oriel.render import hear, prepare

SIZE = (1920, 1080)
FPS = Fraction(30)
START_SECONDS = 12  # the drop: everything moves
ROUNDS = 3
FRAMES = 540  # 1.7 GB when held in memory
BROWSER_FRAMES = 30
EFFECT_FRAMES = 150
KNOT = {"shape": "torusKnot"}  # with the default look's glow


def rows() -> tuple[list[Row], dict[str, Any]]:
    """The table's rows, and all that was measured."""
    with tempfile.TemporaryDirectory(prefix="oriel-") as name:
        folder = Path(name)
        song = demo.write(folder / "demo.wav")
        beside, measured = _beside_others(song, folder)
        changed, measured_effects = _with_effects(song, folder)
    return beside + changed, {"beside_others": measured, "effects": measured_effects}


def _beside_others(song: Path, folder: Path) -> tuple[list[Row], dict[str, Any]]:
    held = [(y.copy(), u.copy(), v.copy()) for y, u, v in _drawn(song, KNOT, FRAMES)]
    whole, alone = [], []
    filmed: list[dict[str, Any]] = []
    for number in range(ROUNDS):
        whole.append(program.render(song, folder / "knot.mp4", *_options(KNOT, FRAMES)))
        alone.append(encode.measure(held, SIZE, FPS))
        if browser.missing() is None and number in (0, ROUNDS - 1):
            way = filmed[0]["way"] if filmed else None
            filmed.append(browser.measure(BROWSER_FRAMES, SIZE, way=way))
    fps = median(run.fps for run in whole)
    ratio = median(run.seconds / one["seconds"] for run, one in zip(whole, alone, strict=True))
    software = context.is_software(whole[0].result["renderer"])
    rows = [
        Row(
            "1920×1080 at 30 fps, torus knot with glow, whole program",
            fps,
            " frames/s",
            Goal("≥", 40),
            f"{FRAMES} frames; drawing and encoding {median(r.drawing_fps for r in whole):.1f}",
        ),
        Row("the same, in real time", fps / float(FPS), "×", Goal("≥", 1.3)),
        _browser_row(fps, filmed),
        Row(
            "the same, in times of encoding alone",
            ratio,
            "×",
            Goal("≤", 2.0 if software else 1.05),
            f"encoding alone: {median(one['fps'] for one in alone):.1f} frames/s",
        ),
    ]
    raw = {"whole": [vars(run) for run in whole], "alone": alone, "browser": filmed}
    return rows, raw


def _browser_row(fps: float, filmed: list[dict[str, Any]]) -> Row:
    what = "the same, in times of a filmed headless Chromium"
    if not filmed:
        return Row(what, None, "×", Goal("≥", 15), browser.missing() or "")
    browsers = median(one["fps"] for one in filmed)
    way = f"{filmed[0]['way']}, Chromium {filmed[0]['chromium']}"
    return Row(what, fps / browsers, "×", Goal("≥", 15), f"{browsers:.2f} frames/s by {way}")


def _with_effects(song: Path, folder: Path) -> tuple[list[Row], dict[str, Any]]:
    every = {**KNOT, "effects": {name: {} for name in effects.names()}}
    without, with_all = [], []
    for _ in range(ROUNDS):
        without.append(program.render(song, folder / "a.mp4", *_options(KNOT, EFFECT_FRAMES)))
        with_all.append(program.render(song, folder / "b.mp4", *_options(every, EFFECT_FRAMES)))
    pairs = zip(without, with_all, strict=True)
    ratio = median(none.drawing_fps / all_.drawing_fps for none, all_ in pairs)
    row = Row(
        f"all {len(effects.names())} effects on, in times of none",
        ratio,
        "×",
        Goal("≤", 1.5),
        "drawing and encoding",
    )
    raw = {"none": [vars(run) for run in without], "all": [vars(run) for run in with_all]}
    return [row], raw


def _drawn(song: Path, wanted: dict[str, Any], count: int) -> Iterator[Planes]:
    """The frames' planes, each overwritten by the next."""
    chosen = look.load(wanted)
    heard = hear(audio.load(song), chosen, FPS)
    mesh, plan = prepare(chosen, heard, SIZE, round(START_SECONDS * FPS), count)
    with context.opened() as gl:
        yield from Painter(gl, chosen, mesh, SIZE).film(plan)


def _options(wanted: dict[str, Any], count: int) -> list[str]:
    size = f"{SIZE[0]}x{SIZE[1]}"
    part = ["--start", str(START_SECONDS), "--frames", f"0:{count}"]
    return ["--look", json.dumps(wanted), "--size", size, "--fps", str(FPS), *part]
