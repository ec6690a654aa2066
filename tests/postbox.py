"""SendGrid as far as letters go, which counts how often it took each.

Rows and files of letters are one for each letter, however often it was sent.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug import Request, Response

from oriel.service.db import Database
from oriel.service.models import Mail, Render

PATIENCE_SECONDS = 120.0  # letters that could not be sent are tried again after 15 s, and after 30


@dataclass
class Postbox:
    """`environment` is what has Oriel send its letters here; each takes `seconds` to be taken."""

    environment: dict[str, str]
    taken: Counter[str] = field(default_factory=Counter)  # by the letter's identifier
    letters: list[dict[str, Any]] = field(default_factory=list)  # as they were sent
    seconds: float = 0.0

    def take(self, request: Request) -> Response:
        """Answer as SendGrid does to a letter."""
        letter = request.get_json()
        self.letters.append(letter)
        self.taken[letter["custom_args"]["oriel_letter"]] += 1
        time.sleep(self.seconds)
        return Response(status=202)

    async def told(self, database: Database, render: Render) -> list[str]:
        """The letters about a render, each as often as it was sent, once none waits any more."""
        mine = select(Mail).where(Mail.source.startswith(f"render:{render.id}:"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                async with database.read() as session:
                    letters = list(await session.scalars(mine))
                if letters and all(letter.sent_at for letter in letters):
                    break
                await asyncio.sleep(0.05)
        return [one.letter for one in letters for _ in range(self.taken[one.id])]


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A postbox on a free port."""
    with HTTPServer(threaded=True) as server:
        box = Postbox(
            {
                "ORIEL_MAIL": f"sendgrid:{server.url_for('').rstrip('/')}",
                "ORIEL_MAIL_FROM": "Oriel <oriel@example.com>",
                "ORIEL_SENDGRID_KEY": "a-key",
            }
        )
        server.expect_request("/v3/mail/send").respond_with_handler(box.take)
        yield box
