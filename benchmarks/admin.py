"""A year of a service in SQLite and PostgreSQL; how long each of the operator's pages takes, out.

python -m benchmarks.admin --users 100000 --renders 1000000 [--plans] [--keep FOLDER]
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import func, select

from benchmarks import crowd, plans
from benchmarks.crowd import Crowd
from benchmarks.table import Goal, Row, table
from oriel.service import claims, db, figures, listings, schema, users
from oriel.service.db import Database
from oriel.service.models import Render, User
from oriel.service.plans import PLANS
from oriel.service.settings import Settings
from oriel.web import app
from oriel.web.api.keys import PARTS
from oriel.web.api.parts import Parts

KINDS = ("sqlite", "postgresql")
_GOAL = Goal("≤", 300)
_TIMES = 5
ADMIN = {"email": "operator@example.org", "password": "a long and boring sentence"}


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.admin", description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--renders", type=int, default=1_000_000)
    parser.add_argument("--only", choices=KINDS, action="append")
    parser.add_argument("--plans", action="store_true", help="print how each question is answered")
    parser.add_argument("--keep", type=Path, help="where SQLite's file stays, to be asked again")
    return parser


def main() -> None:
    asked = parser().parse_args()
    for kind in asked.only or KINDS:
        with _database(kind, asked.keep) as url:
            rows = asyncio.run(
                _measured(kind, url, Crowd(asked.users, asked.renders, _now()), asked)
            )
        print(f"\n{kind}\n\n{table(rows)}", flush=True)


async def paths(database: Database) -> list[str]:
    """Every list, with each way to narrow it, at its beginning and deep within; and one of each."""
    async with database.read() as session:
        old = await session.scalar(
            select(Render.id).order_by(Render.id.desc()).offset(500).limit(1)
        )
        newest = listings.renders(_now(), status="failed", limit=1)
        failed, _, somebody = (await session.execute(newest)).one()
        payment = await session.scalar(listings.payments(status="paid", limit=1))
        event = await session.scalar(listings.events(limit=1))
        first = await session.scalar(select(func.min(User.created_at)))
    assert payment is not None
    assert event is not None
    assert first is not None
    whose = f"user={somebody.id}"
    narrowed = {
        "users": ["search=listener77", "search=nobody-at-all", "kind=admin", "kind=inactive"],
        "jobs": [
            *("status=failed", "status=queued", "status=done", "age=over_day", "age=hour"),
            *(whose, f"{whose}&status=failed", f"status=failed&before={old}"),
        ],
        "payments": ["status=refunded", "status=disputed", whose, f"before={old}"],
        "events": ["state=waiting", "before=evt_000000005000"],
        "mails": ["state=waiting", "state=failed", "state=sent", whose],
        "audit": ["action=payment.refund", f"subject=user:{somebody.id}"],
    }
    lists = [
        f"/{name}?{query}".rstrip("?")
        for name, queries in narrowed.items()
        for query in ("", *queries)
    ]
    ones = [f"/users/{somebody.id}", f"/jobs/{failed.id}", f"/events/{event.id}"]
    year = f"first={first.date()}"
    drawn = [f"figures?{year}", f"figures.csv?of=revenue&{year}", "metrics", "system-status"]
    shown = [place.replace("/jobs", "/renders") for place in lists + ones]
    return [
        *(f"/admin{place}" for place in ("/", *shown, f"/payments/{payment.id}", "/system")),
        *(f"/admin/api{place}" for place in lists + ones),
        *(f"/admin/api/{name}" for name in ("figures", *drawn)),
        "/metrics",
    ]


@asynccontextmanager
async def served(url: str, folder: Path) -> AsyncIterator[tuple[aiohttp.ClientSession, str, Parts]]:
    """An administrator's session at a server on this database, its address, and what it is made of."""
    settings = Settings(data=folder, database_url=url, rate_factor=0, payments="off:simulated")
    application = app.create(settings=settings)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await application[PARTS].storage.begin()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            async with http.post(f"{address}/api/auth/login", json=ADMIN) as answer:
                assert answer.status == 200, await answer.text()
            yield http, address, application[PARTS]
    finally:
        await runner.cleanup()


async def _measured(kind: str, url: str, many: Crowd, asked: Any) -> list[Row]:
    await filled(kind, url, many)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        async with served(url, Path(folder)) as (http, address, parts):
            for path in await paths(parts.database):
                with plans.overheard(parts.database) as heard:
                    times = [await asked_for(http, address + path) for _ in range(_TIMES)]
                note = f"the slowest of {_TIMES}: {max(times):.0f} ms"
                rows.append(Row(path, round(median(times), 1), " ms", _GOAL, note))
                if asked.plans:
                    await _print_plans(parts, path, heard[: len(heard) // _TIMES])
    return rows


async def filled(kind: str, url: str, many: Crowd) -> None:
    """The database with a year in it, and its days counted, as the sweeper leaves it."""
    began = time.monotonic()
    await schema.upgrade(url)
    async with db.open_database(url) as database:
        async with database.read() as session:
            there = await claims.by_email(session, ADMIN["email"])
        if there is None:
            count = await crowd.seed(url, many)
            print(f"{kind}: {count:,} rows in {time.monotonic() - began:.0f} s", flush=True)
            await users.create_admin(database, PLANS, **ADMIN, now=_now())
        began = time.monotonic()
        days = await figures.count_days(database, _now())
        await figures.sample(database, _now())
        print(f"{kind}: {days} days counted in {time.monotonic() - began:.0f} s", flush=True)
    await _analysed(url)


async def _analysed(url: str) -> None:
    """What PostgreSQL's autovacuum does by itself, in its own time."""
    if url.startswith("postgresql"):
        import asyncpg

        connection = await asyncpg.connect(url)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()


async def asked_for(http: aiohttp.ClientSession, url: str) -> float:
    """How many milliseconds the whole answer took."""
    began = time.perf_counter()
    async with http.get(url) as answer:
        body = await answer.read()
        assert answer.status == 200, (url, answer.status, body[:300])
    return 1000 * (time.perf_counter() - began)


async def _print_plans(parts: Parts, path: str, heard: list[plans.Asked]) -> None:
    print(f"\n== {path}")
    for one in heard:
        print(f"-- {' '.join(one.statement.split())[:160]}")
        for line in await plans.plan(parts.database, one):
            print(f"     {line}")


@contextmanager
def _database(kind: str, keep: Path | None) -> Iterator[str]:
    if kind == "postgresql":
        from postgres import running

        with running() as server:
            yield server.url()
        return
    with tempfile.TemporaryDirectory(prefix="oriel-crowd-") as folder:
        place = keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{place.absolute()}/crowd.db"


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
