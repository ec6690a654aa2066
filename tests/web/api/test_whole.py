"""From an account to a video: by `oriel serve` with nothing set, and by processes that share servers.

Those share PostgreSQL, Redis, a bucket and SendGrid, as a service does that grew.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import av
import buckets
import pytest
import redises
import serving
from aiohttp import web
from apis import PASSWORD, Client, a_song, opened
from databases import Schemas
from loops import Loop
from postbox import Postbox

from oriel.jobs import valkey

PATIENCE_SECONDS = 180  # librosa may have to be compiled first

Letters = Callable[[str], Awaitable[str | None]]  # by a part of the subject


@pytest.fixture
def complete(tmp_path: Path) -> Iterator[str]:
    """The address of a complete Oriel that has a home of its own."""
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    with serving.served(cwd=tmp_path, environment=home, complete=True) as server:
        yield server.url


@dataclass(frozen=True)
class Apart:
    """The addresses of a web process, and of the bucket that it shares with two workers."""

    url: str
    bucket: str


@pytest.fixture
def apart(schemas: Schemas, tmp_path: Path, postbox: Postbox, loop: Loop) -> Iterator[Apart]:
    """A web process and two workers that share PostgreSQL, Redis, a bucket and SendGrid."""
    with buckets.emulated("fake-gcs-server", tmp_path) as bucket:
        key = buckets.credentials(tmp_path)
        place = f"gs://{buckets.BUCKET}/oriel?endpoint={bucket}&credentials={key}"
        outside = {**postbox.environment, "ORIEL_STORAGE": place}
        for url in opened(distributed(schemas.postgresql(), tmp_path, outside), loop):
            yield Apart(url, bucket)


@asynccontextmanager
async def distributed(
    database_url: str, folder: Path, outside: dict[str, str]
) -> AsyncIterator[str]:
    private = valkey.chosen(folder / "queue")
    queue = await valkey.start(private, redises.program("redis"))
    environment = {
        **outside,
        "HOME": str(folder),
        "ORIEL_DATA": str(folder / "data"),
        "ORIEL_DATABASE_URL": database_url,
        "ORIEL_REDIS_URL": private.url,
        "ORIEL_SEGMENT_SECONDS": "2",
    }
    try:
        with ExitStack() as stack:
            for log in worker_logs(folder):
                stack.enter_context(worker(environment, log))
            serve = serving.served(cwd=folder, environment=environment, complete=True)
            url = stack.enter_context(serve).url
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not all(" is ready" in log.read_text() for log in worker_logs(folder)):
                    await asyncio.sleep(0.05)
            yield url
    finally:
        queue.terminate()
        await queue.wait()


def worker_logs(folder: Path) -> list[Path]:
    """Where each worker logs."""
    return [folder / f"worker-{number}.log" for number in range(2)]


@contextmanager
def worker(environment: dict[str, str], place: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "oriel", "worker", "--slots", "1"]
    with place.open("wb") as log:
        child = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=40)


@asynccontextmanager
async def visitor(url: str) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Client(url, http, web.Application())


async def in_outbox(client: Client, subject: str) -> str | None:
    """The page of the letter with this in its subject, if it lies in the outbox."""
    listed = (await client.get("/outbox")).body.decode()
    found = re.search(rf'href="(/outbox/\w+)">[^<]*{subject}', listed)
    return (await client.get(found[1])).body.decode() if found else None


async def letter(subject: str, looked_for: Letters) -> str:
    """The letter with this in its subject, once it has come."""
    for _ in range(PATIENCE_SECONDS * 5):
        if found := await looked_for(subject):
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"no letter about {subject} came")


async def states(client: Client, render: str) -> list[dict[str, object]]:
    """Each state that a stream of events tells, to the end."""
    url = f"{client.url}/api/jobs/{render}/events"
    headers = {"Authorization": f"Bearer {client.token}"}
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    async with client.http.get(url, headers=headers, timeout=timeout) as response:
        lines = (await response.text()).splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


async def test_a_song_becomes_a_video_and_a_letter_tells_so(complete: str, tmp_path: Path) -> None:
    await ordered_and_watched(complete, tmp_path, seconds=2, living=1)


async def test_processes_apart_make_a_video_of_a_song_together(
    apart: Apart, tmp_path: Path, postbox: Postbox
) -> None:
    async def sent(subject: str) -> str | None:
        found = [one for one in list(postbox.letters) if subject in one["subject"]]
        return str(found[0]["content"][0]["value"]) if found else None

    link = await ordered_and_watched(
        apart.url, tmp_path, sent, seconds=12, living=2, at=apart.bucket
    )

    signed = parse_qs(urlsplit(link).query)
    assert signed["X-Goog-Algorithm"] == ["GOOG4-RSA-SHA256"]
    assert {"X-Goog-Signature", "X-Goog-Expires"} <= signed.keys()
    assert set(postbox.taken.values()) == {1}
    logs = [log.read_text() for log in worker_logs(tmp_path)]
    drew = [set(re.findall(r"drawing (\w+)-\d+ in ", log)) for log in logs]
    assert all(drew), "each of them draws"
    assert len(set.union(*drew)) == 6


async def ordered_and_watched(
    url: str,
    folder: Path,
    letters: Letters | None = None,
    *,
    seconds: int,
    living: int,
    at: str | None = None,
) -> str:
    """Register, order, follow, read the letter, fetch by the signed link, and decode.

    Letters lie in the outbox and files `at` the same address, unless told otherwise. The link comes
    back.
    """
    async with visitor(url) as stranger:
        looked_for = letters or partial(in_outbox, stranger)
        somebody = await stranger.registered("ada@example.com")
        token = re.findall(r"token=([\w-]+)", await letter("Confirm", looked_for))[0]
        verified = await stranger.post("/api/auth/verify-email", {"token": token})
        assert verified.json["verified"] is True

        made = await somebody.order(
            a_song(seconds), look='{"shape": "torus"}', size="320x180", fps=15
        )
        assert made.status == 202, made.body
        told = await states(somebody, made.json["id"])
        assert told[-1]["status"] == "done", told[-1]
        seen = [state["progress"] for state in told]
        assert seen == sorted(seen)  # type: ignore[type-var]

        ready = await letter("ready", looked_for)
        assert made.json["id"] in ready
        link = (await somebody.get(f"/api/jobs/{made.json['id']}/download")).headers["Location"]
        assert link.startswith(at or url)
        video = await fetched(stranger, link)
        poster = await somebody.get(f"/api/jobs/{made.json['id']}/download?file=poster")
        picture = await fetched(stranger, poster.headers["Location"])
        workers = (await stranger.get("/status")).json["parts"]["workers"]

    place = folder / "video.mp4"
    place.write_bytes(video)
    with av.open(str(place)) as container:
        stream = container.streams.video[0]
        frames = sum(1 for _ in container.decode(stream))
        assert (stream.width, stream.height, frames) == (320, 180, 15 * seconds)
        assert container.streams.audio
    assert picture.startswith(b"\xff\xd8")
    assert (workers["state"], workers["details"]["living"]) == ("ok", living)
    return link


async def fetched(somebody: Client, link: str) -> bytes:
    """What lies at a link, wherever that is."""
    async with somebody.http.get(link) as response:
        assert response.status == 200, link
        return await response.read()


async def test_a_first_administrator_is_made_of_the_settings(tmp_path: Path) -> None:
    home = {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "ADMIN_EMAIL": "root@example.com",
        "ADMIN_PASSWORD": PASSWORD,
    }
    with serving.served(cwd=tmp_path, environment=home, complete=True) as server:
        async with visitor(server.url) as stranger:
            login = {"email": "root@example.com", "password": PASSWORD}
            admin = stranger.as_told(await stranger.post("/api/auth/login", login))

            answer = await admin.get("/admin/api/metrics")

    assert answer.status == 200
