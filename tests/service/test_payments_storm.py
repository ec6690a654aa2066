"""A thousand webhooks in any order, late and each several times, forged ones too: the books fit."""

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apis
import stripe_words
import stripes
from people import somebody
from shopping import shop_of
from sqlalchemy import func, select

from oriel.service import ids, plans
from oriel.service.db import Database
from oriel.service.models import Credit, Mail, Payment, PaymentEvent
from oriel.service.payments import events

EVENTS = 1000
FORGED = 100
SENDERS = 8
PATH = "/api/payments/webhook"
JSON = {"Content-Type": "application/json"}
PEOPLE = 40
LATE_SECONDS = 200  # on its way; a signature is good for 300
TIERS = ("personal", "commercial", "premium")
NOW = datetime.now(UTC)

# What may happen to a payment: the webhook that tells of it, and how the payment stands then.
Step = tuple[str, dict[str, object]]
PAID: Step = ("checkout.session.completed", {"status": "complete", "payment_status": "paid"})
LATER: Step = ("checkout.session.completed", {"status": "complete", "intent_status": "processing"})
ARRIVED: Step = ("checkout.session.async_payment_succeeded", {"payment_status": "paid"})
BOUNCED: Step = (
    "checkout.session.async_payment_failed",
    {"intent_status": "requires_payment_method"},
)
EXPIRED: Step = ("checkout.session.expired", {"status": "expired"})
REFUND: list[Step] = [(kind, {"refunded": True}) for kind in ("charge.refunded", "refund.updated")]
FAILED: Step = ("refund.failed", {"refunded": False, "failed_refunds": 1})
OPEN: list[Step] = [
    ("charge.dispute.created", {"dispute": "needs_response"}),
    ("charge.dispute.updated", {"dispute": "under_review"}),
]
LIVES: list[tuple[int, list[Step]]] = [  # how often, and what
    (5, [PAID]),
    (2, [LATER, ARRIVED]),
    (1, [LATER, BOUNCED]),
    (1, [EXPIRED]),
    (3, [PAID, *REFUND]),
    (2, [LATER, ARRIVED, *REFUND]),
    (2, [PAID, *OPEN, ("charge.dispute.closed", {"dispute": "lost"})]),
    (2, [PAID, *OPEN, ("charge.dispute.closed", {"dispute": "won"})]),
    (1, [PAID, *OPEN, ("charge.dispute.closed", {"dispute": "won"}), *REFUND]),
    (1, [PAID, *OPEN]),
    (1, [PAID, *REFUND, *OPEN]),
    (2, [PAID, *REFUND, FAILED]),
    (1, [PAID, *REFUND, FAILED, *REFUND]),
    (1, [PAID, *REFUND, FAILED, *OPEN]),
]


@dataclass(frozen=True)
class Sent:
    """A webhook on its way; `after` is how its payment stands at least when it is sent."""

    body: bytes
    after: stripes.Paid | None
    step: int = 0


@dataclass
class Story:
    """Everything that happens, and what the books must say in the end."""

    webhooks: list[Sent] = field(default_factory=list)
    credits: Counter[tuple[str, str]] = field(default_factory=Counter)
    statuses: dict[str, str] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)  # by session: the step Stripe is at
    failed: set[str] = field(default_factory=set)  # payments of which a refund failed


def lived(story: Story, begun: Payment, life: list[Step]) -> None:
    """Add a payment with its webhooks, and what is left of it."""
    stands = stripes.Paid(begun.id, begun.amount_cents)
    for number, (kind, change) in enumerate(life):
        stands = replace(stands, **change)  # type: ignore[arg-type]
        told = stands.event(kind, f"evt_{number}_{begun.id}")
        story.webhooks.append(Sent(json.dumps(told).encode(), stands, number))
    if stands.failed_refunds:
        story.failed.add(begun.id)
    taken = stands.refunded or stands.dispute not in (None, "won")
    paid = stands.payment_status == "paid"
    story.credits[begun.user_id, begun.tier] += int(paid and not taken)
    story.statuses[begun.id] = (
        ("refunded" if stands.refunded else "disputed" if taken else "paid")
        if paid
        else ("expired" if stands.status == "expired" else "failed")
    )


async def told(database: Database, chance: random.Random) -> Story:
    """A thousand webhooks about payments of forty people, and a few about none of ours."""
    people = [await somebody(database) for _ in range(PEOPLE)]
    story, begun = Story(), []
    lives = [life for often, life in LIVES for _ in range(often)]
    while len(story.webhooks) < EVENTS - 20:
        tier = chance.choice(TIERS)
        one = Payment(
            id=ids.new(),
            user_id=chance.choice(people),
            tier=tier,
            amount_cents=plans.PLANS[tier].price_cents,
            currency="usd",
            provider="stripe",
            created_at=NOW - timedelta(days=chance.randint(0, 60)),
        )
        one.session = f"cs_test_{one.id}"
        begun.append(one)
        lived(story, one, chance.choice(lives))
    while len(story.webhooks) < EVENTS:
        strange = stripes.Paid(ids.new(), 299, "paid", "complete")
        body = json.dumps(strange.event(chance.choice(["charge.refunded", PAID[0]]))).encode()
        story.webhooks.append(Sent(body, None))
    async with database.begin() as session:
        session.add_all(begun)
    return story


