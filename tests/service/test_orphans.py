"""Files that a killed process left are deleted, and never one that somebody needs or is writing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import storages
from loops import Loop
from ordering import a_song, drawn, later, one, somebody, submitted, surely_claimed
from storages import Stored

from oriel.service import endings, expiry, ids, orphans, songs
from oriel.service.db import Database
from oriel.service.models import Render
from oriel.service.storage import Storage

HOUR = timedelta(hours=1)


async def put(storage: Storage, *keys: str) -> None:
    for key in keys:
        await storage.put(key, piece(), "video/mp4")


async def piece() -> AsyncIterator[bytes]:
    yield b"bytes"


async def lying(storage: Storage) -> set[str]:
    return {
        one.key
        for place in ("songs/", "work/", "videos/", "other/")
        async for one in storage.listed(place)
    }


async def swept(database: Database, storage: Storage, after: timedelta) -> int:
    """Sweep as it will be in a while."""
    return await orphans.sweep(database, storage, datetime.now(UTC) + after)


async def finished(database: Database) -> tuple[Render, tuple[str, str, str]]:
    """A render that is done, and where its files lie."""
    render = await drawn(database)
    work = await surely_claimed(database)
    keys = expiry.result_keys(render.id, work.fence, "h264")
    async with database.begin() as session:
        await endings.complete(
            session, work, keys=keys, size=5, seconds=2.0, now=later(60), keep_days=30
        )
    return render, keys


@pytest.fixture
def storage(tmp_path: Path, loop: Loop) -> Storage:
    made = storages.folder(tmp_path / "storage")
    loop.run(made.begin())
    return made


async def test_what_nobody_speaks_of_for_a_day_is_deleted_from_every_storage(
    stored: Stored, database: Database
) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    lost = [
        songs.new_key(user.id),  # sent, and never ordered
        songs.new_key(ids.new()),  # by somebody who is not there
        expiry.bands_key(ids.new()),
        expiry.segment_key(ids.new(), 0, 1, "h264"),
        *expiry.result_keys(ids.new(), 1, "h264"),
    ]
    await put(stored.storage, song.key, "other/theirs.bin", *lost)

    early = await swept(database, stored.storage, orphans.GRACE - HOUR)
    kept = await lying(stored.storage)
    late = await swept(database, stored.storage, orphans.GRACE + HOUR)

    assert early == 0
    assert kept == {song.key, "other/theirs.bin", *lost}
    assert late == len(lost)
    assert await lying(stored.storage) == {song.key, "other/theirs.bin"}


async def test_whatever_belongs_to_a_render_under_way_stays_however_old(
    database: Database, storage: Storage
) -> None:
    render = await one(database)
    needed = {
        expiry.bands_key(render.submission_id),
        expiry.segment_key(render.id, 0, 1, "h264"),
        expiry.result_keys(render.id, 3, "h264")[0],
    }
    await put(storage, *needed)

    assert await swept(database, storage, 30 * orphans.GRACE) == 0
    assert await lying(storage) == needed


async def test_of_a_finished_render_what_it_names_stays(
    database: Database, storage: Storage
) -> None:
    render, keys = await finished(database)
    attempt = expiry.result_keys(render.id, 99, "h264")
    late = expiry.segment_key(render.id, 0, 2, "h264")  # of a worker that woke up afterwards
    await put(storage, *keys, *attempt, late)

    assert await swept(database, storage, 2 * orphans.GRACE) == 4
    assert await lying(storage) == set(keys)


async def test_a_video_stays_while_an_equal_order_has_it(
    database: Database, storage: Storage
) -> None:
    render, keys = await finished(database)
    other = await somebody(database)
    equal = (await submitted(database, other, await a_song(database, other))).renders[0]
    await put(storage, *keys)
    async with database.begin() as session:
        await expiry.forget(session, render.user_id, later(70))
        await expiry.videos_deleted(session, render.id)

    first = await swept(database, storage, 2 * orphans.GRACE)
    async with database.begin() as session:
        await expiry.forget(session, other.id, later(80))
        await expiry.videos_deleted(session, equal.id)
    second = await swept(database, storage, 2 * orphans.GRACE)

    assert equal.status == "done"
    assert (first, second) == (0, 3)
    assert await lying(storage) == set()


async def test_more_files_than_are_asked_about_at_once_are_swept(
    database: Database, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "_AT_ONCE", 2)
    await put(storage, *(songs.new_key("somebody") for _ in range(7)))

    assert await swept(database, storage, 2 * orphans.GRACE) == 7
