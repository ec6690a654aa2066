"""Who speaks no HTTP, two requests in one, or too slowly: told so in our form, and left."""

import asyncio
import json
import logging
import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import apis
import pytest
from apis import Client, spoken
from databases import Schemas

from oriel.web import runner
from oriel.web.api import openapi, patience, table
from oriel.web.api.codes import CODES

HOST = b"Host: oriel\r\n"
POST = b"POST /api/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
UNREADABLE = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
    "a first line without end": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header without end": b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"a" * 70_000 + b"\r\n\r\n",
    "headers without number": b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 1_000 + b"\r\n",
    "a header's name with a space": b"GET / HTTP/1.1\r\n" + HOST + b"A b: c\r\n\r\n",
    "a header with a NUL": b"GET / HTTP/1.1\r\n" + HOST + b"A: b\x00c\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a length and pieces": POST
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "a space before a colon": POST + b"Content-Length : 2\r\n\r\n{}",
    "an encoding that is none": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "pieces of no length": POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
    "a line that ends in LF alone": b"GET / HTTP/1.1\nHost: oriel\nA: b\n\n",
}
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
SECRET = b"GET /reset?token=hush%20hush HTTP/9.9\r\n\r\n"


@pytest.mark.parametrize("said", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_told_as_any_error_and_ends_the_connection(
    api: Client, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    answered = await spoken(api, said)

    head, _, body = answered.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 400 "), answered
    assert json.loads(body)["error"]["code"] == "bad_request"
    assert "bad_request" in CODES
    for header in (b"X-Content-Type-Options: nosniff", b"Server: Oriel", b"default-src 'none'"):
        assert header in head
    assert [one for one in caplog.records if one.levelno > logging.INFO] == []


async def test_whoever_expects_what_there_is_not_is_told_as_any_error(api: Client) -> None:
    somebody = await api.registered()

    refused = await somebody.get("/api/jobs", headers={"Expect": "a miracle"})
    taken = await somebody.get("/api/jobs", headers={"Expect": "100-continue"})

    assert (refused.status, refused.code) == (417, "expectation_failed")
    assert refused.code in CODES
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert taken.status == 200


async def test_head_is_answered_by_a_head_alone(api: Client) -> None:
    somebody = await api.registered()
    mine = await apis.belongings(somebody)
    token = f"Authorization: Bearer {somebody.token}\r\n".encode()
    ended = HOST + b"Connection: close\r\n" + token + b"\r\n"

    answers = {}
    for route in table.own():
        if route.method == "GET":
            known = {"id": mine.get(route.group, "0" * 26)}
            path = openapi.plain(route.path).format_map(defaultdict(str, known))
            answers[route.path] = await spoken(api, f"HEAD {path} HTTP/1.1\r\n".encode() + ended)

    more = {path for path, answered in answers.items() if not answered.endswith(b"\r\n\r\n")}
    well = {path for path, answered in answers.items() if answered.startswith(b"HTTP/1.1 200 ")}
    assert more == set()
    assert {path.rpartition("/")[2] for path in well} >= {"events", "song", "status", "history"}


async def test_nothing_of_what_cannot_be_read_is_said_again(
    api: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    answered = await spoken(api, SECRET)

    assert answered.startswith(b"HTTP/1.0 400 ")
    assert b"hush" not in answered
    assert "hush" not in caplog.text


async def test_a_second_request_hidden_in_a_body_is_not_one(api: Client) -> None:
    hidden = b"GET /status HTTP/1.1\r\nHost: oriel\r\n\r\n"
    said = POST + b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden
    last = b"GET /status HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"

    alone, answered = await spoken(api, hidden + last), await spoken(api, said + last)

    assert [int(code) for code in STATUS.findall(alone)] == [200, 200]
    assert [int(code) for code in STATUS.findall(answered)] == [400, 200]


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: oriel\r\nA: b\r\n"])
async def test_who_never_ends_a_request_s_head_is_left(
    schemas: Schemas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(runner, "HEAD_SECONDS", 0.3)
    async with apis.served(apis.settings(schemas.sqlite(), tmp_path)) as api:
        assert await spoken(api, said) == b""


BODIES = {
    "json": POST + b"Content-Length: 100\r\n\r\n{",
    "a form": POST.replace(b"auth/login", b"jobs/submit").replace(
        b"application/json", b"application/x-www-form-urlencoded"
    )
    + b"Content-Length: 100\r\n\r\na=",
    "a form of parts": POST.replace(b"auth/login", b"jobs/submit").replace(
        b"application/json", b"multipart/form-data; boundary=b"
    )
    + b"Content-Length: 1000\r\n\r\n--b\r\nContent-Disposition: form-data; name=song\r\n\r\n",
}


@pytest.mark.parametrize("said", BODIES.values(), ids=BODIES)
async def test_who_never_ends_a_body_is_told_so_and_left(
    api: Client, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    somebody = await api.registered()
    monkeypatch.setattr(patience, "PIECE_SECONDS", 0.3)
    said = said.replace(HOST, HOST + f"Authorization: Bearer {somebody.token}\r\n".encode())

    answered = await spoken(api, said, seconds=20)

    assert answered.startswith(b"HTTP/1.1 408 "), answered
    assert b'"too_slow"' in answered


async def test_a_song_that_takes_too_long_in_all_is_left(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert patience.WHOLE_SECONDS == 3600
    monkeypatch.setattr(patience, "WHOLE_SECONDS", 0.5)
    somebody, place = await api.registered(), urlsplit(api.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(
        b"POST /api/jobs/submit HTTP/1.1\r\n"
        + HOST
        + f"Authorization: Bearer {somebody.token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n"
        "--b\r\nContent-Disposition: form-data; name=song; filename=a.wav\r\n\r\n".encode()
        + apis.a_song()[:4000]
    )

    async def drip() -> None:
        while True:  # each piece comes soon enough
            writer.write(b"x" * 4000)
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(20):
        answered = await reader.readline()
    dripping.cancel()
    writer.transport.abort()

    assert answered.startswith(b"HTTP/1.1 408 "), answered


@pytest.mark.parametrize("said", BODIES.values(), ids=BODIES)
async def test_who_leaves_within_a_body_is_no_fault_of_ours(
    api: Client, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    somebody = await api.registered()
    place = urlsplit(api.url)
    caplog.set_level(logging.INFO)

    _, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(said.replace(HOST, HOST + f"Authorization: Bearer {somebody.token}\r\n".encode()))
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.close()
    await asyncio.sleep(0.3)

    assert [one for one in caplog.records if one.levelno > logging.INFO] == []


async def test_who_leaves_while_a_song_comes_is_no_fault_of_ours(
    api: Client, caplog: pytest.LogCaptureFixture
) -> None:
    somebody = await api.registered()
    render = (await somebody.order(apis.a_song(90))).json["id"]
    place = urlsplit(api.url)
    before = len(asyncio.all_tasks())

    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=1_000)
    asked = f"GET /api/jobs/{render}/song HTTP/1.1\r\nAuthorization: Bearer {somebody.token}\r\n"
    writer.write(asked.encode() + HOST + b"\r\n")
    begun = await reader.read(100)
    writer.transport.abort()
    async with asyncio.timeout(20):
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.02)

    assert begun.startswith(b"HTTP/1.1 200 ")
    assert [one for one in caplog.records if one.levelno > logging.INFO] == []
