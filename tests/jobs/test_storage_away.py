"""Work waits for a storage that fails, in whichever stage, and is then done and told once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import buckets
import cutting
import pytest
from databases import on_sqlite
from gates import Gates
from ordering import an_order, balance, seen
from postbox import Postbox
from sqlalchemy import select
from working import PATIENCE_SECONDS, SMALL, Works

from oriel.jobs import worker
from oriel.service.leases import MOST_STARTS
from oriel.service.models import Render, Segment

# Of each stage what runs before it puts anything, if it comes so far, and how often it is to fail.
STAGES = (("preparing", None, MOST_STARTS + 1), ("drawing", "render", 1), ("finishing", "join", 1))
A_MINUTE = 60.0
IN_MID_UPLOAD = 70_000  # bytes of a request, more than what goes through at once


@dataclass(frozen=True)
class Away:
    """Has a storage fail from now on, or serve again."""

    go: Callable[[], object]
    come_back: Callable[[], object]


@asynccontextmanager
async def a_folder(workplace: Works) -> AsyncIterator[Away]:
    """A folder whose disk is not mounted meanwhile: where it was lies an empty one."""
    place = workplace.folder / "data" / "storage"
    elsewhere = place.with_name("elsewhere")

    def go() -> None:
        place.rename(elsewhere)
        place.mkdir()

    def come_back() -> None:
        place.rmdir()  # nothing may lie there: it would be out of sight
        elsewhere.rename(place)

    yield Away(go, come_back)


@asynccontextmanager
async def a_bucket(workplace: Works) -> AsyncIterator[Away]:
    """A bucket to which every connection is cut meanwhile."""
    async with way_to_a_bucket(workplace, patience=0.2) as way:
        way.after = 1
        yield Away(lambda: setattr(way, "cuts", 10**6), lambda: setattr(way, "cuts", 0))


@asynccontextmanager
async def way_to_a_bucket(workplace: Works, patience: float) -> AsyncIterator[cutting.Way]:
    """The way that workers have to their storage, which try each request for so long."""
    with buckets.emulated("gcp-storage-emulator", workplace.folder) as endpoint:
        async with cutting.way_to(urlsplit(endpoint).port or 0) as way:
            key = buckets.credentials(workplace.folder)
            options = f"endpoint=http://127.0.0.1:{way.port}&credentials={key}&patience={patience}"
            workplace.environment["ORIEL_STORAGE"] = f"gs://{buckets.BUCKET}?{options}"
            yield way


@on_sqlite
@pytest.mark.parametrize("kind", [a_folder, a_bucket])
async def test_work_waits_for_a_storage_that_is_away_in_each_stage_and_is_done_once(
    workplace: Works,
    short_song: Path,
    postbox: Postbox,
    kind: Callable[[Works], AbstractAsyncContextManager[Away]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(worker, "_STORAGE_SECONDS", 0.2)  # a minute has twenty tries of three
    workplace.environment |= {**postbox.environment, "ORIEL_SEGMENT_SECONDS": "60"}
    gates = Gates(workplace.folder / "gates")
    for command in ("render", "join"):
        gates.shut(command)

    async with kind(workplace) as away:
        render = await workplace.order(short_song, an_order(sizes=SMALL, end=1.0))
        away.go()
        with gates.here():
            async with workplace.at_work():
                for stage, command, times in STAGES:
                    if command is not None:
                        await gates.reached(command)
                        away.go()
                        gates.open(command)
                    await waits(caplog, stage, times)
                    counted = await starts(workplace, render)
                    away.come_back()
                    assert counted <= 1, "a start that the storage failed is none"
                done = await workplace.until(render, "done", "failed")
                told = await postbox.told(workplace.database, render)

        assert done.status == "done", done.log
        assert await workplace.storage.exists(str(done.video_key))
    assert told == ["video_ready"]
    assert await balance(workplace.database, render.user_id) == 4


@on_sqlite
async def test_a_storage_that_cuts_an_upload_and_is_away_for_a_minute_costs_a_render_that_minute_alone(
    workplace: Works, short_song: Path, postbox: Postbox
) -> None:
    """By the clock on the wall; each request is tried for ten seconds of it, then the work waits."""
    workplace.environment |= {**postbox.environment, "ORIEL_SEGMENT_SECONDS": "60"}

    async with way_to_a_bucket(workplace, patience=10) as way:
        gates = Gates(workplace.folder / "gates")
        gates.shut("render")
        workplace.start("--slots", "1", within=gates.within)
        render = await workplace.order(short_song, an_order(sizes=((854, 480),), end=2.0))
        await gates.reached("render")
        way.after, way.then, way.cuts = IN_MID_UPLOAD, 1, 10**6
        gates.open("render")
        while not way.made:
            await asyncio.sleep(0.01)
        await asyncio.sleep(A_MINUTE)
        async with asyncio.timeout(PATIENCE_SECONDS):  # on a busy machine it is tried less often
            while workplace.logs().count(" waits: ") <= MOST_STARTS:
                await asyncio.sleep(0.1)
        meanwhile, counted = await seen(workplace.database, render), await starts(workplace, render)
        way.cuts = 0
        done = await workplace.until(render, "done", "failed")
        told = await postbox.told(workplace.database, render)

    assert meanwhile.status == "drawing"
    assert counted <= 1, "a start that the storage failed is none"
    assert done.status == "done", done.log
    assert (done.bytes or 0) > IN_MID_UPLOAD
    assert told == ["video_ready"]
    assert await balance(workplace.database, render.user_id) == 4


async def waits(caplog: pytest.LogCaptureFixture, stage: str, times: int) -> None:
    """Wait until the storage has failed the work of a stage so often."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(_waits(record.getMessage(), stage) for record in caplog.records) < times:
            await asyncio.sleep(0.03)


def _waits(message: str, stage: str) -> bool:
    return message.startswith(f"{stage} ") and " waits: " in message


async def starts(workplace: Works, render: Render) -> int:
    """How many starts of what is under way count: the one that goes on, or none."""
    async with workplace.database.read() as session:
        segments = await session.scalars(select(Segment.attempts))
        return max([*segments, (await seen(workplace.database, render)).attempts])
