"""A storage that takes what is sent and never answers keeps no worker from leaving."""

import asyncio
import signal
import time
from pathlib import Path

import buckets
from databases import on_sqlite
from gates import Gates
from ordering import an_order
from sqlalchemy import select
from working import SMALL, Works

from oriel.service.models import Segment, Worker

GRACE_SECONDS = 1
SOON_SECONDS = 16  # less than the grace of who chooses none
MUCH_LATER = 900  # seconds; a bucket is tried for so long


@on_sqlite
async def test_a_worker_whose_storage_hangs_leaves_soon_after_its_grace_and_hands_its_work_back(
    workplace: Works, short_song: Path
) -> None:
    with buckets.started(buckets.KINDS[0], workplace.folder) as (endpoint, bucket):
        storage = f"gs://{buckets.BUCKET}/a?endpoint={endpoint}&patience={MUCH_LATER}"
        workplace.environment |= {"ORIEL_STORAGE": storage, "ORIEL_SEGMENT_SECONDS": "60"}
        gates = Gates(workplace.folder / "gates")
        gates.shut("render")
        words = ("--slots", "1", "--grace", str(GRACE_SECONDS))
        worker = workplace.start(*words, within=gates.within)
        await workplace.order(short_song, an_order(sizes=SMALL))
        await gates.reached("render")
        bucket.send_signal(signal.SIGSTOP)
        gates.open("render")
        scratch = workplace.folder / "data" / "scratch"
        while not any(scratch.rglob("*.mp4")) or workplace.draws():
            await asyncio.sleep(0.01)

        asked = time.monotonic()
        worker.terminate()
        code = await asyncio.to_thread(worker.wait, MUCH_LATER)

    assert code == 0
    assert time.monotonic() - asked < GRACE_SECONDS + SOON_SECONDS
    async with workplace.database.read() as session:
        segment = (await session.scalars(select(Segment))).one()
        left = (await session.scalars(select(Worker))).all()
    assert (segment.status, segment.attempts, segment.lease_until) == ("waiting", 0, None)
    assert list(left) == []
    assert not list(scratch.iterdir())
