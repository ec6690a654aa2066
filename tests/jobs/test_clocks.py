"""Workers agree on what is over by the database's clock, whatever their own clocks say."""

import asyncio
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import skewed
from databases import on_postgresql
from ordering import an_order, letters
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug import Request, Response
from working import SMALL, Works

from oriel.service.mail.post import post
from oriel.service.models import Mail

MINUTES = ("300", "-300", "0")  # seconds; longer than any lease of theirs
LETTERS = 12
SLOW_SECONDS = 2.5


@pytest.fixture
def slow_mail() -> Iterator[tuple[str, Counter[str]]]:
    """SendGrid as far as letters go, which takes its time; and how often it took each."""
    taken: Counter[str] = Counter()

    def take(request: Request) -> Response:
        taken[request.get_json()["custom_args"]["oriel_letter"]] += 1
        time.sleep(SLOW_SECONDS)  # while the others look for letters
        return Response(status=202)

    with HTTPServer(threaded=True) as server:
        server.expect_request("/v3/mail/send").respond_with_handler(take)
        yield server.url_for("").rstrip("/"), taken


def start(workplace: Works, seconds: str) -> None:
    """A worker whose clock is wrong by so much."""
    workplace.start("--slots", "1", within=(sys.executable, skewed.__file__, seconds))


@on_postgresql
async def test_workers_whose_clocks_are_minutes_apart_do_nothing_twice(
    workplace: Works, short_song: Path, slow_mail: tuple[str, Counter[str]]
) -> None:
    url, taken = slow_mail
    workplace.environment |= {
        "ORIEL_MAIL": f"sendgrid:{url}",
        "ORIEL_MAIL_FROM": "Oriel <oriel@example.com>",
        "ORIEL_SENDGRID_KEY": "a-key",
    }
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
    assert await letters(workplace.database, render) == ["video_ready"]
    assert list(taken.values()) == [1] * (LETTERS + 1)


async def posted(workplace: Works, number: int) -> None:
    async with workplace.database.begin() as session:
        words = {"name": "", "token": "secret"}
        to = f"{number}@example.com"
        await post(session, to=to, letter="verify", words=words, source=f"test:{number}")


async def sent(workplace: Works) -> None:
    """Wait until every letter was sent, as far as the database knows."""
    async with asyncio.timeout(30):
        while True:
            async with workplace.database.read() as session:
                waiting = select(Mail.id).where(Mail.sent_at.is_(None)).limit(1)
                if await session.scalar(waiting) is None:
                    return
            await asyncio.sleep(0.1)
