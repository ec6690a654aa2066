"""Killed at each step of each thing that it does, Oriel loses nothing and does nothing twice."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import buckets
import dying
import pytest
import stripe_words
import stripes
from apis import Client, a_song, served, settings
from ordering import an_order, balance, count, seen
from postbox import Postbox
from sqlalchemy import select, update
from working import SMALL, Works

from oriel.jobs import sweep, valkey, workshop
from oriel.jobs.worker import Worker
from oriel.service import clock, ids, mail, orphans, plans, storage
from oriel.service.db import Database
from oriel.service.expiry import ENDED
from oriel.service.mail import delivery
from oriel.service.models import Credit, Mail, Payment, PaymentEvent, Render, Segment, Submission
from oriel.service.settings import Settings

SONG = a_song(1)
KEY = "the-same-order"
NEXT_LEASE = 6  # minutes; a letter's deliverer that died is followed after five

EVERY_STEP = [
    *("_claimed not committed", "_claimed committed"),
    *("prepare not committed", "prepare committed"),  # by an equal order's video, were there one
    *("probe not committed", "probe committed"),
    *("work .npz written", "work .npz stored"),
    *("prepare not committed 2", "prepare committed 2"),
    *("work .mp4 written", "work .mp4 stored", "draw not committed", "draw committed"),
    *("videos .mp4 written", "videos .mp4 stored", "videos .jpg written", "videos .jpg stored"),
    *("videos .webp written", "videos .webp stored", "finish not committed", "finish committed"),
    *("deleted", "_delete not committed", "_delete committed"),
    *("_deliver not committed", "_deliver committed", "letter sent"),
    *("_note not committed", "_note committed"),
]
UNNOTED = ["letter sent", "_note not committed"]  # deaths after which it is sent once more
IN_A_BUCKET = [step.replace(" written", " half sent") for step in EVERY_STEP]
BESIDE_THEM = ["_rhythm not committed", "_rhythm committed"]  # while the parts are joined


async def submit(chosen: Settings, token: str) -> None:
    """One order, which its user sends again after each death, with the same key."""
    async with served(chosen) as stranger:
        answer = await Client(stranger.url, stranger.http, stranger.application, token).order(
            SONG, key=KEY, size="160x90"
        )
    assert answer.status == 202, answer.body


async def hear(chosen: Settings, body: bytes) -> None:
    """A webhook, which Stripe sends again after each death."""
    async with served(chosen) as stripe:
        answer = await stripe.post(
            "/api/payments/webhook",
            data=body,
            headers={**stripe_words.signed(body), "Content-Type": "application/json"},
        )
    assert answer.status == 200, answer.body


async def make(environment: dict[str, str], render_id: str) -> None:
    """All that a worker does for one render."""
    async with workshop.opened(Settings.read(environment), None) as shop:
        worker = Worker(shop, slots=1)
        beside = asyncio.create_task(worker.keep(), name=dying.BESIDE)
        working = asyncio.create_task(worker.work(), name="claiming")
        while True:
            async with shop.database.read() as session:
                if (await session.get_one(Render, render_id)).status in ENDED:
                    break
            await asyncio.sleep(0.02)
        worker.stop.asked.set()
        await working
        await worker.end(grace=60)
        beside.cancel()


async def clean_up(environment: dict[str, str], minutes: float) -> None:
    """What a worker sweeps, so many minutes later."""
    async with workshop.opened(Settings.read(environment), None) as shop:
        await sweep.delete_leftovers(shop)
        post = delivery.Post(mail.of(shop.settings), shop.settings.public_url)
        moment = clock.now() + timedelta(minutes=minutes)
        await delivery.deliver_due(shop.database, post, clock.going_on_from(moment))


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[str]:
    """A bucket that forgets no upload half way, as a setting names it."""
    with buckets.emulated("gcp-storage-emulator", tmp_path) as endpoint:
        key = buckets.credentials(tmp_path)
        yield f"gs://{buckets.BUCKET}?endpoint={endpoint}&credentials={key}&patience=5"


@pytest.mark.parametrize(
    ("database_url", "apart"),
    [("sqlite", False), ("postgresql", True)],
    indirect=["database_url"],
    ids=["sqlite", "postgresql, Redis and a bucket"],
)
async def test_an_order_that_dies_at_each_step_is_taken_and_paid_once(
    database: Database, database_url: str, apart: bool, tmp_path: Path, bucket: str
) -> None:
    private = valkey.chosen(tmp_path / "redis")
    queue = await valkey.start(private) if apart else None
    outside = {"redis_url": private.url, "storage": bucket} if apart else {}
    chosen = settings(database_url, tmp_path, **outside)
    async with served(chosen) as stranger:
        user = await stranger.registered()

    await asyncio.to_thread(dying.live_on, tmp_path / "dead", submit, chosen, user.token)

    assert dying.steps(tmp_path / "dead") == [
        *(["songs half sent"] if apart else ["songs written"]),
        *("songs stored", "_submit not committed", "_submit committed"),
        "deleted",  # the song that was sent once more
        *(["queue asked"] if apart else []),
    ]
    user_id = str(user.user["id"])
    assert await balance(database, user_id) == 4
    assert [await count(database, table) for table in (Submission, Render)] == [1, 1]
    stored = storage.of(chosen)
    await orphans.sweep(database, stored, clock.now() + 2 * orphans.GRACE)
    assert len(await lying(stored)) == 1
    if not apart:
        for left in (tmp_path / "storage" / ".incoming").iterdir():
            os.utime(left, (0, 0))
        await stored.tidy()
        assert len(files(tmp_path / "storage")) == 1
    if queue is not None:
        queue.terminate()
        await queue.wait()


async def test_a_webhook_that_dies_at_each_step_grants_one_credit_and_one_receipt(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    account = stripes.Account()
    with stripes.ours(account) as address:
        chosen = settings(
            database_url,
            tmp_path,
            payments=f"stripe:{address}",
            stripe_key="sk_test",
            stripe_webhook_secret=stripe_words.SECRET,
        )
        async with served(chosen) as stranger:
            user = await stranger.registered()
        payment = await begun(database, str(user.user["id"]))
        paid = account.add(stripes.Paid(payment.id, payment.amount_cents, "paid", "complete"))
        body = json.dumps(paid.event("checkout.session.completed")).encode()

        deaths = await asyncio.to_thread(dying.live_on, tmp_path / "dead", hear, chosen, body)

    assert deaths == 4
    assert dying.steps(tmp_path / "dead") == [
        *("store not committed", "store committed", "handle not committed", "handle committed"),
    ]
    assert await balance(database, payment.user_id, payment.tier) == 1
    assert await count(database, PaymentEvent) == 1
    async with database.read() as session:
        receipts = select(Mail.source).where(Mail.letter == "receipt")
        assert list(await session.scalars(receipts)) == [f"payment:{payment.id}:receipt"]
        assert (await session.scalars(select(PaymentEvent))).one().outcome == "paid"


@pytest.mark.parametrize(
    ("database_url", "apart"),
    [("sqlite", False), ("postgresql", True)],
    indirect=["database_url"],
    ids=["sqlite", "postgresql and a bucket"],
)
async def test_a_render_whose_workers_die_at_each_step_is_made_paid_and_told_once(
    workplace: Works, postbox: Postbox, apart: bool, bucket: str
) -> None:
    workplace.environment |= postbox.environment
    if apart:
        workplace.environment["ORIEL_STORAGE"] = bucket
    workplace.environment["ORIEL_SEGMENT_SECONDS"] = "60"
    workplace.environment["ORIEL_LEASE_SECONDS"] = "300"
    dead = workplace.folder / "dead"
    song = workplace.folder / "song.wav"
    song.write_bytes(SONG)
    render = await workplace.order(song, an_order(sizes=SMALL, end=0.5))

    for _ in range(dying.MOST_DEATHS):
        given = (workplace.environment, render.id)
        if await asyncio.to_thread(dying.live, dead, make, *given):
            break
        await lease_over(workplace.database)
    for minutes in range(0, NEXT_LEASE * dying.MOST_DEATHS, NEXT_LEASE):
        if await asyncio.to_thread(dying.live, dead, clean_up, workplace.environment, minutes):
            break

    steps = dying.steps(dead)
    done = await seen(workplace.database, render)
    assert done.status == "done", done.log
    assert await balance(workplace.database, render.user_id) == 4
    assert await postbox.told(workplace.database, render) == ["video_ready"] * (1 + len(UNNOTED))
    assert len(postbox.taken) == 1
    assert await count(workplace.database, Segment) == 0
    every_step = IN_A_BUCKET if apart else EVERY_STEP
    assert [step for step in steps if step not in BESIDE_THEM] == every_step
    assert set(UNNOTED) < set(steps)
    assert [step for step in steps if step in BESIDE_THEM] == BESIDE_THEM
    async with workplace.database.read() as session:
        spent = list(await session.scalars(select(Credit).where(Credit.kind != "admin")))
    assert len(spent) == 1
    kinds = Counter(Path(key).suffix for key in await lying(workplace.storage))
    assert kinds == Counter(["", ".mp4", ".jpg", ".webp"])


async def begun(database: Database, user_id: str) -> Payment:
    """A purchase whose page is open."""
    plan = plans.PLANS["personal"]
    given: dict[str, Any] = {"amount_cents": plan.price_cents, "currency": plan.currency}
    payment = Payment(id=ids.new(), user_id=user_id, tier=plan.tier, provider="stripe", **given)
    payment.session = f"cs_test_{payment.id}"
    async with database.begin() as session:
        session.add(payment)
    return payment


async def lease_over(database: Database) -> None:
    """The dead worker's lease ends, and its death is not counted: there will be many."""
    async with database.begin() as session:
        for table in (Render, Segment):
            await session.execute(update(table).values(lease_until=None, deaths=0))


async def lying(stored: storage.Storage) -> list[str]:
    """The keys of all that is stored."""
    places = ("songs/", "work/", "videos/")
    return [one.key for place in places async for one in stored.listed(place)]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
