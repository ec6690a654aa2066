"""A service after its soak, and what people saw, go in; what is lost, doubled or left over comes out."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.soak import letters
from benchmarks.soak.letters import Letters
from benchmarks.soak.people import Seen
from benchmarks.soak.place import Place
from oriel.service import clock, orphans, storage
from oriel.service.db import Database
from oriel.service.expiry import ENDED
from oriel.service.models import Credit, Mail, Payment, Render, Segment, Song, User
from oriel.service.settings import Settings
from oriel.service.storage import Storage

_GIVEN = ("welcome", "purchase", "admin")  # kinds of entries that add credits
_PLACES = ("songs/", "work/", "videos/")


@dataclass(frozen=True)
class Books:
    """How many there are of each; all but `statuses`, `letters` and `swept` are to be none."""

    statuses: dict[str, int]
    failures: list[str]  # each that the service gave up: its code, how often begun, its log's end
    lost: int  # renders that were accepted and have not ended, or are not there
    failed: int  # renders that the service gave up: their songs were fine
    wrong_credits: int  # entries of the ledger that a render or a purchase has too many or too few
    overdrawn: int  # balances below nothing
    undone: int  # acts of an administrator that the books do not have, or have twice
    letters: Letters
    swept: int  # files that killed processes had left, and that the sweeper deletes a day later
    missing: int  # files that are spoken of and not there
    left_over: int  # files that nobody speaks of, after all sweeping
    scratch: list[str]  # folders on the workers' disk that dead ones left


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
        written = list(await session.scalars(select(Mail)))
        named = await _named(session)
        lying = await _lying(stored)
        accepted = [renders.get(one) for one in seen.renders]
        failed = [
            one
            for one in renders.values()
            if one.status == "failed" and one.id not in seen.unreadable
        ]
        return Books(
            statuses=dict(Counter(render.status for render in renders.values())),
            failures=[_failure(one) for one in failed],
            lost=sum(one is None or one.status not in ENDED for one in accepted),
            failed=len(failed),
            wrong_credits=sum(_wrong(one, entries, seen) for one in renders.values())
            + await _unpaid(session, seen, entries),
            overdrawn=await _overdrawn(session),
            undone=await _undone(session, seen, entries),
            letters=letters.compared(place, seen, renders.values(), written),
            swept=swept,
            missing=len(named - lying),
            left_over=len(lying - named),
            scratch=place.of_dead_workers(),
        )


def _failure(render: Render) -> str:
    begun = f"{render.attempts} starts, {render.deaths} died with their workers"
    return f"{render.error_code} at {render.frames_done} of {render.frames} frames, {begun}: {render.log[-300:]}"


def _wrong(render: Render, entries: Counter[str], seen: Seen) -> int:
    """A render is paid once; what failed, or ended before it was drawn, is given back once.

    So is what was being drawn as its owner left or was deactivated. Who left may have cancelled
    before.
    """
    spent = entries[f"render:{render.id}:spend"]
    back = entries[f"render:{render.id}:return"]
    begun = (0, 1) if render.user_id in seen.left else (0,)
    early = not render.frames or render.id in seen.stopped
    cancelled = (1,) if early else begun
    ended = {"done": (0,), "failed": (1,), "cancelled": cancelled}
    given_back = ended.get(render.status, (0,))  # what did not end is told as lost
    return abs(1 - spent) + (back not in given_back)


async def _unpaid(session: AsyncSession, seen: Seen, entries: Counter[str]) -> int:
    """Purchases that Stripe told of without a credit, and credits without a purchase."""
    wrong = sum(entries[f"payment:{one}:purchase"] != 1 for one in seen.paid)
    paid = select(func.count()).where(Payment.status.in_(("paid", "refunded")))
    bought = sum(often for source, often in entries.items() if source.endswith(":purchase"))
    return wrong + abs(bought - (await session.scalar(paid) or 0))


async def _overdrawn(session: AsyncSession) -> int:
    """Balances that are below nothing, or above all that was ever given."""
    given = func.sum(case((Credit.kind.in_(_GIVEN), Credit.amount), else_=0))
    sums = await session.execute(
        select(Credit.user_id, func.sum(Credit.amount), given).group_by(Credit.user_id, Credit.tier)
    )
    people = set(await session.scalars(select(User.id)))
    return sum(not 0 <= total <= most or user not in people for user, total, most in sums)


async def _undone(session: AsyncSession, seen: Seen, entries: Counter[str]) -> int:
    """Credits given, money returned and accounts opened again, each of which is to be there once."""
    given = {source for source in entries if source.startswith("admin:")}
    back = {source for source in entries if source.endswith(":refund")}
    returned = set(await session.scalars(select(Payment.id).where(Payment.status == "refunded")))
    shut = set(await session.scalars(select(User.id).where(~User.active))) - seen.left
    return (
        len(given ^ seen.granted)
        + len(back ^ {f"payment:{one}:refund" for one in seen.refunded})
        + len(returned ^ seen.refunded)
        + len(shut)
    )


async def _named(session: AsyncSession) -> set[str]:
    """Every file that a row speaks of."""
    songs = select(Song.key).where(Song.key != "")
    files = select(Render.video_key, Render.poster_key, Render.thumbnail_key)
    found = set(await session.scalars(songs))
    return found | {key for row in await session.execute(files) for key in row if key}


async def _lying(stored: Storage) -> set[str]:
    return {one.key for place in _PLACES async for one in stored.listed(place)}
