"""Orders become videos, whatever happens to the workers that make them."""

import asyncio
import os
import signal
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from apis import a_song
from databases import on_postgresql, on_sqlite
from gates import Gates
from numpy.typing import NDArray
from ordering import an_order, balance, count, seen, somebody, submitted
from pausing import paused
from postbox import Postbox
from postgres import Postgres
from sqlalchemy import select
from working import PATIENCE_SECONDS, SMALL, Works, drawn

from oriel import look
from oriel.service import expiry, songs
from oriel.service.models import Segment

# Its grain is another one twelve times a second: no picture is like those beside it.
GRAINY = look.load({"background": "#404040", "effects": {"grain": {"amount": 1.0}}}).to_json()
ITSELF = os.fsencode(sys.executable) + b"\0-m\0oriel\0"  # a child, within what is around it
SOON_SECONDS = 15  # less than the grace of who chooses none
SAME = 3  # at most so far from each other, of 255, are two encodings of one picture


@on_postgresql
async def test_two_workers_make_one_video_which_is_the_single_render_frame_by_frame(
    workplace: Works, short_song: Path, postbox: Postbox
) -> None:
    workplace.environment |= postbox.environment
    alone, unspoilt = workplace.folder / "alone.mp4", workplace.folder / "unspoilt.mp4"
    order = an_order(
        look=GRAINY,
        sizes=SMALL,
        fps=Fraction(12),
        start=0.5,
        tier="personal",
        quality="high",
    )
    user = await somebody(workplace.database, personal=1)
    for _ in range(2):
        workplace.start("--slots", "1")
    await workplace.ready()

    async with paused(workplace.database, "UPDATE", "segments") as pause:
        render = await workplace.order(short_song, order, user)
        await pause.holds(2, PATIENCE_SECONDS)  # each of them has a part before one is drawn
    done = await workplace.until(render, "done", "failed")

    assert done.status == "done", done.log
    for path, quality in ((alone, "high"), (unspoilt, 1)):
        await drawn(short_song, path, order, fps=12, start=0.5, quality=quality)
    together = await workplace.fetched(done)
    one, other, best = (pictures(path).astype(int) for path in (together, alone, unspoilt))
    assert one.shape == other.shape == best.shape
    # An encoder that begins anew chooses other quantisers: that costs no picture more than encoding.
    apart, noise = (np.abs(other - encoded).mean(axis=(1, 2)) for encoded in (one, best))
    assert apart.max() < SAME
    assert apart.mean() < noise.mean()
    for late, early in ((other, one), (one, other)):
        shifted = np.abs(late[1:] - early[:-1]).mean(axis=(1, 2))
        assert shifted.min() > SAME, "no picture may be taken for the one beside it"
    with av.open(str(together)) as video:
        assert video.streams.audio
    assert done.bytes == together.stat().st_size
    assert done.seconds == pytest.approx(5.5)
    for key in (done.poster_key, done.thumbnail_key):
        assert key is not None
        assert await workplace.storage.exists(key)
    assert await postbox.told(workplace.database, done) == ["video_ready"]
    drew = [workplace.drew(number) for number in range(2)]
    assert all(drew), "each of them draws"
    assert len(drew[0] | drew[1]) == len(drew[0]) + len(drew[1]) == 3


@on_postgresql
async def test_a_database_that_is_killed_and_comes_back_loses_nothing(
    workplace: Works, short_song: Path, postgres: Postgres, postbox: Postbox
) -> None:
    workplace.environment |= {**postbox.environment, "ORIEL_LEASE_SECONDS": "2"}
    gates = Gates(workplace.folder / "gates")
    gates.shut("render")
    workplace.start(within=gates.within)
    render = await workplace.order(short_song, an_order(sizes=SMALL, end=4.0))
    await workplace.until(render, "drawing")

    await asyncio.to_thread(postgres.kill)
    gates.open("render")
    await asyncio.sleep(1)
    await asyncio.to_thread(postgres.start)
    done = await workplace.until(render, "done", "failed")

    assert done.status == "done", done.log
    assert await balance(workplace.database, render.user_id) == 4
    assert await postbox.told(workplace.database, render) == ["video_ready"]


