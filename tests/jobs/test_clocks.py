"""Workers agree on what is over by the database's clock, whatever their own clocks say."""

import asyncio
import re
import signal
import sys
from collections import Counter
from pathlib import Path

import skewed
from databases import on_postgresql
from ordering import an_order
from postbox import Postbox
from sqlalchemy import select
from working import PATIENCE_SECONDS, SMALL, Works

from oriel.service.mail.post import post
from oriel.service.models import Mail

MINUTES = ("300", "-300", "0")  # seconds; longer than any lease of theirs
LETTERS = 12
SLOW_SECONDS = 2.5  # in which the others look for letters


def start(workplace: Works, seconds: str) -> None:
    """A worker whose clock is wrong by so much."""
    workplace.start("--slots", "1", within=(sys.executable, skewed.__file__, seconds))


@on_postgresql
async def test_workers_whose_clocks_are_minutes_apart_do_nothing_twice(
    workplace: Works, short_song: Path, postbox: Postbox
) -> None:
    postbox.seconds = SLOW_SECONDS
    workplace.environment |= postbox.environment
    render = await workplace.order(short_song, an_order(sizes=SMALL))
    start(workplace, "300")
    await workplace.until(render, "drawing")
    await workplace.until_held(render)

    workplace.workers[0].send_signal(signal.SIGKILL)
    for seconds in MINUTES:
        start(workplace, seconds)
    for number in range(LETTERS):
        await posted(workplace, number)
        await asyncio.sleep(0.3)
    done = await workplace.until(render, "done", "failed")
    await sent(workplace)

    assert done.status == "done", done.log
    claims = re.findall(r"(preparing|drawing|finishing) \w+-(\d+) in", workplace.logs())
    # The segment that the killed one had is claimed once more, nothing else is.
    assert Counter(stage for stage, _ in claims) == {"preparing": 1, "drawing": 3, "finishing": 1}
    assert sum(int(fence) - 1 for stage, fence in claims if stage == "drawing") <= 1
    assert await postbox.told(workplace.database, render) == ["video_ready"]
    assert list(postbox.taken.values()) == [1] * (LETTERS + 1)


async def posted(workplace: Works, number: int) -> None:
    async with workplace.database.begin() as session:
        words = {"name": "", "token": "secret"}
        to = f"{number}@example.com"
        await post(session, to=to, letter="verify", words=words, source=f"test:{number}")


async def sent(workplace: Works) -> None:
    """Wait until every letter was sent, as far as the database knows."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with workplace.database.read() as session:
                waiting = select(Mail.id).where(Mail.sent_at.is_(None)).limit(1)
                if await session.scalar(waiting) is None:
                    return
            await asyncio.sleep(0.1)
