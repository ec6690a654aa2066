"""Equal orders share a video, and what is kept no longer is deleted once nobody has it."""

from ordering import (
    NOON,
    a_song,
    an_order,
    balance,
    claimed,
    count,
    later,
    letters,
    seen,
    somebody,
    submitted,
    surely_claimed,
)

from oriel.service import endings, expiry, segments, snapshots
from oriel.service.db import Database
from oriel.service.models import Render, Segment, Song, User

DAY = 86_400.0


async def finished(database: Database, user: User, **order: object) -> Render:
    """A render of this user that is done, with its work files still there."""
    song = await a_song(database, user)
    render = (await submitted(database, user, song, an_order(**order))).renders[0]
    work = await surely_claimed(database)
    async with database.begin() as session:
        await segments.lay(session, work, [(0, 60)])
    work = await surely_claimed(database)
    async with database.begin() as session:
        await segments.drawn(session, work, expiry.segment_key(render.id, 0, work.fence, "h264"))
    work = await surely_claimed(database)
    async with database.begin() as session:
        keys = expiry.result_keys(render.id, work.fence, "h264")
        await endings.complete(
            session, work, keys=keys, size=9, seconds=2.0, now=later(60), keep_days=30
        )
    return await seen(database, render)


async def test_an_equal_order_of_somebody_else_is_done_at_once_for_a_credit(
    database: Database,
) -> None:
    first = await finished(database, await somebody(database))
    other = await somebody(database)

    render = (await submitted(database, other, await a_song(database, other))).renders[0]

    assert render.status == "done"
    assert render.video_key == first.video_key
    assert await balance(database, other.id) == 4
    assert await letters(database, render) == ["video_ready"]
    assert await claimed(database) is None


async def test_an_equal_order_of_the_same_user_costs_nothing(database: Database) -> None:
    user = await somebody(database)
    await finished(database, user)

    render = (await submitted(database, user, await a_song(database, user))).renders[0]

    assert render.status == "done"
    assert await balance(database, user.id) == 4


async def test_an_equal_order_that_waited_takes_the_video_of_the_first(database: Database) -> None:
    user, other = await somebody(database), await somebody(database)
    song = await a_song(database, other)
    waiting = (await submitted(database, other, song)).renders[0]
    work = await surely_claimed(database)
    assert work.render_id == waiting.id
    await finished(database, user)

    async with database.begin() as session:
        assert await endings.reused(session, work, later(70), 30, 180.0)

    assert (await seen(database, waiting)).status == "done"


async def test_an_old_video_is_deleted_and_says_so(database: Database) -> None:
    render = await finished(database, await somebody(database))

    async with database.begin() as session:
        assert await expiry.expire(session, later(29 * DAY)) == 0
    async with database.begin() as session:
        assert await expiry.expire(session, later(31 * DAY)) == 2  # and its song

    async with database.begin() as session:
        left = await expiry.videos(session)
        assert [one.keys for one in left] == [
            (render.video_key, render.poster_key, render.thumbnail_key)
        ]
        await expiry.videos_deleted(session, render.id)
        songs = await expiry.songs(session)
        assert len(songs) == 1
        await expiry.song_deleted(session, songs[0].id)
    async with database.read() as session:
        assert await expiry.videos(session) == []
        assert await expiry.songs(session) == []
        status = await snapshots.status(session, await seen(database, render), later(31 * DAY))
    assert status["deleted"]
    assert status["status"] == "done"


async def test_a_shared_video_stays_until_the_last_has_ended(database: Database) -> None:
    first = await finished(database, await somebody(database))
    other = await somebody(database)
    song = await a_song(database, other)
    await submitted(database, other, song, now=later(10 * DAY))

    async with database.begin() as session:
        await expiry.expire(session, later(31 * DAY))
        assert [one.keys for one in await expiry.videos(session)] == [()]
        await expiry.videos_deleted(session, first.id)
    async with database.begin() as session:
        await expiry.expire(session, later(41 * DAY))
        assert [one.keys for one in await expiry.videos(session)] == [
            (first.video_key, first.poster_key, first.thumbnail_key)
        ]


async def test_a_song_stays_while_a_render_needs_it(database: Database) -> None:
    user = await somebody(database)
    await submitted(database, user, await a_song(database, user))

    async with database.begin() as session:
        assert await expiry.expire(session, later(100 * DAY)) == 0


async def test_a_song_that_is_sent_again_is_there_again(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    async with database.begin() as session:
        assert await expiry.expire(session, later(31 * DAY)) == 1

    again = await a_song(database, user)

    assert again.id == song.id
    assert again.deleted_at is None
    assert again.key != song.key
    assert await count(database, Song) == 1


async def test_what_the_making_left_is_deleted_but_never_the_video(database: Database) -> None:
    render = await finished(database, await somebody(database))

    async with database.begin() as session:
        (left,) = await expiry.pieces(session)
        await expiry.pieces_deleted(session, render.id)

    assert expiry.segment_key(render.id, 0, 1, "h264") in left.keys
    assert expiry.bands_key(render.submission_id) in left.keys
    assert expiry.early_key(render.id) in left.keys
    assert render.video_key not in left.keys
    assert await count(database, Segment) == 0
    async with database.read() as session:
        assert await expiry.pieces(session) == []


async def test_everything_of_a_user_is_forgotten_at_once(database: Database) -> None:
    user = await somebody(database)
    render = await finished(database, user)

    async with database.begin() as session:
        await expiry.forget(session, user.id, NOON)

    assert (await seen(database, render)).deleted_at == NOON
    async with database.read() as session:
        assert len(await expiry.songs(session)) == 1