@on_sqlite
async def test_what_is_no_song_fails_at_once_with_a_sentence(workplace: Works) -> None:
    text = workplace.folder / "text.mp3"
    text.write_text("no song at all")
    workplace.start()

    render = await workplace.order(text, an_order(sizes=SMALL))
    failed = await workplace.until(render, "done", "failed")

    assert (failed.status, failed.error_code) == ("failed", "bad_song")
    assert (failed.error_message or "").startswith("song.wav is not a sound file")
    assert failed.attempts == 1
    assert await balance(workplace.database, failed.user_id) == 5


@on_sqlite
async def test_a_disk_that_is_full_fails_a_render_and_not_the_worker(
    workplace: Works, short_song: Path
) -> None:
    workplace.environment["ORIEL_SEGMENT_SECONDS"] = "60"
    scratch = workplace.folder / "data" / "scratch"
    scratch.mkdir(parents=True)
    small = (
        "bwrap",
        "--die-with-parent",
        "--dev-bind",
        "/",
        "/",
        "--size",
        "500000",
        "--tmpfs",
        str(scratch),
    )
    workplace.start("--slots", "1", within=small)

    large = an_order(sizes=((854, 480),), quality="high")
    failed = await workplace.until(await workplace.order(short_song, large), "done", "failed")
    blip = workplace.folder / "blip.wav"  # it has no beat to be heard, which takes room too
    blip.write_bytes(a_song(1))
    little = await workplace.order(blip, an_order(sizes=SMALL))
    done = await workplace.until(little, "done", "failed")

    assert (failed.status, failed.error_code) == ("failed", "render_failed")
    assert "No space left" in failed.log
    assert await balance(workplace.database, failed.user_id) == 5
    assert done.status == "done", done.log


@on_sqlite
@pytest.mark.parametrize(("grace", "times"), [("0.1", 1), ("900", 2)], ids=["asked", "asked twice"])
async def test_a_worker_that_is_asked_to_stop_hands_its_work_back(
    workplace: Works, short_song: Path, grace: str, times: int
) -> None:
    workplace.environment["ORIEL_SEGMENT_SECONDS"] = "60"
    worker = workplace.start("--slots", "1", "--grace", grace)
    render = await workplace.order(short_song, an_order(sizes=((1280, 720),)))
    await workplace.until(render, "drawing")
    while not (drawing := workplace.processes("render", ITSELF)):
        await asyncio.sleep(0.02)
    for process in drawing:
        os.kill(process, signal.SIGSTOP)  # it would never end by itself

    asked = time.monotonic()
    for _ in range(times):
        worker.terminate()
        await workplace.said(" stops")  # two that come at once are one
    code = await asyncio.to_thread(worker.wait, PATIENCE_SECONDS)

    assert code == 0
    assert time.monotonic() - asked < SOON_SECONDS
    async with workplace.database.read() as session:
        segment = (await session.scalars(select(Segment))).one()
    assert (segment.status, segment.attempts, segment.lease_until) == ("waiting", 0, None)
    assert not list((workplace.folder / "data" / "scratch").iterdir())


@on_sqlite
async def test_a_worker_that_is_asked_to_stop_ends_what_it_can_within_its_grace(
    workplace: Works, short_song: Path
) -> None:
    workplace.environment["ORIEL_SEGMENT_SECONDS"] = "60"
    gates = Gates(workplace.folder / "gates")
    gates.shut("render")
    worker = workplace.start("--grace", str(PATIENCE_SECONDS), within=gates.within)
    render = await workplace.order(short_song, an_order(sizes=SMALL, end=4.0))
    await gates.reached("render")

    worker.terminate()
    await workplace.said(" stops")
    gates.open("render")
    code = await asyncio.to_thread(worker.wait, PATIENCE_SECONDS)

    assert code == 0
    assert (await seen(workplace.database, render)).status == "finishing", "and nobody began that"
    async with workplace.database.read() as session:
        segment = (await session.scalars(select(Segment))).one()
    assert (segment.status, segment.attempts) == ("done", 1)


