"""Pictures as pixels go in; a PNG, JPEG or WebP file, whole or not at all, comes out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oriel.errors import BadOutput
from oriel.whole import whole

_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def check(out: Path) -> None:
    """Raise BadOutput for a name that does not end like a picture's."""
    if out.suffix.lower() not in _FORMATS:
        raise BadOutput(f"{out} is no name for a picture: end it with {', '.join(_FORMATS)}.")


def save(pixels: NDArray[np.uint8], out: Path) -> None:
    """Write (height, width, 3) sRGB; raises BadOutput where it cannot be written."""
    from PIL import Image

    check(out)
    with whole(out) as place:
        Image.fromarray(pixels).save(place, _FORMATS[out.suffix.lower()], quality=95)


def save_moving(pixels: Sequence[NDArray[np.uint8]], out: Path, fps: int) -> None:
    """Write pictures (height, width, 3) sRGB as one that moves, over and over; WebP alone can."""
    from PIL import Image

    if out.suffix.lower() != ".webp":
        raise BadOutput(f"{out} is no name for a moving picture: end it with .webp.")
    first, *others = [Image.fromarray(each) for each in pixels]
    with whole(out) as place:
        first.save(
            place,
            "WEBP",
            save_all=True,
            append_images=others,
            duration=1000 // fps,
            loop=0,
            quality=70,
        )
