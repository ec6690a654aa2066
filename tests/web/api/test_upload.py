"""Songs come piece by piece: never whole in memory, and refused while they come."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import apis
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from apis import Client, a_song
from databases import Schemas
from loops import Loop

from oriel.web.api import sniff

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


def test_the_docs_list_every_kind_of_song() -> None:
    listed = GUIDE.split("A song is what its first bytes say", 1)[1].split(";", 1)[0]

    assert set(re.findall("`([a-z0-9]+)`", listed)) == sniff.KINDS


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"MZ" + bytes(5000), 415, "not_a_song"),
        (b"<html>", 415, "not_a_song"),
        (b"", 422, "invalid"),
    ],
)
async def test_what_is_no_song_is_refused_by_its_bytes(
    api: Client, body: bytes, status: int, code: str
) -> None:
    somebody = await api.registered()

    answer = await somebody.order(body)

    assert (answer.status, answer.code) == (status, code)


async def test_a_form_that_is_cut_off_or_is_none_is_refused(api: Client) -> None:
    somebody = await api.registered()
    kind = {"Content-Type": "multipart/form-data; boundary=xyz"}
    cut = b'--xyz\r\nContent-Disposition: form-data; name="look"\r\n\r\ndef'

    for body in (cut, b"", b"--nope", b"--xyz\r\nnonsense"):
        answer = await somebody.post("/api/jobs/submit", data=body, headers=kind)
        assert answer.status in (400, 422), body
    bare = await somebody.post(
        "/api/jobs/submit", data=b"", headers={"Content-Type": "multipart/form-data"}
    )
    other = await somebody.post("/api/jobs/submit", {"look": "default"})

    assert (bare.status, bare.code) == (400, "bad_form")
    assert (other.status, other.code) == (415, "unsupported_media_type")


async def test_a_song_of_ninety_megabytes_is_never_whole_in_memory(api: Client) -> None:
    somebody = await api.registered()

    async def pieces() -> AsyncIterator[bytes]:
        yield a_song(0.1)[:44]
        for _ in range(90):
            yield bytes(1_000_000)

    form = aiohttp.FormData()
    form.add_field("song", pieces(), filename="song.wav")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now on
    before = memory("VmRSS")

    answer = await somebody.post("/api/jobs/submit", data=form())

    assert answer.status == 202, answer.body
    assert memory("VmHWM") - before < 30_000, "kB, of who sends it and of who takes it"


def memory(name: str) -> int:
    """What Linux tells of this process, in kB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0])


async def test_a_song_larger_than_allowed_is_refused_while_it_comes(
    schemas: Schemas, tmp_path: Path, loop: Loop
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, upload_limit_mb=1)
    async with apis.served(chosen) as api:
        somebody = await api.registered()
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            head = b'--x\r\nContent-Disposition: form-data; name="song"; filename="a.mp3"\r\n\r\n'
            yield head + b"ID3"
            for _ in range(400):
                sent += 1 << 18
                yield bytes(1 << 18)

        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        try:
            answer = await somebody.post("/api/jobs/submit", data=endless(), headers=kind)
            assert (answer.status, answer.code) == (413, "too_large")
        except aiohttp.ClientError:
            pass  # it hung up on us: that is an answer too
        told = await somebody.order(a_song(60))

    assert sent < 50e6
    assert (told.status, told.code) == (413, "too_large")
    assert not list((tmp_path / "storage").rglob("songs/*/*"))


@pytest.mark.parametrize(
    "nonsense",
    [
        {"text": "<html>All is well</html>", "status": 200},
        {"text": "[1, 2]", "status": 200},
        {"status": 308, "headers": {"Range": "bytes=some"}},
    ],
    ids=["a page", "a list", "a range"],
)
async def test_a_bucket_s_nonsense_is_told_as_our_fault_and_not_as_the_form_s(
    schemas: Schemas, tmp_path: Path, nonsense: dict[str, Any]
) -> None:
    async def bucket(request: web.Request) -> web.Response:
        if request.method == "POST":
            return web.Response(headers={"Location": f"http://{request.host}/upload"})
        await request.read()
        return web.Response(**nonsense)

    emulated = web.Application()
    emulated.router.add_route("*", "/{path:.*}", bucket)
    async with TestServer(emulated) as server:
        place = f"gs://songs?endpoint={server.make_url('')}&patience=0.1"
        async with apis.served(apis.settings(schemas.sqlite(), tmp_path, storage=place)) as api:
            answer = await (await api.registered()).order(a_song(0.2))

    assert (answer.status, answer.code) == (503, "unavailable")
