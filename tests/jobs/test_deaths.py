"""What dies under a render costs little: a worker its lease and one segment, a child one of three starts."""

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from apis import a_song
from databases import Schemas, on_sqlite
from gates import Gates
from ordering import an_order, balance, seen
from postbox import Postbox
from sqlalchemy import select, update
from working import PATIENCE_SECONDS, SMALL, Works, works

from oriel.jobs.worker import SLOTS
from oriel.service import db, expiry
from oriel.service.expiry import ENDED
from oriel.service.leases import MOST_STARTS, RUNNING, Stage
from oriel.service.models import Render, Segment

LEASE_SECONDS = 15.0  # that nobody chose
SEGMENTS = 4  # of two seconds each
LATE_SECONDS = 10.0  # workers look each second; the rest is for a machine with much else to do
HELD_BY = {"preparing": "probe", "drawing": "render", "finishing": "join"}  # what a stage runs


async def test_work_of_a_killed_worker_is_done_by_another_within_its_lease_and_a_segment(
    schemas: Schemas, short_song: Path, postbox: Postbox, tmp_path: Path
) -> None:
    """In each stage, and with the lease that all have who choose no other."""
    deaths = []
    for stage in RUNNING:
        (folder := tmp_path / stage).mkdir()
        deaths.append(died_in(stage, folder, schemas.postgresql(), short_song, postbox))

    ends = await asyncio.gather(*deaths)

    for stage, late in zip(RUNNING, ends, strict=True):
        assert -LEASE_SECONDS / 3 - 1 < late < LATE_SECONDS, stage  # a third of it may be over


@on_sqlite
async def test_a_worker_that_has_as_many_slots_as_it_chooses_takes_one_segment_of_each_along(
    workplace: Works, postbox: Postbox
) -> None:
    workplace.environment |= {**postbox.environment, "ORIEL_LEASE_SECONDS": "2"}
    song = workplace.folder / "song.wav"
    song.write_bytes(a_song(SEGMENTS * 2))
    gates = Gates(workplace.folder / "gates")
    gates.shut("render", after=1)
    worker = workplace.start(within=gates.within)
    render = await workplace.order(song, an_order(sizes=SMALL))

    held: set[str] = set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(held) < SLOTS or not await segments(workplace, render, "done"):
            held = await segments(workplace, render, "drawing")
            await asyncio.sleep(0.02)
    worker.kill()
    worker.wait()
    drawn = await segments(workplace, render, "done")
    lost = await segments(workplace, render, "drawing", "waiting")
    workplace.start()
    done = await workplace.until(render, *ENDED)

    assert done.status == "done", done.log
    assert len(held) == SLOTS
    assert drawn
    assert len(drawn | lost) == SEGMENTS
    assert workplace.drew(1) == lost, "what was drawn is not drawn again"
    assert await postbox.told(workplace.database, done) == ["video_ready"]
    assert await balance(workplace.database, done.user_id) == 4


@on_sqlite
async def test_a_render_that_fails_each_time_fails_for_good_and_others_are_unhurt(
    workplace: Works, short_song: Path, postbox: Postbox
) -> None:
    workplace.environment |= {**postbox.environment, "ORIEL_SEGMENT_SECONDS": "60"}
    spoilt = await workplace.order(short_song, an_order(sizes=SMALL))
    gates = Gates(workplace.folder / "gates")
    gates.shut("render")
    worker = workplace.start("--slots", "1", within=gates.within)
    await gates.reached("render")
    junk = workplace.folder / "junk"
    junk.write_bytes(b"no bands")
    # A worker that has not fetched them yet finds what nobody can draw.
    worker.kill()
    worker.wait()
    async with workplace.database.begin() as session:
        await session.execute(update(Segment).values(lease_until=None))
    key = expiry.bands_key(spoilt.submission_id)
    await workplace.storage.put(key, junk, "application/octet-stream")
    # So large that it is not drawn before it crashes.
    crashing = await workplace.order(short_song, an_order(sizes=((1280, 720),)))
    other = await workplace.order(short_song, an_order(sizes=SMALL, end=2.0))
    workplace.start()

    crashed = await crashes(workplace, crashing)
    failed = [await workplace.until(one, "done", "failed") for one in (spoilt, crashing)]
    done = await workplace.until(other, "done", "failed")

    for render in failed:
        assert (render.status, render.error_code) == ("failed", "render_failed")
        assert str(workplace.folder) not in (render.error_message or "")
        assert await postbox.told(workplace.database, render) == ["video_failed"]
        assert await balance(workplace.database, render.user_id) == 5
    assert "bands" in failed[0].log
    assert f"oriel render: {128 + signal.SIGSEGV}" in failed[1].log
    assert len(crashed) == MOST_STARTS
    in_vain = set(re.findall(r"drawing (\w+-\d+) failed", workplace.logs()))
    assert crashed < in_vain
    assert len(in_vain - crashed) == MOST_STARTS
    assert done.status == "done", done.log
    assert await balance(workplace.database, other.user_id) == 4


