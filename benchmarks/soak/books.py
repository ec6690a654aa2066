"""A service after its soak, and what people saw, go in; what is lost, doubled or left over comes out."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.soak.people import Seen
from benchmarks.soak.place import Place
from oriel.service import clock, orphans, plans, storage
from oriel.service.db import Database
from oriel.service.expiry import ENDED
from oriel.service.models import Credit, Mail, Payment, Render, Segment, Song, User
from oriel.service.settings import Settings
from oriel.service.storage import Storage

_TO_NOTE = 1.0  # seconds from a mailer's answer to the note of it, on a busy machine
_PLACES = ("songs/", "work/", "videos/")


@dataclass(frozen=True)
class Books:
    """How many there are of each; all but `statuses` and `swept` are to be none."""

    statuses: dict[str, int]
    failures: list[str]  # each that the service gave up: its code, how often begun, its log's end
    lost: int  # renders that were accepted and have not ended, or are not there
    failed: int  # renders that the service gave up: their songs were fine
    wrong_credits: int  # entries of the ledger that a render or a purchase has too many or too few
    overdrawn: int  # balances below nothing
    unsent: int  # letters that were written and not sent
    doubled: int  # letters that were sent more than once, though nothing died as they were taken
    unnoted: int  # letters that were: their worker was killed before it could note the first time
    untold: int  # finished renders of people who stayed, without a letter of their own
    swept: int  # files that killed processes had left, and that the sweeper deletes a day later
    missing: int  # files that are spoken of and not there
    left_over: int  # files that nobody speaks of, after all sweeping


async def at_rest(database: Database) -> bool:
    """Whether every render has ended, its work is cleared away, and every letter was sent."""
    async with database.read() as session:
        waiting = [
            select(Render.id).where(Render.status.not_in(ENDED)),
            select(Segment.id),
            select(Mail.id).where(Mail.sent_at.is_(None), Mail.gave_up_at.is_(None)),
            select(Render.id).where(Render.deleted_at.is_not(None), Render.video_key.is_not(None)),
            select(Song.id).where(Song.deleted_at.is_not(None), Song.key != ""),
        ]
        return not any([await session.scalar(one.limit(1)) for one in waiting])


async def reckon(place: Place, database: Database, seen: Seen) -> Books:
    """Compare what was acknowledged with what is there."""
    stored = storage.of(Settings.read(place.environment))
    swept = await orphans.sweep(database, stored, clock.now(), -orphans.GRACE)
    async with database.read() as session:
        renders = {one.id: one for one in await session.scalars(select(Render))}
        entries = Counter(await session.scalars(select(Credit.source)))
        told = Counter(await session.scalars(select(Mail.source)))
        unsent = select(func.count()).where(Mail.sent_at.is_(None))
        named = await _named(session)
        lying = await _lying(stored)
        accepted = [renders.get(one) for one in seen.renders]
        times = place.mailer.taken.values()
        again = sum(len(each) - 1 for each in times)
        unnoted = sum(_died_at(place, one) for each in times for one in each[:-1])
        return Books(
            statuses=dict(Counter(render.status for render in renders.values())),
            failures=[_failure(one) for one in renders.values() if one.status == "failed"],
            lost=sum(one is None or one.status not in ENDED for one in accepted),
            failed=sum(one.status == "failed" for one in renders.values()),
            wrong_credits=sum(
                _wrong(one, entries, one.user_id in seen.left) for one in renders.values()
            )
            + await _unpaid(session, seen, entries),
            overdrawn=await _overdrawn(session),
            unsent=await session.scalar(unsent) or 0,
            doubled=again - unnoted,
            unnoted=unnoted,
            untold=sum(
                told[f"render:{one.id}:done"] != 1
                for one in renders.values()
                if one.status == "done" and one.user_id not in seen.left
            ),
            swept=swept,
            missing=len(named - lying),
            left_over=len(lying - named),
        )


def _died_at(place: Place, taken: float) -> bool:
    """Whether a worker was killed as the mailer took a letter: nobody can know then that it did."""
    return any(0 <= killed - taken < _TO_NOTE for killed in place.killed)


def _failure(render: Render) -> str:
    begun = f"{render.attempts} starts, {render.deaths} died with their workers"
    return f"{render.error_code} at {render.frames_done} of {render.frames} frames, {begun}: {render.log[-300:]}"


def _wrong(render: Render, entries: Counter[str], left: bool) -> int:
    """A render is paid once; what failed, or ended before it was drawn, is given back once.

    So is what was being drawn as its owner left, and may be what they had cancelled before.
    """
    spent = entries[f"render:{render.id}:spend"]
    back = entries[f"render:{render.id}:return"]
    begun = (0, 1) if left else (0,)
    cancelled = begun if render.frames else (1,)
    given_back = {"done": (0,), "failed": (1,), "cancelled": cancelled}[render.status]
    return abs(1 - spent) + (back not in given_back)


async def _unpaid(session: AsyncSession, seen: Seen, entries: Counter[str]) -> int:
    """Purchases that Stripe told of without a credit, and credits without a purchase."""
    wrong = sum(entries[f"payment:{one}:purchase"] != 1 for one in seen.paid)
    paid = select(func.count()).where(Payment.status == "paid")
    bought = sum(often for source, often in entries.items() if source.endswith(":purchase"))
    return wrong + abs(bought - (await session.scalar(paid) or 0))


async def _overdrawn(session: AsyncSession) -> int:
    """Balances that are below nothing, or above all that was ever given."""
    sums = await session.execute(
        select(Credit.user_id, Credit.tier, func.sum(Credit.amount)).group_by(
            Credit.user_id, Credit.tier
        )
    )
    most = {plan.tier: plan.welcome for plan in plans.PLANS.values()}
    people = set(await session.scalars(select(User.id)))
    return sum(
        total < 0 or user not in people or total > most[tier] + 1 for user, tier, total in sums
    )


async def _named(session: AsyncSession) -> set[str]:
    """Every file that a row speaks of."""
    songs = select(Song.key).where(Song.key != "")
    files = select(Render.video_key, Render.poster_key, Render.thumbnail_key)
    found = set(await session.scalars(songs))
    return found | {key for row in await session.execute(files) for key in row if key}


async def _lying(stored: Storage) -> set[str]:
    return {one.key for place in _PLACES async for one in stored.listed(place)}
