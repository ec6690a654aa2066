"""Accounts that end while their renders are made: nobody sees more, nothing is left behind."""

import asyncio
from pathlib import Path

import aiohttp
from apis import PASSWORD, Client, a_song, administrator, served, settings
from databases import on_sqlite
from sqlalchemy import select
from working import Works

from oriel.service.db import Database
from oriel.service.models import Render, User

LARGE = {"size": "1280x720", "fps": "30"}


async def ordered(somebody: Client, workplace: Works) -> str:
    """A render that takes its time, once it is being drawn."""
    made = await somebody.order(a_song(6), **LARGE)
    assert made.status == 202, made.body
    async with workplace.database.read() as session:
        render = await session.get_one(Render, made.json["id"])
    await workplace.until(render, "drawing")
    await workplace.until_held(render)
    return render.id


async def followed(somebody: Client, render: str, begun: asyncio.Event) -> str:
    """All that a stream of events tells, until the server ends it."""
    url = f"{somebody.url}/api/jobs/{render}/events"
    headers = {"Authorization": f"Bearer {somebody.token}"}
    timeout = aiohttp.ClientTimeout(total=60)
    told = b""
    async with somebody.http.get(url, headers=headers, timeout=timeout) as response:
        async for line in response.content:
            told += line
            begun.set()
    return told.decode()


@on_sqlite
async def test_whoever_is_deactivated_or_leaves_follows_no_further_and_leaves_nothing(
    workplace: Works, database: Database, database_url: str
) -> None:
    workplace.environment |= {"ORIEL_SEGMENT_SECONDS": "60", "ORIEL_MAX_RUNNING_PER_USER": "1"}
    chosen = settings(database_url, workplace.folder / "data")
    worker = workplace.start("--slots", "1")

    async with served(chosen) as stranger:
        admin, first, second = [
            await administrator(stranger),
            await stranger.registered(),
            await stranger.registered(),
        ]
        render, begun = await ordered(first, workplace), asyncio.Event()
        following = asyncio.create_task(followed(first, render, begun))
        await begun.wait()
        await admin.post(f"/admin/api/users/{first.user['id']}/deactivate")
        deactivated = await following
        made = await workplace.until_ended(render)

        render, begun = await ordered(second, workplace), asyncio.Event()
        following = asyncio.create_task(followed(second, render, begun))
        await begun.wait()
        await second.delete("/api/user", {"current_password": PASSWORD})
        left = await following
        while workplace.draws():
            await asyncio.sleep(0.05)

    assert '"status":"done"' not in deactivated
    assert made.status == "cancelled"
    assert '"status":"done"' not in left
    assert await until_nothing_is_stored(workplace, second) == []
    async with database.read() as session:
        cancelled = await session.get_one(Render, render)
        gone = await session.get_one(User, second.user["id"])
    assert (cancelled.status, cancelled.look, gone.active) == ("cancelled", {}, False)
    assert worker.poll() is None


async def until_nothing_is_stored(workplace: Works, somebody: Client) -> list[Path]:
    """What lies in the storage of somebody's songs and videos, once the sweeper was there."""
    storage = workplace.folder / "data" / "storage"
    async with workplace.database.read() as session:
        mine = select(Render.id, Render.submission_id).where(Render.user_id == somebody.user["id"])
        names = {name for row in await session.execute(mine) for name in row}
    left: list[Path] = []
    for _ in range(300):
        names.add(str(somebody.user["id"]))
        left = [path for path in storage.rglob("*") if path.is_file() and path.parent.name in names]
        if not left:
            break
        await asyncio.sleep(0.1)
    return left
