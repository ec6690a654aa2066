"""Keys and bytes in, bytes and links that expire out: where songs and videos lie.

The setting's scheme is the name of the file beside this one that knows how: file, gs.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import quote, urlsplit

from oriel.errors import Fault
from oriel.service.settings import Settings

PIECE = 1 << 20  # bytes that are read and written at once
_WORD = r"[A-Za-z0-9_][A-Za-z0-9._-]*"  # never "..", never hidden
_KEY = re.compile(rf"{_WORD}(/{_WORD})*")
_LONGEST = 300


class StorageFailed(Fault):
    """The storage did not do what was asked; trying again later may help."""


class NotStored(StorageFailed):
    """Nothing is stored under this key."""


class BadKey(Fault):
    """A key that no storage takes: we made it, so it is our own fault."""


@dataclass(frozen=True)
class Lying:
    """Something that is stored, and since when."""

    key: str
    since: datetime


class Storage(Protocol):
    """What is stored under a key is there whole or not at all, and lasts once `put` returns.

    Keys are words of letters, digits, "-", "_" and ".", divided by "/", such as "videos/01K/v.mp4".
    Every method raises BadKey for others, and StorageFailed where the storage cannot be had.
    """

    async def begin(self) -> None:
        """Make it ready, once and for all; safe to repeat. Before that, a folder takes nothing."""

    async def put(self, key: str, content: Path | AsyncIterable[bytes], content_type: str) -> int:
        """Store a file or a stream, in place of what was there; its size in bytes.

        What the stream itself raises comes through, and nothing is stored.
        """

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not with `end`, in pieces; raises NotStored."""

    async def size(self, key: str) -> int:
        """Its bytes; raises NotStored."""

    async def exists(self, key: str) -> bool:
        """Whether something is stored there."""

    async def delete(self, key: str) -> None:
        """Forget it; it may be gone already."""

    async def link(self, key: str, seconds: int, filename: str) -> str:
        """A URL that anybody may GET, in ranges too, for so long; saved under `filename`."""

    async def copy_to(self, key: str, path: Path) -> None:
        """Write it to a file, which appears only once it is whole; raises NotStored."""

    def listed(self, place: str) -> AsyncIterator[Lying]:
        """Whatever lies under keys that begin with `place`, such as "songs/", in any order.

        What is still being put is not among it.
        """

    async def tidy(self) -> int:
        """Remove what uploads left that were cut off over a day ago; how many they were."""


def of(settings: Settings) -> Storage:
    """The storage that the settings name; reaches for nothing yet."""
    scheme = urlsplit(settings.storage).scheme
    return cast(Storage, import_module(f"oriel.service.storage.{scheme}").made(settings))


def checked(key: str) -> str:
    """The key; raises BadKey for one that could leave its place."""
    if len(key) > _LONGEST or not _KEY.fullmatch(key):
        raise BadKey(f"{key[:_LONGEST]!r} is no key for a storage")
    return key


def attachment(filename: str) -> str:
    """A Content-Disposition that every browser understands (RFC 6266, section 5)."""
    plain = "".join(c if c.isascii() and c.isprintable() else "_" for c in filename)
    for special in '"\\%':
        plain = plain.replace(special, "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
