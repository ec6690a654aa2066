"""Event streams are open for as long as renders last: so many of one account, and of one address."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import apis
import pytest
from apis import Answer, Client, a_song
from databases import Schemas
from loops import Loop

OF_A_USER, OF_AN_ADDRESS = 2, 3


@pytest.fixture
def api(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[Client]:
    """A stranger's client of a server that lets few streams be open."""
    few = {"max_streams_per_user": OF_A_USER, "max_streams_per_address": OF_AN_ADDRESS}
    yield from apis.opened(apis.served(apis.settings(schemas.sqlite(), tmp_path, **few)), loop)


async def events_of(somebody: Client) -> str:
    """Where the events of a new render of theirs are."""
    return f"/api/jobs/{(await somebody.order(a_song())).json['id']}/events"


@asynccontextmanager
async def followed(somebody: Client, path: str) -> AsyncIterator[None]:
    headers = {"Authorization": f"Bearer {somebody.token}"}
    async with (
        aiohttp.ClientSession() as http,  # its connection ends with it
        http.get(somebody.url + path, headers=headers) as response,
    ):
        assert response.status == 200
        assert (await response.content.readuntil(b"\n\n")).startswith(b"retry:")
        yield


async def test_whoever_has_so_many_streams_open_is_told_to_ask_instead(api: Client) -> None:
    somebody, other = await api.registered(), await api.registered()
    path = await events_of(somebody)

    async with AsyncExitStack() as stack:
        for _ in range(OF_A_USER):
            await stack.enter_async_context(followed(somebody, path))
        refused = await somebody.get(path)
        asked = await somebody.get(path.replace("events", "status"))
        async with followed(other, await events_of(other)):
            full = await other.get(await events_of(other))

    for answer in (refused, full):
        assert (answer.status, answer.code) == (429, "too_many")
        assert answer.headers["Retry-After"] == "15"
    assert "/status" in refused.json["error"]["message"]
    assert asked.status == 200


async def test_whoever_leaves_without_a_word_makes_room_within_seconds(api: Client) -> None:
    somebody = await api.registered()
    path = await events_of(somebody)

    async with AsyncExitStack() as stack:
        for _ in range(OF_A_USER):
            await stack.enter_async_context(followed(somebody, path))

    async with asyncio.timeout(30):
        while (answer := await first(somebody, path)).status == 429:
            await asyncio.sleep(0.1)
    assert answer.status == 200


async def first(somebody: Client, path: str) -> Answer:
    """What is answered, without the events."""
    headers = {"Authorization": f"Bearer {somebody.token}"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(somebody.url + path, headers=headers) as response,
    ):
        return Answer(response.status, response.headers, b"")
