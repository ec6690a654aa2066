"""The service's API in a real server on a free port, and somebody who asks it."""

import asyncio
import io
import itertools
import json
import math
import wave
from array import array
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from loops import Loop
from sqlalchemy import select, update

from oriel.service import users
from oriel.service.models import Mail, Payment, Render, Song
from oriel.service.settings import Settings
from oriel.service.storage import StorageFailed
from oriel.web import errors, headers
from oriel.web.api import app as api
from oriel.web.api.keys import PARTS
from oriel.web.api.parts import Parts
from oriel.web.runner import Runner

PASSWORD = "a long and boring sentence"
_people = itertools.count()
T = TypeVar("T")


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
    application: web.Application
    token: str | None = None
    user: Mapping[str, Any] = field(default_factory=dict)
    refresh_token: str = ""

    @property
    def parts(self) -> Parts:
        """What the server is made of."""
        return self.application[PARTS]

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

    async def order(
        self, song: bytes | None = None, key: str | None = None, **fields: object
    ) -> Answer:
        """Submit a song, or with `song_hash` one that was sent; a list is a field sent often."""
        form = aiohttp.FormData()
        for name, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                form.add_field(name, str(one))
        if song is not None:
            form.add_field("song", io.BytesIO(song), filename="song.wav", content_type="audio/wav")
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.post("/api/jobs/submit", data=form(), headers=headers)

    def as_told(self, answer: Answer) -> "Client":
        """A client with the tokens of an answer."""
        return self.as_told_by(answer.json)

    def as_told_by(self, told: Mapping[str, Any]) -> "Client":
        """The same with the part of an answer that has them."""
        return replace(
            self,
            token=told["access_token"],
            refresh_token=told["refresh_token"],
            user=told["user"],
        )


async def spoken(client: Client, said: bytes, seconds: float = 10.0) -> bytes:
    """All that the server answers to these bytes, up to the connection's end."""
    place = urlsplit(client.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(said)
        async with asyncio.timeout(seconds):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


async def token_of(client: Client, letter: str) -> str:
    """The token in the newest letter of a kind that waits to be sent."""
    async with client.parts.database.read() as session:
        newest = select(Mail).where(Mail.letter == letter).order_by(Mail.id.desc()).limit(1)
        mail = (await session.scalars(newest)).one()
    return str(mail.words["token"])


def a_song(seconds: float = 1.0, pitch: float = 220.0) -> bytes:
    """A WAV file of a tone that comes and goes twice a second; another pitch, another song."""
    rate = 22_050
    samples = (
        int(12_000 * math.sin(2 * math.pi * pitch * t / rate) * (t * 2 % rate < rate // 3))
        for t in range(int(seconds * rate))
    )
    body = array("h", samples).tobytes()
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((1, 2, rate, 0, "NONE", ""))
        made.writeframes(body)
    return file.getvalue()


async def administrator(client: Client) -> Client:
    """The client of a new administrator."""
    admin = await client.registered()
    async with client.parts.database.begin() as session:
        await users.set_role(session, admin.user["id"], "admin", by=None)
    return admin


async def finished(client: Client, render_id: str, video: bytes = b"video") -> None:
    """Have a render be done, as a worker would leave it."""
    parts, key, poster = client.parts, f"videos/{render_id}/1.mp4", f"videos/{render_id}/1.jpg"
    await parts.storage.put(key, _once(video), "video/mp4")
    await parts.storage.put(poster, _once(b"a picture"), "image/jpeg")
    async with parts.database.begin() as session:
        render = await session.get_one(Render, render_id)
        render.status, render.video_key, render.bytes = "done", key, len(video)
        render.poster_key = poster
        render.frames = render.frames_done = 30
        render.seconds = 1.0
        render.finished_at = parts.now()
        render.expires_at = parts.now() + timedelta(days=30)
        render.version += 1
    await parts.events.changed(render_id)


async def kept_no_longer(client: Client) -> None:
    """Have the time of all songs and finished videos be over since yesterday."""
    async with client.parts.database.begin() as session:
        for table in (Song, Render):
            over = update(table).where(table.expires_at.is_not(None))
            yesterday = client.parts.now() - timedelta(days=1)
            await session.execute(over.values(expires_at=yesterday))


async def belongings(owner: Client) -> dict[str, str]:
    """One thing of each kind that somebody may own, by the group of routes that serve it."""
    made = await owner.order(a_song())
    preset = await owner.post("/api/user/presets", {"name": "mine", "look": {}})
    async with owner.parts.database.begin() as session:
        payment = Payment(
            user_id=owner.user["id"],
            tier="personal",
            amount_cents=299,
            currency="usd",
            provider="off",
        )
        session.add(payment)
    render = made.json["id"]
    return {
        "jobs": render,
        "events": render,
        "songs": render,
        "user": render,
        "presets": preset.json["id"],
        "payments": payment.id,
    }


async def _once(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


def settings(database_url: str, folder: Path, **changes: Any) -> Settings:
    """Settings of a whole service in a folder, without limits of how often one may ask."""
    given = {
        "data": folder,
        "database_url": database_url,
        "rate_factor": 0,
        "secret_keys": ("a secret for tests that is long enough",),
    }
    return Settings(**(given | changes))


def opened(context: AbstractAsyncContextManager[T], loop: Loop) -> Iterator[T]:
    """What a fixture yields: it is closed in the loop that it was opened in."""
    yield loop.run(context.__aenter__())
    loop.run(context.__aexit__(None, None, None))


def api_alone(chosen: Settings) -> web.Application:
    """An application without the studio and without pages."""
    application = web.Application(middlewares=[errors.middleware])
    application.on_response_prepare.append(headers.add)
    api.add(application, chosen)
    return application


@asynccontextmanager
async def served(
    chosen: Settings, made: Callable[[Settings], web.Application] = api_alone
) -> AsyncIterator[Client]:
    """A server of the API alone, or of another application; a stranger's client comes out."""
    application = made(chosen)
    runner = Runner(application, access_log=None, grace=0.2, lingering_time=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        with suppress(StorageFailed):  # where a test has it be away
            await application[PARTS].storage.begin()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            yield Client(url, http, application)
    finally:
        await runner.cleanup()
