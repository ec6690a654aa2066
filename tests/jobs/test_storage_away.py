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
from ordering import an_order, balance, seen
from postbox import Postbox
from sqlalchemy import select
from working import PATIENCE_SECONDS, SMALL, Works

from oriel.jobs import worker
from oriel.service.leases import MOST_STARTS
from oriel.service.models import Render, Segment

# Of each stage what runs before it puts anything, if it comes so far, and how often it is to fail.
STAGES = (("preparing", None, MOST_STARTS + 1), ("drawing", "render", 1), ("finishing", "join", 1))


@dataclass(frozen=True)
class Away:
    """Has a storage fail from now on, or serve again."""

    go: Callable[[], object]
    come_back: Callable[[], object]


@asynccontextmanager
async def a_folder(workplace: Works) -> AsyncIterator[Away]:
    """A folder in whose place a file lies meanwhile."""
    place = workplace.folder / "data" / "storage"
    elsewhere = place.with_name("elsewhere")

    def go() -> None:
        place.rename(elsewhere)
        place.write_text("no folder")

    def come_back() -> None:
        place.unlink()
        elsewhere.rename(place)

    yield Away(go, come_back)


@asynccontextmanager
async def a_bucket(workplace: Works) -> AsyncIterator[Away]:
    """A bucket to which every connection is cut meanwhile."""
    with buckets.emulated("gcp-storage-emulator", workplace.folder) as endpoint:
        async with cutting.way_to(urlsplit(endpoint).port or 0) as way:
            key = buckets.credentials(workplace.folder)
            options = f"endpoint=http://127.0.0.1:{way.port}&credentials={key}&patience=0.2"
            workplace.environment["ORIEL_STORAGE"] = f"gs://{buckets.BUCKET}?{options}"
            way.after = 1
            yield Away(lambda: setattr(way, "cuts", 10**6), lambda: setattr(way, "cuts", 0))


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

    async with kind(workplace) as away:
        render = await workplace.order(short_song, an_order(sizes=SMALL, end=1.0))
        away.go()
        async with workplace.at_work():
            for stage, command, times in STAGES:
                if command is not None:
                    await begun(workplace, command)
                    away.go()
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


async def begun(workplace: Works, command: str) -> None:
    """Wait until a child of the worker runs this command."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not workplace.children(command):
            await asyncio.sleep(0.03)


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
