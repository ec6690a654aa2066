"""Numbers and times in; how letters and pages write them, out."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

_CURRENCIES = {"usd": "$", "eur": "€", "gbp": "£"}
_TURNING = {"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}
_END = "\u2069"
_STEPS = ((1_000_000_000, "GB", 1), (1_000_000, "MB", 1), (1_000, "kB", 0))


def day(moment: datetime | str) -> str:
    """A time, or one in ISO's form, as "22 November 2026"."""
    time = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{time.day} {time:%B %Y}"


def stamp(moment: datetime | str) -> str:
    """A time as "22 Nov 2026, 14:05", in UTC."""
    time = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{time.astimezone(UTC):%-d %b %Y, %H:%M}"


def span(seconds: float) -> str:
    """About so long, such as "45 s", "12 min", "3 h" or "2 days"."""
    for most, unit, step in ((90, "s", 1), (5400, "min", 60), (129_600, "h", 3600)):
        if seconds < most:
            return f"{round(seconds / step)} {unit}"
    return f"{round(seconds / 86_400)} days"


def money(cents: int, currency: str) -> str:
    """An amount as "$2.99"; of a currency without a sign of its own, as "2.99 CHF"."""
    amount = f"{cents // 100}.{cents % 100:02}"
    sign = _CURRENCIES.get(currency.lower())
    return f"{sign}{amount}" if sign else f"{amount} {currency.upper()}"


def clock(seconds: float) -> str:
    """So many seconds as "3:07", or "1:02:03"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def counted(count: int, noun: str) -> str:
    """So many of a thing: "1 video", "2 videos"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def lasting(seconds: int) -> str:
    """Whole seconds as "3 minutes", "1 minute 30 seconds" or "45 seconds"."""
    minutes, rest = divmod(seconds, 60)
    said = [counted(minutes, "minute")] if minutes else []
    return " ".join([*said, counted(rest, "second")] if rest or not said else said)


def size(count: int) -> str:
    """So many bytes as "12.4 MB"."""
    for step, unit, digits in _STEPS:
        if count >= step:
            return f"{count / step:.{digits}f} {unit}"
    return f"{count} bytes"


FORMATS = {"h264": "H.264", "hevc": "HEVC", "av1": "AV1", "vp9": "VP9", "prores": "ProRes"}
"""What a codec is called."""


def formats(codecs: Iterable[str]) -> str:
    """A plan's codecs, of which "any" is all, as "H.264 or ProRes"."""
    named = [FORMATS.get(one, one) for one in (FORMATS if "any" in codecs else codecs)]
    return " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))


def title(song: Mapping[str, Any] | None) -> str:
    """What a song, as a render's status tells of it, is called."""
    if song is None:
        return "Song"
    return str(song["title"] or song["name"].rpartition(".")[0] or song["name"] or "Song")


def isolated(text: str) -> str:
    """People's words, so that a sentence around them keeps its order.

    What holds letters that are read from the right, or marks that turn the direction, stands between
    Unicode's FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE; marks of its own cannot end that.
    """
    if not any(unicodedata.bidirectional(letter) in _TURNING for letter in text):
        return text
    return f"\u2068{text.replace(_END, '')}{_END}"


def apart(name: str) -> str:
    """A name such as "torusKnot" as "torus knot"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def browser(agent: str) -> str:
    """What a User-Agent names, as "Firefox on Windows"; what is no browser's, shortened."""
    if not agent.startswith("Mozilla/"):
        return agent[:40] or "A program"
    program = _first(_BROWSERS, agent) or ("Safari" if "Safari" in agent else "A browser")
    system = _first(_SYSTEMS, agent)
    return f"{program} on {system}" if system else program


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in names if sign in agent), "")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "day": day,
    "stamp": stamp,
    "span": span,
    "money": money,
    "clock": clock,
    "counted": counted,
    "lasting": lasting,
    "size": size,
    "formats": formats,
    "title_of": title,
    "isolated": isolated,
    "browser": browser,
    "apart": apart,
}
"""The same, as templates call them."""
