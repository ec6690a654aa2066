"""A render goes in; what its owner is told of it, as JSON, comes out."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service.models import Render, Song

# How far each stage is at its beginning; drawing fills what lies between.
_BEGUN = {"queued": 0.0, "preparing": 0.02, "drawing": 0.05, "finishing": 0.95, "done": 1.0}
_DRAWING = _BEGUN["finishing"] - _BEGUN["drawing"]


async def status(session: AsyncSession, render: Render, now: datetime) -> dict[str, Any]:
    """Everything that the status of a render says."""
    song = await session.get(Song, render.song_id)
    place = await _place(session, render) if render.status == "queued" else None
    return described(render, song, now) | {"queue_position": place}


def described(render: Render, song: Song | None, now: datetime) -> dict[str, Any]:
    """The same without the place in the queue, for lists."""
    share = progress(render)
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
        "version": render.version,
        "submission_id": render.submission_id,
        "song": _song(song),
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
        "deleted": render.deleted_at is not None
        or (render.expires_at is not None and render.expires_at < now),
    }


def progress(render: Render) -> float:
    """How far a render is, from 0 to 1; for one that failed or was cancelled, how far it came."""
    drawn = render.frames_done / render.frames if render.frames else 0.0
    if render.status in ("drawing", "failed", "cancelled"):
        begun = _BEGUN["drawing"] if render.frames else 0.0
        return round(begun + _DRAWING * drawn, 4)
    return _BEGUN[render.status]


def _seconds_left(render: Render) -> float | None:
    if render.status != "drawing" or not render.frames_per_second:
        return None
    return round((render.frames - render.frames_done) / render.frames_per_second, 1)


def _error(render: Render) -> dict[str, Any] | None:
    if render.error_code is None:
        return None
    return {"code": render.error_code, "message": render.error_message or ""}


def _song(song: Song | None) -> dict[str, Any] | None:
    if song is None:
        return None
    return {
        "name": song.name,
        "title": song.title,
        "artist": song.artist,
        "seconds": song.seconds,
        "sha256": song.sha256,
    }


async def _place(session: AsyncSession, render: Render) -> int:
    """1 for the render that is begun next."""
    ahead = or_(
        Render.priority > render.priority,
        and_(Render.priority == render.priority, Render.id < render.id),
    )
    wanted = select(func.count()).select_from(Render).where(Render.status == "queued", ahead)
    return (await session.scalar(wanted) or 0) + 1


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