@on_sqlite
async def test_a_worker_begins_no_more_renders_than_its_settings_let_it(
    workplace: Works, short_song: Path
) -> None:
    workplace.environment |= {"ORIEL_MAX_RUNNING": "2", "ORIEL_MAX_RUNNING_PER_USER": "1"}
    one, other, third = [await somebody(workplace.database) for _ in range(3)]
    order = an_order(sizes=((1280, 720),))
    renders = [await workplace.order(short_song, order, user) for user in (one, one, other, third)]

    workplace.start("--slots", str(len(renders)))
    await workplace.until(renders[2], "preparing", "drawing")
    await asyncio.sleep(1.5)  # it looks each second
    begun = [(await seen(workplace.database, render)).status for render in renders]

    assert [status in ("preparing", "drawing") for status in begun] == [True, False, True, False]
    assert (begun[1], begun[3]) == ("queued", "queued")


@on_sqlite
async def test_a_worker_draws_on_the_card_that_it_was_given(
    workplace: Works, short_song: Path
) -> None:
    """No machine has a card with this number, and the child says so."""
    render = await workplace.order(short_song, an_order(sizes=SMALL, end=1.0))

    workplace.start("--gpu", "63")

    async with asyncio.timeout(PATIENCE_SECONDS):
        while "There is no GPU device 63" not in (await seen(workplace.database, render)).log:
            await asyncio.sleep(0.1)


@on_sqlite
async def test_sizes_of_one_order_share_what_was_heard_and_leave_nothing_behind(
    workplace: Works, short_song: Path
) -> None:
    user = await somebody(workplace.database)
    song = await workplace.song(user, short_song)
    gates = Gates(workplace.folder / "gates")
    for _ in range(2):
        workplace.start(within=gates.within)

    order = an_order(sizes=((160, 90), (90, 160)), end=2.0)
    made = await submitted(workplace.database, user, song, order)
    done = [await workplace.until(render, "done", "failed") for render in made.renders]

    assert len([words for words in gates.come("bands") if "--needed" in words]) == 1
    assert [render.status for render in done] == ["done", "done"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await count(workplace.database, Segment):
            await asyncio.sleep(0.1)
    assert not await workplace.storage.exists(expiry.bands_key(done[0].submission_id))
    async with workplace.database.read() as session:
        rhythm = await songs.rhythm_of(session, song.id)
    assert rhythm is not None
    assert rhythm["tempo"] == pytest.approx(120, abs=1)
    assert np.diff(rhythm["beats"]) == pytest.approx(0.5, abs=0.05)
    stored = [path for path in (workplace.folder / "data" / "storage").rglob("*") if path.is_file()]
    assert len(stored) == 1 + 2 * 3  # the song, and of each size a video and two pictures


@on_sqlite
async def test_a_render_has_a_picture_while_it_is_drawn_and_is_made_without_one_too(
    workplace: Works, short_song: Path
) -> None:
    user = await somebody(workplace.database)
    song = await workplace.song(user, short_song)
    order = an_order(sizes=((160, 90), (90, 160)), end=4.0)
    shown, spoilt = (await submitted(workplace.database, user, song, order)).renders
    place = workplace.folder / "data" / "storage"
    (place / expiry.early_key(spoilt.id)).mkdir(parents=True)  # no file can lie there
    gates = Gates(workplace.folder / "gates")
    gates.shut("join")
    workplace.start("--slots", "1", within=gates.within)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while (early := await seen(workplace.database, shown)).poster_key is None:
            await asyncio.sleep(0.02)
    gates.open("join")
    done = [await workplace.until(render, "done", "failed") for render in (shown, spoilt)]

    assert early.status in ("drawing", "finishing")
    assert early.poster_key == expiry.early_key(shown.id)
    assert early.version > 2
    assert [render.status for render in done] == ["done", "done"]
    assert [render.poster_key for render in done] == [
        expiry.result_keys(render.id, render.fence, "h264")[1] for render in done
    ]
    assert f"{spoilt.id} has no picture yet" in workplace.logs()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await workplace.storage.exists(early.poster_key):
            await asyncio.sleep(0.1)


def pictures(path: Path) -> NDArray[np.uint8]:
    """Every decoded frame."""
    with av.open(str(path)) as video:
        return np.stack([frame.to_ndarray() for frame in video.decode(video=0)])
