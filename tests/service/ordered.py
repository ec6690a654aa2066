"""Renders for tests, as rows alone: nothing draws them."""

from datetime import UTC, datetime

from oriel.service import ids
from oriel.service.db import Database
from oriel.service.models import Render, Song, Submission


async def render(database: Database, user_id: str, **fields: object) -> str:
    """The identifier of a new render of somebody's."""
    song, order, made = ids.new(), ids.new(), ids.new()
    about_song = {"sha256": song.ljust(64, "0"), "bytes": 1, "name": "a", "key": f"songs/{song}"}
    about_video = {"look": {}, "width": 16, "height": 16, "fps": "30", "tier": "free"}
    async with database.begin() as session:
        session.add(Song(id=song, user_id=user_id, expires_at=datetime.now(UTC), **about_song))
        session.add(Submission(id=order, user_id=user_id, request_hash="0" * 64))
        await session.flush()
        session.add(
            Render(
                id=made,
                user_id=user_id,
                submission_id=order,
                song_id=song,
                order_hash="0" * 64,
                **{**about_video, **fields},
            )
        )
    return made
