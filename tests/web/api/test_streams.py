"""Event streams tell each change, end with what they tell of, and are so many of one account and address."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import apis
import pytest
from aiohttp import ClientResponse
from apis import Client, a_song
from databases import Schemas
from loops import Loop

from oriel.service import users

OF_A_USER, OF_AN_ADDRESS = 2, 3
_BEAT = b":\n\n"  # a comment that keeps a stream from being cut


@pytest.fixture
def api_of_few(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[Client]:
    """A stranger's client of a server that lets few streams be open."""
    few = {"max_streams_per_user": OF_A_USER, "max_streams_per_address": OF_AN_ADDRESS}
    yield from apis.opened(apis.served(apis.settings(schemas.sqlite(), tmp_path, **few)), loop)


async def events_of(somebody: Client) -> str:
    """Where the events of a new render of theirs are."""
    return f"/api/jobs/{(await somebody.order(a_song())).json['id']}/events"


@asynccontextmanager
async def asked(somebody: Client, path: str, after: str = "") -> AsyncIterator[ClientResponse]:
    """What is answered to who asks for events, those that came `after` one if it is named."""
    headers = {"Authorization": f"Bearer {somebody.token}"} | (
        {"Last-Event-ID": after} if after else {}
    )
    async with (
        aiohttp.ClientSession() as http,  # its connection ends with it
        http.get(somebody.url + path, headers=headers) as response,
    ):
        yield response


@asynccontextmanager
async def followed(somebody: Client, path: str) -> AsyncIterator[aiohttp.StreamReader]:
    """A stream of events, after the line that says when to ask again."""
    async with asked(somebody, path) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert (await response.content.readuntil(b"\n\n")).startswith(b"retry:")
        yield response.content


async def event(stream: aiohttp.StreamReader) -> bytes:
    """The next one; on a busy machine there may be comments before it."""
    while (told := await stream.readuntil(b"\n\n")) == _BEAT:
        pass
    return told


async def resumed(somebody: Client, path: str, after: str) -> list[str]:
    """The lines of a stream of events after one of them, until it ends."""
    async with asked(somebody, path, after) as response:
        return (await response.text()).splitlines()


async def test_a_stream_of_events_tells_each_change_and_ends_with_the_render(api: Client) -> None:
    somebody = await api.registered()
    path = await events_of(somebody)

    async with followed(somebody, path) as stream:
        first = await event(stream)
        await apis.finished(somebody, path.split("/")[-2])
        rest = await stream.read()

    lines = (first + rest).decode().splitlines()
    told = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert [one["status"] for one in told] == ["queued", "done"]
    assert "event: status" in lines
    last = [line for line in lines if line.startswith("id: ")][-1].removeprefix("id: ")
    assert await resumed(somebody, path, after=last) == [], "there is nothing to add"
    again = await resumed(somebody, path, after="0")
    assert sum(line.startswith("data: ") for line in again) == 1


async def deactivated(somebody: Client) -> None:
    async with somebody.parts.database.begin() as session:
        await users.deactivate(session, somebody.user["id"], by=None, now=somebody.parts.now())


async def signed_out(somebody: Client) -> None:
    body = {"refresh_token": somebody.refresh_token}
    assert (await somebody.post("/api/auth/logout", body)).status == 200


@pytest.mark.parametrize("ended", [deactivated, signed_out])
async def test_whoever_is_signed_out_hears_no_more_within_seconds(
    api_on_each: Client, ended: Callable[[Client], Awaitable[None]]
) -> None:
    leaver, other = await api_on_each.registered(), await api_on_each.registered()
    of_leaver, of_other = [await events_of(one) for one in (leaver, other)]

    async with followed(leaver, of_leaver) as leaving, followed(other, of_other) as staying:
        assert b'"queued"' in await event(leaving)
        assert b'"queued"' in await event(staying)
        await ended(leaver)
        async with asyncio.timeout(30):
            left = (await leaving.read()).replace(_BEAT, b"")
        assert left == b"" or b'"cancelled"' in left, "with an account its renders end too"
        for somebody, path in ((leaver, of_leaver), (other, of_other)):
            await apis.finished(somebody, path.split("/")[-2])
        assert b'"done"' in await staying.read()

    assert (await leaver.get(of_leaver)).status == 401


async def test_whoever_has_so_many_streams_open_is_told_to_ask_instead(api_of_few: Client) -> None:
    somebody, other = await api_of_few.registered(), await api_of_few.registered()
    path = await events_of(somebody)

    async with AsyncExitStack() as stack:
        for _ in range(OF_A_USER):
            await stack.enter_async_context(followed(somebody, path))
        refused = await somebody.get(path)
        told = await somebody.get(path.replace("events", "status"))
        async with followed(other, await events_of(other)):
            full = await other.get(await events_of(other))

    for answer in (refused, full):
        assert (answer.status, answer.code) == (429, "too_many")
        assert answer.headers["Retry-After"] == "15"
    assert "/status" in refused.json["error"]["message"]
    assert told.status == 200


async def test_whoever_leaves_without_a_word_makes_room_within_seconds(api_of_few: Client) -> None:
    somebody = await api_of_few.registered()
    path = await events_of(somebody)

    async with AsyncExitStack() as stack:
        for _ in range(OF_A_USER):
            await stack.enter_async_context(followed(somebody, path))

    async with asyncio.timeout(30):
        while (status := await status_of(somebody, path)) == 429:
            await asyncio.sleep(0.1)
    assert status == 200


async def status_of(somebody: Client, path: str) -> int:
    """What is answered, without waiting for the events."""
    async with asked(somebody, path) as response:
        return response.status
