"""Who cancels a render has its child gone within two seconds, whatever that is about.

In Oriel's place the children of the second test run a stand-in: with a song that is named for a command,
that one never ends.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from apis import Client, a_song, served, settings
from databases import on_sqlite
from ordering import an_order, seen
from test_stage_limits import stand_in
from working import PATIENCE_SECONDS, Works

from oriel.jobs import worker as workers
from oriel.service import clock, renders

WITHIN_SECONDS = 2.0
STAGES = {"probe": "preparing", "bands": "preparing", "render": "drawing", "join": "finishing"}
HANGS = """
import sys, time
from pathlib import Path
command, *words = sys.argv[1:]
song = words[words.index("--song") + 1] if command == "join" else words[0]
while Path(song).read_bytes().endswith(command.encode()):
    time.sleep(1)
"""


@on_sqlite
async def test_a_cancelled_render_s_child_is_gone_within_two_seconds(
    workplace: Works, short_song: Path
) -> None:
    workplace.environment["ORIEL_SEGMENT_SECONDS"] = "60"
    worker = workplace.start()
    render = await workplace.order(short_song, an_order(sizes=((1280, 720),)))
    await workplace.until(render, "drawing")
    await workplace.until_held(render)
    while not workplace.draws():
        await asyncio.sleep(0.05)

    async with workplace.database.begin() as session:
        await renders.cancel(session, await renders.find(session, render.id), clock.now())
    took = await gone(workplace, workplace.draws)

    assert took < WITHIN_SECONDS
    assert (await seen(workplace.database, render)).status == "cancelled"
    assert worker.poll() is None


@on_sqlite
async def test_in_each_stage_it_is_gone_once_that_is_asked_for_over_http(
    workplace: Works, database_url: str
) -> None:
    python, option, script = stand_in()
    hanging = (python, option, HANGS + script)
    chosen = settings(database_url, workplace.folder / "data")

    async with workplace.at_work(oriel=hanging), served(chosen) as stranger:
        somebody = await stranger.registered()
        took = {command: await cancelled(workplace, somebody, command) for command in STAGES}
        profile = await somebody.get("/api/user/profile")

    assert max(took.values()) < WITHIN_SECONDS, took
    assert profile.json["credits"] == {"free": 5 - 2}, "two had begun to be drawn"


async def cancelled(workplace: Works, somebody: Client, command: str) -> float:
    """How long a child that runs this command outlives its render."""
    answer = await somebody.order(a_song(0.1) + command.encode(), size="160x90")
    assert answer.status == 202, answer.body
    address = f"/api/jobs/{answer.json['id']}"
    await running(workplace, command)
    before = await somebody.get(f"{address}/status")
    asking = asyncio.create_task(somebody.post(f"{address}/cancel"))
    # And what is around and beside it.
    took = await gone(workplace, lambda: any(workplace.processes(one) for one in STAGES))
    told = await asking

    assert before.json["status"] == STAGES[command]
    assert (told.status, told.json["status"]) == (200, "cancelled")
    return took


async def gone(workplace: Works, there: Callable[[], bool]) -> float:
    """How many seconds it takes until something of a worker's is not there any more.

    By the clock; or by the worker's own, which is how often it looked after its work meanwhile: that one
    stands still where the machine does.
    """
    asked, before = time.monotonic(), looks(workplace)
    seen = set(before)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while there():
            seen |= looks(workplace)
            await asyncio.sleep(0.02)
    by_the_clock = time.monotonic() - asked
    return min(by_the_clock, len(seen - before) * workers._WATCH_SECONDS)


def looks(workplace: Works) -> set[int]:
    """When the worker last looked after its work: it touches a file each time."""
    alive = (workplace.folder / "data" / "scratch").glob(f"*/{workers.ALIVE}")
    return {one.stat().st_mtime_ns for one in alive}


async def running(workplace: Works, command: str) -> None:
    """Wait until a child runs this command, within what is around it."""
    itself = os.fsencode(sys.executable) + b"\0-c\0"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not workplace.processes(command, itself):
            await asyncio.sleep(0.02)
