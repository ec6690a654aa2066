"""Draws the README's picture: every built-in look at one moment of the demo song, with its name."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import oriel
from oriel import demo, look

TILE = 480, 270  # pixels
COLUMNS = 4
MOMENT = 17.72  # seconds: a kick in the drop
SAVE: dict[str, Any] = {"quality": 86, "subsampling": 0, "optimize": True}


def sheet(song: Path) -> Image.Image:
    """All looks in rows of COLUMNS, in alphabetical order."""
    names = look.names()
    rows = -(-len(names) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * TILE[0], rows * TILE[1]))
    for index, name in enumerate(names):
        place = index % COLUMNS * TILE[0], index // COLUMNS * TILE[1]
        whole.paste(_tile(song, name), place)
    return whole


def _tile(song: Path, name: str) -> Image.Image:
    # Drawn at twice the size, so that thin lines are as fine as in the video.
    large = TILE[0] * 2, TILE[1] * 2
    tile = Image.fromarray(oriel.picture(song, MOMENT, look=name, size=large))
    tile = tile.resize(TILE, Image.Resampling.LANCZOS)
    ink = "#333333" if np.asarray(tile)[8, 8].sum() > 380 else "#bbbbbb"
    ImageDraw.Draw(tile).text((12, 8), name, fill=ink, font=ImageFont.load_default(16))
    return tile


if __name__ == "__main__":
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/looks.jpg")
    with tempfile.TemporaryDirectory() as folder:
        song = Path(folder) / "demo.wav"
        demo.write(song)
        sheet(song).save(out, **SAVE)
    print(out)
