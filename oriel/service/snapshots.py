"""A render goes in; what its owner is told of it, as JSON, comes out."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credits, songs
from oriel.service.db import Database
from oriel.service.models import Render, Song

# How far each stage is at its beginning; drawing fills what lies between.
_BEGUN = {"queued": 0.0, "preparing": 0.02, "drawing": 0.05, "finishing": 0.95, "done": 1.0}
_RENAMED = {"too_slow": "took_too_long"}  # reasons to fail, as old rows have them
_DRAWING = _BEGUN["finishing"] - _BEGUN["drawing"]


class Sung(NamedTuple):
    """What is told of a render's song, and what says whether it is kept."""

    name: str
    title: str | None
    artist: str | None
    seconds: float | None
    sha256: str
    expires_at: datetime
    deleted_at: datetime | None


Rendered = Render | Row[*tuple[Any, ...]]
"""A render, or a row that has its columns."""

_RENDERS = Render.__table__
_OTHERS = _RENDERS.alias("others")
_AHEAD = or_(
    _OTHERS.c.priority > _RENDERS.c.priority,
    and_(_OTHERS.c.priority == _RENDERS.c.priority, _OTHERS.c.id < _RENDERS.c.id),
)
_BEFORE = select(func.count()).where(_OTHERS.c.status == "queued", _AHEAD)
_PLACE = case((_RENDERS.c.status == "queued", _BEFORE.scalar_subquery() + 1))
# Not `in_`: the text of such a question is put together anew each time it is asked.
_ENDED_IN_VAIN = or_(_RENDERS.c.status == "failed", _RENDERS.c.status == "cancelled")
_CREDIT = case((_ENDED_IN_VAIN, credits.became_of(_RENDERS.c.id)))
# One question for all of it, and built once, as it is asked often.
_WHOLE = select(
    *(column for column in _RENDERS.c if column.name != "log"),
    _PLACE.label("queue_position"),
    _CREDIT.label("credit"),
    *(Song.__table__.c[name].label(f"song_{name}") for name in Sung._fields),
).join(Song, Song.id == _RENDERS.c.song_id)
_ONE = _WHOLE.where(_RENDERS.c.id == bindparam("render_id"))
_SEVERAL = _WHOLE.where(_RENDERS.c.id.in_(bindparam("render_ids", expanding=True)))


async def asked(
    database: Database, render_id: str, now: datetime, user_id: str | None = None
) -> dict[str, Any] | None:
    """Everything that the status of a render says; None where there is none, or not of this user."""
    for row in await database.rows(_ONE, render_id=render_id):
        if user_id in (None, row.user_id):
            return _told(row, now)
    return None


async def several(
    database: Database, render_ids: Sequence[str], now: datetime
) -> list[dict[str, Any]]:
    """The same of several renders, in one question; the newest first."""
    rows = await database.rows(_SEVERAL, render_ids=render_ids)
    return [_told(row, now) for row in sorted(rows, key=lambda row: row.id, reverse=True)]


async def status(session: AsyncSession, render: Render, now: datetime) -> dict[str, Any]:
    """The same as a transaction sees it."""
    return _told((await session.execute(_ONE, {"render_id": render.id})).one(), now)


def _told(row: Row[*tuple[Any, ...]], now: datetime) -> dict[str, Any]:
    song = Sung(*(getattr(row, f"song_{name}") for name in Sung._fields))
    more = {"queue_position": row.queue_position, "credit": row.credit}
    return described(row, song, now) | more


def described(render: Rendered, song: Song | Sung | None, now: datetime) -> dict[str, Any]:
    """The same without the place in the queue and what became of the credit."""
    share = progress(render)
    expired = render.expires_at is not None and render.expires_at < now
    gone = expired or render.deleted_at is not None
    return {
        "id": render.id,
        "status": render.status,
        "progress": share,
        "percent": round(share * 100, 1),
        "error": _error(render),
        "stage": render.status,
        "frames": render.frames,
        "frames_done": render.frames_done,
        "frames_per_second": render.frames_per_second,
        "seconds_left": _seconds_left(render),
        "queue_position": None,
        "credit": None,
        "poster": None if gone else mark(render.poster_key),
        "version": render.version,
        "submission_id": render.submission_id,
        "song": None if song is None else _song(song, now),
        "look": render.look,
        "size": f"{render.width}x{render.height}",
        "width": render.width,
        "height": render.height,
        "fps": render.fps,
        "start": render.start,
        "end": render.end,
        "tier": render.tier,
        "codec": render.codec,
        "quality": render.quality,
        "watermark": render.watermark,
        "seconds": render.seconds,
        "bytes": render.bytes,
        "created_at": _written(render.created_at),
        "started_at": _written(render.started_at),
        "finished_at": _written(render.finished_at),
        "expires_at": _written(render.expires_at),
        "deleted": gone,
    }


def mark(key: str | None) -> str | None:
    """A short word for what lies under a key: another key, another word."""
    return None if key is None else hashlib.sha256(key.encode()).hexdigest()[:12]


def progress(render: Rendered) -> float:
    """How far a render is, from 0 to 1; for one that failed or was cancelled, how far it came."""
    drawn = render.frames_done / render.frames if render.frames else 0.0
    if render.status in ("drawing", "failed", "cancelled"):
        begun = _BEGUN["drawing"] if render.frames else 0.0
        return round(begun + _DRAWING * drawn, 4)
    return _BEGUN[render.status]


def _seconds_left(render: Rendered) -> float | None:
    if render.status != "drawing" or not render.frames_per_second:
        return None
    return round((render.frames - render.frames_done) / render.frames_per_second, 1)


def _error(render: Rendered) -> dict[str, Any] | None:
    if render.error_code is None:
        return None
    code = _RENAMED.get(render.error_code, render.error_code)
    return {"code": code, "message": render.error_message or ""}


def _song(song: Song | Sung, now: datetime) -> dict[str, Any]:
    return {
        "name": song.name,
        "title": song.title,
        "artist": song.artist,
        "seconds": song.seconds,
        "sha256": song.sha256,
        "kept": songs.is_kept(song, now),
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
