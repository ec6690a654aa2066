"""A song's file and what is true of it go in; the row that renders name comes out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import ids, leases
from oriel.service.errors import Refused
from oriel.service.models import Song

_LONGEST_NAME = 200
# Built once, as each order asks them.
_OF_USER = Song.user_id == bindparam("user_id")
_SENT = select(Song).where(_OF_USER, Song.sha256 == bindparam("sha256"))
_KEPT = _SENT.where(Song.deleted_at.is_(None))
_HELD = _SENT.with_for_update()
_BYTES = select(func.coalesce(func.sum(Song.bytes), 0)).where(_OF_USER, Song.deleted_at.is_(None))


@dataclass(frozen=True)
class Facts:
    """What the probe found: `seconds` as decoded."""

    seconds: float
    codec: str | None = None
    title: str | None = None
    artist: str | None = None


class Lasting(Protocol):
    """A song's row, or as much of it as says how long it stays."""

    @property
    def expires_at(self) -> datetime:
        """When its time is over."""

    @property
    def deleted_at(self) -> datetime | None:
        """Since when it is not there, if so."""


def is_kept(song: Lasting, now: datetime) -> bool:
    """Whether a song need not be sent again."""
    return song.deleted_at is None and song.expires_at > now


def new_key(user_id: str) -> str:
    """Where to put a song that is being sent."""
    return f"songs/{user_id}/{ids.new()}"


async def find(session: AsyncSession, user_id: str, sha256: str) -> Song | None:
    """The song that this user sent before and that is still kept."""
    return await session.scalar(_KEPT, {"user_id": user_id, "sha256": sha256})


async def keep(
    session: AsyncSession,
    user_id: str,
    sha256: str,
    *,
    key: str,
    size: int,
    name: str,
    now: datetime,
    days: int,
    most: int,
) -> Song:
    """The row of a song of `size` bytes that was put at `key`, for some days more.

    The same song sent again is the same row and stays where it was: where the row's key is another,
    the caller deletes what it has put at `key`. One that was deleted is there again. Raises Refused
    where the account would keep more than `most` bytes of songs.
    """
    song = await session.scalar(_HELD, {"user_id": user_id, "sha256": sha256})
    if song is None or song.deleted_at is not None:
        await _check_room(session, user_id, size, most)
    if song is None:
        song = Song(user_id=user_id, sha256=sha256, key=key, created_at=now)
        session.add(song)
    if song.deleted_at is not None:
        song.key, song.deleted_at = key, None
    song.name = name[:_LONGEST_NAME]
    song.bytes = size
    song.expires_at = now + timedelta(days=days)
    await session.flush()
    return song


async def lost(session: AsyncSession, song_id: str, key: str, now: datetime) -> bool:
    """Have a song be deleted of which nothing lies at `key`: its next sending is kept then.

    False where it was sent again meanwhile, and lies elsewhere.
    """
    there = update(Song).where(Song.id == song_id, Song.key == key)
    return leases.changed(await session.execute(there.values(deleted_at=now)))


async def _check_room(session: AsyncSession, user_id: str, size: int, most: int) -> None:
    """Whoever sends a song and cancels its render has the credit back, and could fill the storage."""
    kept = await session.scalar(_BYTES, {"user_id": user_id})
    if (kept or 0) + size > most:
        raise Refused(
            f"An account may keep {most / 1e6:g} MB of songs here: order those that are kept by"
            " their hash, or wait until the oldest are deleted."
        )


async def probed(session: AsyncSession, song_id: str, facts: Facts) -> None:
    """Write down what the probe found."""
    known = {
        "seconds": facts.seconds,
        "codec": _short(facts.codec, 40),
        "title": _short(facts.title, _LONGEST_NAME),
        "artist": _short(facts.artist, _LONGEST_NAME),
    }
    await session.execute(update(Song).where(Song.id == song_id).values(known))


async def rhythm_of(session: AsyncSession, song_id: str) -> dict[str, Any] | None:
    """{"tempo": beats a minute, 0 where it is not steady, "beats": [seconds]}; None before it is heard."""
    return await session.scalar(select(Song.rhythm).where(Song.id == song_id))


async def rhythm_heard(session: AsyncSession, song_id: str, rhythm: dict[str, Any]) -> None:
    """Write down what `rhythm_of` gives."""
    await session.execute(update(Song).where(Song.id == song_id).values(rhythm=rhythm))


def _short(text: str | None, most: int) -> str | None:
    return text[:most].replace("\0", "") if text else None
