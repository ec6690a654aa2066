"""Files that the storage lost: made anew where Oriel can, asked for again where it cannot."""

import hashlib
from pathlib import Path

import film
import pytest
from apis import a_song, served, settings
from databases import on_sqlite
from ordering import an_order, drawn, seen, surely_claimed
from sqlalchemy import select
from working import SMALL, Works, worked

from oriel.jobs.workshop import Failed
from oriel.service import expiry, segments
from oriel.service.models import Song


@on_sqlite
async def test_a_song_that_was_lost_is_asked_for_and_kept_when_it_is_sent_again(
    workplace: Works, database_url: str
) -> None:
    song, order = a_song(1), {"size": "160x90", "end": 0.5}
    address = f"/api/user/songs?sha256={hashlib.sha256(song).hexdigest()}"
    async with served(settings(database_url, workplace.folder / "data")) as stranger:
        owner = await stranger.registered()
        first = (await owner.order(song, **order)).json["id"]
        await workplace.storage.delete(await key_of_the_song(workplace))
        workplace.start("--slots", "1")
        failed = await workplace.until_ended(first)
        known = (await owner.get(address)).json["kept"]

        second = (await owner.order(song, **order)).json["id"]
        done = await workplace.until_ended(second)

    assert (failed.status, failed.error_code) == ("failed", "song_gone")
    assert failed.error_message == "The song is not there any more: send it again."
    assert not known
    assert done.status == "done", done.log
    assert await workplace.storage.exists(await key_of_the_song(workplace))


@on_sqlite
async def test_what_was_heard_is_heard_anew_and_the_lost_part_alone_is_drawn_again(
    workplace: Works, short_song: Path
) -> None:
    render = await workplace.order(short_song, an_order(sizes=SMALL, end=4.0))
    await worked(workplace, 2)  # prepared, and one of two segments is drawn
    async with workplace.database.read() as session:
        [part] = await segments.keys(session, render.id)
    await workplace.storage.delete(part)
    await workplace.storage.delete(expiry.bands_key(render.submission_id))

    workplace.start("--slots", "1")
    done = await workplace.until_ended(render.id)

    assert done.status == "done", done.log
    assert len(list(film.luma(await workplace.fetched(done)))) == 4 * 30
    assert f"{render.id} is drawn again: {part} is not stored any more" in workplace.logs()
    assert workplace.logs().count("drawing ") == 2


@on_sqlite
async def test_a_part_that_is_lost_again_fails_the_render_instead_of_waiting_for_ever(
    workplace: Works,
) -> None:
    await workplace.storage.put("songs/another", Path(__file__), "audio/flac")
    render = await drawn(workplace.database, (0, 60), (60, 60))
    await worked(workplace, 1)
    again = await seen(workplace.database, render)
    for _ in range(2):
        work = await surely_claimed(workplace.database)
        async with workplace.database.begin() as session:
            assert await segments.drawn(session, work, f"again-{work.number}")

    with pytest.raises(Failed, match="could not be made") as failure:
        await worked(workplace, 1)

    assert again.status == "drawing"
    assert failure.value.final
    assert "again-0" in failure.value.log


async def key_of_the_song(workplace: Works) -> str:
    async with workplace.database.read() as session:
        return (await session.scalars(select(Song.key))).one()
