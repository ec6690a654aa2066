"""Short renders on four workers, two of which are killed and two asked to stop at half of them.

The form is that of GitLab's test of its job fetcher: nothing may be lost, nothing done twice.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
import wave
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select, text

from benchmarks.table import Goal, Row
from oriel import look
from oriel.jobs import queue, valkey
from oriel.service import (
    clock,
    credits,
    db,
    ids,
    leases,
    orders,
    plans,
    renders,
    schema,
    songs,
    storage,
)
from oriel.service.db import Database
from oriel.service.expiry import ENDED
from oriel.service.models import Credit, Render, Segment, User
from oriel.service.settings import Settings

SHORT, LONG = 200, 1_000  # renders
_SIZE = (64, 36)
_SECONDS = 1.0
WORKERS = 4
_LONGEST = 3600.0  # seconds that the whole may take
# Told by the database itself, whoever publishes and whatever is tidied away afterwards.
_PUBLICATIONS = (
    "CREATE TABLE publications (render_id TEXT, video_key TEXT)",
    "CREATE TRIGGER published AFTER UPDATE OF video_key ON renders WHEN NEW.video_key IS NOT NULL "
    "BEGIN INSERT INTO publications VALUES (NEW.id, NEW.video_key); END",
)


def rows(
    count: int = SHORT, workers: int = WORKERS, lease: float = 15.0
) -> tuple[list[Row], dict[str, Any]]:
    """What became of so many renders, on an even number of workers with leases of so many seconds."""
    with tempfile.TemporaryDirectory(prefix="oriel-killed-") as folder:
        found = asyncio.run(_measure(Path(folder), count, workers, lease))
    half = workers // 2
    note = f"{count} renders, {workers} workers: {half} killed, {half} asked to stop, {workers} new ones"
    nothing = Goal("≤", 0)
    return [
        Row("renders lost when workers are killed", found["lost"], "", nothing, note),
        Row("videos published twice", found["twice"], "", nothing),
        Row("credits spent twice, or kept for nothing", found["wrong_credits"], "", nothing),
        Row("short renders a minute", round(60 * count / found["seconds"], 1), ""),
    ], found


async def _measure(folder: Path, count: int, workers: int, lease: float) -> dict[str, Any]:
    private = valkey.chosen(folder / "valkey")
    server = await valkey.start(private)
    environment = {
        "ORIEL_DATA": str(folder),
        "ORIEL_REDIS_URL": private.url,
        "ORIEL_MAX_RUNNING_PER_USER": str(count),
        "ORIEL_LEASE_SECONDS": f"{lease:g}",
    }
    settings = Settings.read(environment)
    await schema.upgrade(settings.database_url)
    started: list[subprocess.Popen[bytes]] = []
    try:
        async with db.open_database(settings.database_url) as database:
            await watch(database)
            user = await _ordered(database, settings, folder, count)
            began = time.monotonic()
            started += [_worker(folder, environment) for _ in range(workers)]
            await _ended(database, count // 2, began)
            signals = [signal.SIGKILL, signal.SIGTERM] * (workers // 2)
            for worker, number in zip(started, signals, strict=True):
                worker.send_signal(number)
            started += [_worker(folder, environment) for _ in range(workers)]
            await _ended(database, count, began)
            seconds = time.monotonic() - began
            await _tidied(database)
            return await _outcome(database, user, count) | {"seconds": seconds}
    finally:
        for worker in started:
            worker.kill()
            worker.wait()
        server.terminate()
        await server.wait()


async def watch(database: Database) -> None:
    """Have a SQLite database count from now on how often each render's video is published."""
    async with database.begin() as session:
        for statement in _PUBLICATIONS:
            await session.execute(text(statement))


async def published(database: Database) -> Counter[str]:
    """How often each render's video was."""
    async with database.read() as session:
        return Counter(await session.scalars(text("SELECT render_id FROM publications")))


async def _ordered(database: Database, settings: Settings, folder: Path, count: int) -> str:
    """Orders of one user, each of another part of one song; the user's identifier."""
    song_file = _song(folder / "song.wav", count)
    user_id, now = ids.new(), clock.now()
    key = songs.new_key(user_id)
    stored = storage.of(settings)
    await stored.begin()
    await stored.put(key, song_file, "audio/wav")
    async with database.begin() as session:
        user = User(id=user_id, email="a@example.org", email_as_typed="a@example.org")
        user.password_hash = ""
        session.add(user)
        await session.flush()
        await credits.grant(session, user_id, "personal", count, kind="admin", source="bench")
        size = song_file.stat().st_size
        song = await songs.keep(
            session,
            user_id,
            "0" * 64,
            key=key,
            size=size,
            name="song.wav",
            now=now,
            days=1,
            most=size,
        )
    limits = renders.Limits(count, count)
    made: list[Render] = []
    for number in range(count):
        order = orders.Order(
            look=look.load("default").to_json(),
            sizes=(_SIZE,),
            fps=Fraction(30),
            start=number / 100,
            end=number / 100 + _SECONDS,
            tier="personal",
        )
        async with database.begin() as session:
            made += (
                await renders.submit(
                    session,
                    user,
                    await session.merge(song),
                    order,
                    plan=plans.PLANS["personal"],
                    now=now,
                    keep_days=1,
                    limits=limits,
                )
            ).renders
    async with queue.opened(str(settings.redis_url)) as asked:
        for render in made:
            await asked.look_at(render.id, render.priority)
    return user_id


def _song(path: Path, count: int) -> Path:
    rate = 22_050
    times = np.arange(int((count / 100 + _SECONDS + 1) * rate)) / rate
    tone = np.sin(2 * np.pi * 220 * times) * (times % 0.5 < 0.1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((tone * 20_000).astype("<i2").tobytes())
    return path


def _worker(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "workers.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "oriel", "worker", "--slots", "1", "--grace", "5"],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )


async def _ended(database: Database, count: int, began: float) -> None:
    """Wait until so many renders have ended, or for too long."""
    ended = select(func.count()).select_from(Render).where(Render.status.in_(ENDED))
    while time.monotonic() - began < _LONGEST:
        async with database.read() as session:
            if (await session.scalar(ended) or 0) >= count:
                return
        await asyncio.sleep(0.5)


async def _tidied(database: Database) -> None:
    """Wait until what the attempts left is deleted: nobody publishes anything after that."""
    for _ in range(120):
        async with database.read() as session:
            if await session.scalar(select(Segment.id).limit(1)) is None:
                return
        await asyncio.sleep(0.5)


async def _outcome(database: Database, user_id: str, count: int) -> dict[str, Any]:
    async with database.read() as session:
        statuses = Counter(await session.scalars(select(Render.status)))
        spent = await session.scalar(
            select(func.count()).where(Credit.user_id == user_id, Credit.kind == "spend")
        )
        balance = await credits.balance(session, user_id, "personal")
        waits = await leases.waiting(session, clock.now())
    often = (await published(database)).values()
    return {
        "statuses": dict(statuses),
        "lost": count - statuses["done"],
        "published": len(often),
        "twice": sum(often) - len(often),
        "wrong_credits": abs(count - (spent or 0)) + balance,
        "still_waiting": waits,
    }
