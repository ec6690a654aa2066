"""One order is followed by its request's identifier: through the web process, the worker, the child."""

import asyncio
import json
import re
from pathlib import Path

import aiohttp
import serving
from aiohttp import web
from apis import PASSWORD, Client, a_song
from collecting import spans
from pytest_httpserver import HTTPServer

NAME = "an-order-of-mine"
PATIENCE_SECONDS = 180


async def ended(client: Client, render: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await client.get(f"/api/jobs/{render}/status")).json["status"] != "failed":
            await asyncio.sleep(0.1)


async def test_an_order_s_lines_and_spans_name_its_request_and_no_secret(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/v1/traces", method="POST").respond_with_data(b"")
    home = {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "ORIEL_LOG": "json",
        "ORIEL_OTLP_ENDPOINT": httpserver.url_for("/"),
    }
    broken = a_song(0.1)[:44] + b"\0" * 10  # a head, and a song that is over at once

    with serving.served(cwd=tmp_path, environment=home, complete=True) as server:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            stranger = Client(server.url, http, web.Application())
            somebody = await stranger.registered("ada@example.com")
            named = {"headers": {"X-Request-Id": NAME}}
            form = aiohttp.FormData()
            form.add_field("song", broken, filename="song.wav", content_type="audio/wav")
            answer = await somebody.post("/api/jobs/submit", data=form(), **named)
            assert answer.headers["X-Request-Id"] == NAME
            await ended(somebody, answer.json["id"])

    text = (tmp_path / "serve.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    mine = [line for line in lines if line.get("request_id") == NAME]
    loggers = {line["logger"] for line in mine}
    assert {"aiohttp.access", "oriel.jobs.worker", "oriel.jobs.workshop"} <= loggers
    assert any(line.get("child") == "oriel probe" for line in mine)
    assert all(line["render_id"] == answer.json["id"] for line in mine if "jobs" in line["logger"])

    found = spans(httpserver)
    ordered = found["POST /api/jobs/submit"]
    for name in ("wake workers", "preparing", "oriel probe"):
        assert found[name].trace_id == ordered.trace_id, name

    secret = (tmp_path / "data" / "oriel" / "secret_key").read_text()
    for word in (PASSWORD, secret, somebody.token, somebody.refresh_token):
        assert word
        assert word not in text
    assert not re.search(r"token=|Bearer ", text)