def forged(body: bytes, chance: random.Random) -> tuple[bytes, dict[str, str]]:
    """A webhook that Stripe did not send."""
    return chance.choice(
        [
            (body, {}),
            (body, stripe_words.signed(body, "whsec_guessed")),
            (body, stripe_words.signed(body, at=time.time() - 600)),
            (body.replace(b'"object"', b'"Object"'), stripe_words.signed(body)),
        ]
    )


async def test_a_storm_of_webhooks_leaves_the_books_as_the_model_says(
    database: Database, database_url: str, tmp_path: Path, account: stripes.Account
) -> None:
    """Eight senders to two servers; Stripe itself fails now and then, and moves on meanwhile."""
    chance = random.Random(20)
    story = await told(database, chance)
    posts: list[Sent | None] = [
        webhook for webhook in story.webhooks for _ in range(chance.randint(1, 5))
    ]
    genuine = len(posts)
    posts += [None] * FORGED
    chance.shuffle(posts)
    answers: Counter[tuple[bool, int]] = Counter()  # whether it was Stripe's, and the status

    async def send(server: apis.Client) -> None:
        while posts:
            webhook = posts.pop()
            if webhook is None:
                body, headers = forged(chance.choice(story.webhooks).body, chance)
            else:
                _moved_on(account, story, webhook)
                sent = time.time() - chance.randint(0, LATE_SECONDS)
                body, headers = webhook.body, stripe_words.signed(webhook.body, at=sent)
                account.down += chance.random() < 0.02
            answer = await server.post(PATH, data=body, headers={**headers, **JSON})
            answers[webhook is not None, answer.status] += 1

    with stripes.ours(account) as address:
        chosen = apis.settings(database_url, tmp_path, **selling(address))
        async with apis.served(chosen) as one, apis.served(chosen) as other:
            await asyncio.gather(*(send((one, other)[n % 2]) for n in range(SENDERS)))
        account.down = 0
        shop = shop_of(f"stripe:{address}")
        while await events.handle_waiting(database, shop, NOW + timedelta(minutes=5)):
            continue

    assert answers == {(True, 200): genuine, (False, 400): FORGED}
    async with database.read() as session:
        sums = await session.execute(
            select(Credit.user_id, Credit.tier, func.sum(Credit.amount)).group_by(
                Credit.user_id, Credit.tier
            )
        )
        ledger = {(user, tier): int(total) for user, tier, total in sums}
        statuses = {one.id: one.status for one in await session.scalars(select(Payment))}
        kept = await session.scalar(select(func.count()).select_from(PaymentEvent))
        sources = Counter(await session.scalars(select(Mail.source)))
    expected = {key: total for key, total in story.credits.items() if total}
    paid = [one for one, status in story.statuses.items() if status not in ("expired", "failed")]
    assert {key: total for key, total in ledger.items() if total} == expected
    assert _unlike(statuses, story.statuses) == {}
    assert kept == EVENTS
    back = [one for one, status in story.statuses.items() if status == "refunded"]
    told_of = [(one, "receipt") for one in paid]
    told_of += [(one, "refund:1" if one in story.failed else "refund") for one in back]
    due = Counter(f"payment:{one}:{letter}" for one, letter in told_of)
    seen_before_it_failed = {
        f"payment:{one}:{letter}"
        for one in story.failed
        for letter in ("refund", "refund-failed:1")
    }
    assert due <= sources
    assert set(sources - due) <= seen_before_it_failed
    assert max(sources.values()) == 1


def selling(address: str) -> dict[str, str]:
    """The settings of who sells through this Stripe."""
    return {
        "payments": f"stripe:{address}",
        "stripe_key": "sk_test",
        "stripe_webhook_secret": stripe_words.SECRET,
    }


def _moved_on(account: stripes.Account, story: Story, webhook: Sent) -> None:
    """Stripe knows what it tells of, and perhaps more by now."""
    if webhook.after is None:
        return
    session = webhook.after.session
    if webhook.step >= story.reached.get(session, 0):
        story.reached[session] = webhook.step
        account.add(webhook.after)


def _unlike(ours: dict[str, str], model: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Payments whose status is not the model's."""
    return {one: (ours[one], said) for one, said in model.items() if ours[one] != said}
