"""The service's API in a real server on a free port, and somebody who asks it."""

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import select

from oriel.service.models import Mail
from oriel.service.settings import Settings
from oriel.web import errors, headers
from oriel.web.api import app as api
from oriel.web.api.keys import PARTS
from oriel.web.api.parts import Parts

PASSWORD = "a long and boring sentence"
_people = itertools.count()


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Mapping[str, Any] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.json["error"]["code"])

    @property
    def details(self) -> dict[str, Any]:
        """The error's details."""
        return dict(self.json["error"]["details"])


@dataclass(frozen=True)
class Client:
    """Somebody who asks, signed in where there is a token."""

    url: str
    http: aiohttp.ClientSession
    parts: Parts
    token: str | None = None
    user: Mapping[str, Any] = field(default_factory=dict)
    refresh_token: str = ""

    async def ask(self, method: str, path: str, **about: Any) -> Answer:
        """One request; no redirect is followed, and no cookie kept."""
        told = dict(about.pop("headers", {}))
        if self.token is not None:
            told.setdefault("Authorization", f"Bearer {self.token}")
        asked = self.http.request(
            method, self.url + path, headers=told, allow_redirects=False, **about
        )
        async with asked as response:
            body = await response.read()
            return Answer(response.status, response.headers, body, response.cookies)

    async def get(self, path: str, **about: Any) -> Answer:
        return await self.ask("GET", path, **about)

    async def post(self, path: str, body: object = None, **about: Any) -> Answer:
        return await self.ask("POST", path, **({"json": body} if body is not None else {}), **about)

    async def put(self, path: str, body: object) -> Answer:
        return await self.ask("PUT", path, json=body)

    async def delete(self, path: str, body: object = None) -> Answer:
        return await self.ask("DELETE", path, **({"json": body} if body is not None else {}))

    async def registered(self, email: str | None = None) -> "Client":
        """A new account's client."""
        address = email or f"somebody{next(_people)}@example.com"
        answer = await self.post("/api/auth/register", {"email": address, "password": PASSWORD})
        assert answer.status == 201, answer.body
        return self.as_told(answer)

    def as_told(self, answer: Answer) -> "Client":
        """A client with the tokens of an answer."""
        told = answer.json
        return replace(
            self,
            token=told["access_token"],
            refresh_token=told["refresh_token"],
            user=told["user"],
        )


async def token_of(client: Client, letter: str) -> str:
    """The token in the newest letter of a kind that waits to be sent."""
    async with client.parts.database.read() as session:
        newest = select(Mail).where(Mail.letter == letter).order_by(Mail.id.desc()).limit(1)
        mail = (await session.scalars(newest)).one()
    return str(mail.words["token"])


def settings(database_url: str, folder: Path, **changes: Any) -> Settings:
    """Settings of a whole service in a folder, without limits of how often one may ask."""
    given = {
        "data": folder,
        "database_url": database_url,
        "rate_factor": 0,
        "secret_keys": ("a secret for tests that is long enough",),
    }
    return Settings(**(given | changes))


@asynccontextmanager
async def served(chosen: Settings) -> AsyncIterator[Client]:
    """A server of the API alone; a stranger's client comes out."""
    application = web.Application(middlewares=[errors.middleware])
    application.on_response_prepare.append(headers.add)
    api.add(application, chosen)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            yield Client(url, http, application[PARTS])
    finally:
        await runner.cleanup()