async def died_in(
    stage: Stage, folder: Path, database_url: str, song: Path, postbox: Postbox
) -> float:
    """Kill a worker in this stage of a render, which another one does, and look at what comes of it.

    How many seconds more than its work and the lease that took.
    """
    database = db.open_database(database_url)
    one_segment = {"ORIEL_SEGMENT_SECONDS": "60"}
    with works(folder, database, database_url, **postbox.environment, **one_segment) as workplace:
        gates = Gates(folder / "gates")
        gates.shut(HELD_BY[stage])
        workplace.start("--slots", "1", within=gates.within)
        render = await workplace.order(song, an_order(sizes=SMALL, end=4.0))
        worker = await claimed(workplace, render, stage)
        workplace.start("--slots", "1")
        await workplace.ready()
        os.kill(int(worker.rpartition("-")[2]), signal.SIGKILL)
        killed = time.monotonic()

        done = await workplace.until(render, *ENDED)

        seconds = time.monotonic() - killed
        assert done.status == "done", done.log
        assert await postbox.told(database, done) == ["video_ready"]
        assert await balance(database, done.user_id) == 4
        work = seconds_of_work(workplace, done, RUNNING[RUNNING.index(stage) :])
    await database.close()
    return seconds - work - LEASE_SECONDS


async def claimed(workplace: Works, render: Render, stage: Stage) -> str:
    """The worker that has a render in this stage, once there is one."""
    rows = Segment if stage == "drawing" else Render
    mine = Segment.render_id if stage == "drawing" else Render.id
    wanted = select(rows.worker).where(
        mine == render.id, rows.status == stage, rows.worker.is_not(None)
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with workplace.database.read() as session:
                if worker := await session.scalar(wanted):
                    return worker
            await asyncio.sleep(0.02)


async def segments(workplace: Works, render: Render, *statuses: str) -> set[str]:
    """The segments of a render that have one of these."""
    wanted = select(Segment.id).where(Segment.render_id == render.id, Segment.status.in_(statuses))
    async with workplace.database.read() as session:
        return set(await session.scalars(wanted))


def seconds_of_work(workplace: Works, render: Render, stages: Sequence[Stage]) -> float:
    """How long these stages of a render took whoever lived, as the workers logged it."""
    lines = [json.loads(line) for line in workplace.logs().splitlines() if render.id in line]
    told = [re.match(r"(\w+) \S+ in (.*) s$", line["event"]) for line in lines]
    return sum(float(one[2]) for one in told if one and one[1] in stages)


async def crashes(workplace: Works, render: Render) -> set[str]:
    """Have whatever draws a render crash, as a driver does, until the render has ended.

    Which pieces of work it was. What is around the children lives on.
    """
    mine = select(Segment.id).where(Segment.render_id == render.id)
    itself = f"{sys.executable}\0-m\0oriel\0".encode()
    crashed = set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await seen(workplace.database, render)).status not in ENDED:
            async with workplace.database.read() as session:
                segments = set(await session.scalars(mine))
            for process, words in workplace.processes("render", itself).items():
                work = re.search(rb"/jobs/((\w+)-\d+)/", words)
                if work and work[2].decode() in segments:
                    with suppress(ProcessLookupError):  # it ended just now by itself
                        os.kill(process, signal.SIGSEGV)
                        crashed.add(work[1].decode())
            await asyncio.sleep(0.03)
    return crashed
