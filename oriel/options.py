"""What a person types for a frame rate, a time or a part of the song; checked numbers come out."""

import re
from fractions import Fraction

from oriel.errors import BadOption

SLOWEST, FASTEST = 1, 240  # frames per second
_LAST_FRAME = 24 * 3600 * FASTEST  # no song that can be heard has more

# Television's rates are 1000/1001 of the whole number that they are named after.
_NTSC = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "47.95": Fraction(48000, 1001),
    "59.94": Fraction(60000, 1001),
    "119.88": Fraction(120000, 1001),
}
_NEARLY = Fraction(1, 20_000)  # frames per second: 30000 / 1001 as a float is one of them too
_RATE = re.compile(r"\d{1,9}(\.\d{1,17})?|\d{1,9}/\d{1,9}")
_TIME = re.compile(
    r"((?P<hours>\d{1,4}):(?=\d+:))?((?P<minutes>\d{1,6}):)?(?P<seconds>\d{1,9}(\.\d+)?)"
)
_PART = re.compile(r"(?P<first>\d{0,12}):(?P<end>\d{0,12})")


def frame_rate(wanted: str | int | float | Fraction) -> Fraction:
    """Frames per second, exactly: "30", "29.97" (= 30000/1001), "24000/1001", 12.5; 1 to 240."""
    text = str(wanted).strip()
    if (named := text.rstrip("0")) in _NTSC:
        return _NTSC[named]
    try:
        fps = Fraction(text) if _RATE.fullmatch(text) else Fraction(0)
    except ZeroDivisionError:
        fps = Fraction(0)
    if not SLOWEST <= fps <= FASTEST:
        raise BadOption(
            f"The frame rate {text[:40]!r} cannot be rendered: give a number from {SLOWEST} to"
            f" {FASTEST}, such as 25, 29.97 or 24000/1001."
        )
    near = (rate for rate in _NTSC.values() if "." in text and abs(fps - rate) < _NEARLY)
    return next(near, fps)


def seconds(text: str) -> float:
    """A moment of the song in seconds: "90", "1:30", "1:02:03.5"."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadOption(
            f"{text[:40]!r} is not a time: give seconds or minutes:seconds, such as 90 or 1:30."
        )
    hours, minutes = int(found["hours"] or 0), int(found["minutes"] or 0)
    return 3600 * hours + 60 * minutes + float(found["seconds"])


def part(text: str) -> tuple[int, int]:
    """Frames "A:B", from A up to but without B; "" stands for the start, or for the end."""
    found = _PART.fullmatch(text.strip())
    first, end = (int(found["first"] or 0), int(found["end"] or _LAST_FRAME)) if found else (0, 0)
    if first >= end:
        raise BadOption(
            f"{text[:40]!r} is not a part: give frames A:B with A before B, such as 0:300."
        )
    return first, end
