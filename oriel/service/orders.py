"""What somebody orders goes in as text; a checked order, and what makes it equal to another, out."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from oriel import __version__, look, options, sizes
from oriel.errors import BadOption, UserError
from oriel.service.errors import BadFields
from oriel.service.outside import Outside

CODECS = ("h264", "hevc", "av1", "vp9", "prores")
QUALITIES = ("draft", "standard", "high")
MOST_SIZES = 6  # of one song in one order

_MOST_LETTERS = 100_000  # of a look's JSON; real ones have a few hundred
_SUFFIXES = {"prores": ".mov"}

T = TypeVar("T")


@dataclass(frozen=True)
class Order:
    """One song's videos as somebody wants them: the same but for their sizes in pixels.

    `start` and `end` are seconds of the song; `look` is a whole look as JSON.
    """

    look: Mapping[str, Any]
    sizes: tuple[tuple[int, int], ...]
    fps: Fraction
    start: float = 0.0
    end: float | None = None
    tier: str = "free"
    codec: str = "h264"
    quality: str = "standard"
    notify_url: str | None = None


def read(fields: Mapping[str, Sequence[str]]) -> Order:
    """The order that a form's fields spell; raises BadFields, which names every wrong one.

    `look` (JSON or a built-in look's name), `size` (repeatable), `fps`, `start`, `end`, `tier`,
    `codec`, `quality` and `notify_url`; each may be absent.
    """
    problems: dict[str, str] = {}

    def field(name: str, default: str, check: Callable[[str], T]) -> T | None:
        text = next(iter(fields.get(name, ())), "").strip() or default
        try:
            return check(text)
        except UserError as error:
            problems[name] = str(error)
            return None

    wanted = field("look", "default", _look)
    rate = field("fps", "30", options.frame_rate)
    start = field("start", "0", _moment)
    end = field("end", "none", lambda text: None if text == "none" else _moment(text))
    tier = field("tier", "free", str)
    codec = field("codec", "h264", _one_of(CODECS))
    quality = field("quality", "standard", _one_of(QUALITIES))
    notify = field("notify_url", "none", _url)
    try:
        pixels = _sizes(fields.get("size", ()))
    except UserError as error:
        problems["size"] = str(error)
    if start is not None and end is not None and end <= start:
        problems["end"] = "the end must come after the start"
    if problems or wanted is None or rate is None:
        raise BadFields(problems)
    return Order(
        look=wanted,
        sizes=pixels,
        fps=rate,
        start=start or 0.0,
        end=end,
        tier=tier or "free",
        codec=codec or "h264",
        quality=quality or "standard",
        notify_url=notify,
    )


def request_hash(song_sha256: str, order: Order) -> str:
    """What is equal for two requests that ask for the same."""
    rest = [order.sizes, order.tier, order.notify_url]
    return _hash([song_sha256, *_picture(order), *rest])


def order_hash(song_sha256: str, order: Order, size: tuple[int, int], watermark: bool) -> str:
    """What is equal for two videos that are the same, drawn by this version of Oriel."""
    return _hash([__version__, song_sha256, *_picture(order), size, watermark])


def rate(fps: str) -> Fraction:
    """A render's frame rate, as its row has it."""
    return Fraction(fps)


def suffix(codec: str) -> str:
    """The ending of a file with this codec, such as ".mp4"."""
    return _SUFFIXES.get(codec, ".mp4")


def _picture(order: Order) -> list[object]:
    return [order.look, str(order.fps), order.start, order.end, order.codec, order.quality]


def _hash(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _look(text: str) -> dict[str, Any]:
    """A name or JSON; never a path of this machine."""
    if len(text) > _MOST_LETTERS:
        raise BadOption(f"must have at most {_MOST_LETTERS:,} characters")
    if text.startswith("{") or text in look.names():
        return look.load(text).to_json()
    raise BadOption("must be JSON, or the name of a built-in look")


def _moment(text: str) -> float:
    """Seconds to the microsecond, which a shell's argument carries too."""
    return round(options.seconds(text), 6)


def _sizes(texts: Sequence[str]) -> tuple[tuple[int, int], ...]:
    named = [text for text in texts if text.strip()] or ["720p"]
    found = dict.fromkeys(sizes.even(sizes.size(text.strip()))[0] for text in named)
    if len(found) > MOST_SIZES:
        raise BadOption(f"at most {MOST_SIZES} sizes can be ordered at once")
    return tuple(found)


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in choices:
            raise BadOption(f"must be one of {', '.join(choices)}")
        return text

    return check


def _url(text: str) -> str | None:
    if text == "none":
        return None
    return Outside().checked(text)
