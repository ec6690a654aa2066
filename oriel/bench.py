"""This machine goes in; how many frames a second it renders at each size comes out."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oriel import demo
from oriel.render import render

SIZES = ("720p", "1080p", "4k")
FPS = 30
FRAMES = 120


@dataclass(frozen=True)
class Row:
    """One size: the frames written per second of the whole program, and how, at standard quality."""

    size: tuple[int, int]
    fps: float
    real_time: float  # seconds of video made in a second
    encoder: str
    renderer: str


def run(device: int | None = None, frames: int = FRAMES) -> list[Row]:
    """Render the loudest part of the demo song with the default look at each size."""
    with tempfile.TemporaryDirectory(prefix="oriel-") as folder:
        song = demo.write(Path(folder) / "demo.wav")
        return [_measured(song, Path(folder), size, frames, device) for size in SIZES]


def table(rows: Sequence[Row]) -> str:
    """The rows as text, under the name of what drew and encoded them."""
    lines = [f"{rows[0].renderer}, {rows[0].encoder}"] if rows else []
    for row in rows:
        width, height = row.size
        lines.append(f"{f'{width}x{height}':>9}  {row.fps:7.1f} frames/s  {row.real_time:6.2f}x")
    return "\n".join([*lines, f"x is real time at {FPS} frames per second"])


def _measured(song: Path, folder: Path, size: str, frames: int, device: int | None) -> Row:
    done = render(
        song,
        folder / f"{size}.mp4",
        size=size,
        fps=FPS,
        start=12.0,  # the drop
        frames=(0, frames),
        device=device,
    )
    return Row(done.size, done.fps, done.fps / FPS, done.encoder, done.renderer)
