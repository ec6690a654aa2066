"""What a person says of a picture's size in; an even width and height in pixels out."""

import re

from oriel.errors import BadOption

LARGEST_SIDE = 16384  # pixels: what most GPUs end at
MOST_PIXELS = 139264 * 16 * 16  # H.264's highest level, 6.2: 139264 macroblocks, as 8192x4352

NAMES: dict[str, tuple[int, int]] = {
    "360p": (640, 360),
    "480p": (854, 480),
    "720p": (1280, 720),
    "1080p": (1920, 1080),
    "1440p": (2560, 1440),
    "4k": (3840, 2160),
    "square": (1080, 1080),
    "portrait": (1080, 1350),
    "vertical": (1080, 1920),
    "wide": (2560, 1080),
}
_PIXELS = re.compile(r"(\d{1,6})\s*[x×]\s*(\d{1,6})")


def size(wanted: str | tuple[int, int]) -> tuple[int, int]:
    """Width and height of a name such as "1080p", a text such as "1280x720", or a pair.

    Raises BadOption for what is no size, or larger than LARGEST_SIDE or MOST_PIXELS.
    """
    width, height = _pair(wanted)
    if width < 1 or height < 1:
        raise BadOption(f"A picture of {width}x{height} has nothing to show: give at least 2x2")
    if max(width, height) > LARGEST_SIDE:
        raise BadOption(
            f"A picture of {width}x{height} is too large: at most {LARGEST_SIDE} pixels a side"
        )
    if width * height > MOST_PIXELS:
        raise BadOption(
            f"A picture of {width}x{height} is too large: at most {MOST_PIXELS / 1e6:.1f} million"
            " pixels, as 8192x4352"
        )
    return width, height


def even(asked: tuple[int, int]) -> tuple[tuple[int, int], str | None]:
    """The next even size, as video wants it, and a sentence if it is another than asked."""
    width, height = (side + side % 2 for side in asked)
    if (width, height) == tuple(asked):
        return (width, height), None
    return (width, height), (
        f"Video needs even sides: {asked[0]}x{asked[1]} was made {width}x{height}"
    )


def _pair(wanted: str | tuple[int, int]) -> tuple[int, int]:
    match wanted:
        case str() if wanted.lower() in NAMES:
            return NAMES[wanted.lower()]
        case str() if found := _PIXELS.fullmatch(wanted.strip().lower()):
            return int(found[1]), int(found[2])
        case [int(width), int(height)]:
            return width, height
    raise BadOption(
        f"{str(wanted)[:40]!r} is no size: write 1280x720, or one of {', '.join(NAMES)}"
    )
