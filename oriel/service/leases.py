"""A worker's name goes in, a piece of work that nobody else has comes out, for as long as it asks.

Every claim raises the row's `fence`, and every later write names it: who lost a piece of work to
somebody else changes nothing any more. Times are the database's own (`clock`), so that workers
whose clocks differ agree on what is over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, Result, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from oriel.service import clock as clocks
from oriel.service.models import Render, Segment, Song
from oriel.service.origin import NOWHERE, Origin

Stage = Literal["preparing", "drawing", "finishing"]

MOST_STARTS = 3  # that fail, of one stage of one render, or of one segment
MOST_DEATHS = 8  # of workers at one of these: the work itself may be what kills them
_BEGINNING = 0x626567696E  # of PostgreSQL, whose advisory locks are numbers; see also `schema`
RUNNING: tuple[Stage, ...] = ("preparing", "drawing", "finishing")
# Of a render or a segment: nobody has it; nobody has or had it since its stage began.
FREE: Mapping[str, Any] = {"worker": None, "lease_until": None}
ANEW: Mapping[str, Any] = {**FREE, "attempts": 0, "deaths": 0}


@dataclass(frozen=True)
class Work:
    """A piece of work as it was claimed: the order, and which frames for a segment.

    `first` and `count` are frames of the video; `fence` goes with every write, `attempt` is 1 for
    the first start, and for the next ones until one fails.
    """

    stage: Stage
    render_id: str
    fence: int
    attempt: int
    user_id: str
    submission_id: str
    song_id: str
    song_key: str
    look: Mapping[str, Any]
    size: tuple[int, int]
    fps: str
    start: float
    end: float | None
    tier: str
    codec: str
    quality: str
    watermark: bool
    priority: int
    order_hash: str
    origin: Origin = NOWHERE
    segment_id: str | None = None
    number: int = 0
    first: int = 0
    count: int = 0

    @property
    def key(self) -> str:
        """What tells this claim from every other, also of the same row."""
        return f"{self.segment_id or self.render_id}-{self.fence}"


@dataclass(frozen=True)
class Limits:
    """How many renders may be under way at once: of one user, and of all."""

    per_user: int = 4
    in_all: int = 1_000


async def clock(session: AsyncSession) -> datetime:
    """The database's time in UTC; on SQLite, which all share one machine with, that machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return clocks.now()
    return cast(datetime, await session.scalar(select(func.clock_timestamp())))


async def claim(
    session: AsyncSession,
    worker: str,
    now: datetime,
    lease: float,
    limits: Limits = Limits(),
    stages: Iterable[Stage] = RUNNING,
) -> Work | None:
    """The most urgent piece of work, leased for `lease` seconds, or None when nothing waits.

    Paid before free, older renders before newer ones.
    """
    found = [row for stage in stages if (row := await _next(session, stage, now, limits))]
    for stage, render, segment, song in sorted(found, key=lambda row: _urgency(row[1])):
        if render.status == "queued" and not await _still_room(session, render, limits):
            continue
        one = render if segment is None else segment
        fence, attempt = one.fence + 1, one.attempts + (not _left_behind(one))
        if await _take(session, stage, one, worker, now, now + timedelta(seconds=lease)):
            return _work(stage, render, segment, song, fence, attempt)
    return None


async def waiting(session: AsyncSession, now: datetime, limits: Limits = Limits()) -> bool:
    """Whether there is something to claim; only reads."""
    for stage in RUNNING:
        if await session.scalar(_candidates(stage, now, limits).with_only_columns(Render.id)):
            return True
    return False


async def prolong(session: AsyncSession, work: Work, now: datetime, lease: float) -> bool:
    """Keep a piece of work for `lease` seconds more; False where it is lost or not wanted."""
    until = now + timedelta(seconds=lease)
    return await write(session, work, {"lease_until": until})


async def still_wanted(session: AsyncSession, works: Iterable[Work]) -> set[str]:
    """The `key` of those that are still this worker's and not cancelled; only reads."""
    kept = set()
    for work in works:
        if await session.scalar(select(Render.id).where(_holds(work))):
            kept.add(work.key)
    return kept


async def hand_back(session: AsyncSession, work: Work, now: datetime, wait: float = 0.0) -> bool:
    """Let somebody else do it, after `wait` seconds, as if it had never been started."""
    rows = Segment if work.segment_id else Render
    values: dict[str, Any] = {
        "worker": None,
        "attempts": rows.attempts - 1,
        "lease_until": now + timedelta(seconds=wait) if wait else None,
    }
    if work.segment_id:
        values |= {"status": "waiting", "frames_done": 0}
    elif work.stage == "preparing":
        values |= {"status": "queued", "version": Render.version + 1}
    return await write(session, work, values)


async def again_later(session: AsyncSession, work: Work, now: datetime) -> bool:
    """Have it started again soon, after a start that failed; False where it is lost.

    The wait grows with each start: 1 s, 2 s.
    """
    until = now + timedelta(seconds=2 ** (work.attempt - 1))
    values: dict[str, Any] = {"worker": None, "lease_until": until}
    if work.segment_id:
        values |= {"status": "waiting", "frames_done": 0}
    return await write(session, work, values)


async def write(session: AsyncSession, work: Work, values: Mapping[str, Any]) -> bool:
    """Change the row that was claimed; False, and nothing changed, where the claim is over."""
    if work.segment_id is None:
        return changed(
            await session.execute(
                update(Render)
                .where(Render.id == work.render_id, _holds(work))
                .values(values)
                .execution_options(synchronize_session=False)
            )
        )
    held = select(Render.id).where(_holds(work)).exists()
    return changed(
        await session.execute(
            update(Segment)
            .where(Segment.id == work.segment_id, Segment.fence == work.fence, held)
            .values(values)
            .execution_options(synchronize_session=False)
        )
    )


async def lock(session: AsyncSession, render_id: str) -> None:
    """Have this render to ourselves until the transaction ends.

    Who changes a render and its segments locks the render first, and who gives its credit back holds
    the account before (`credits.hold`): no two wait for each other.
    """
    await session.execute(select(Render.id).where(Render.id == render_id).with_for_update())


def changed(result: Result[Any]) -> bool:
    """Whether an UPDATE or DELETE met a row."""
    return cast("CursorResult[Any]", result).rowcount > 0


def over(column: Any, now: datetime) -> ColumnElement[bool]:
    """That nobody's lease is on the row any more."""
    return or_(column.is_(None), column < now)


def _holds(work: Work) -> ColumnElement[bool]:
    """That the claim stands, as a condition on the render."""
    if work.segment_id is None:
        return and_(
            Render.id == work.render_id,
            Render.status == work.stage,
            Render.fence == work.fence,
            Render.worker.is_not(None),
        )
    segment = (
        select(Segment.id)
        .where(
            Segment.id == work.segment_id,
            Segment.status == "drawing",
            Segment.fence == work.fence,
        )
        .exists()
    )
    return and_(Render.id == work.render_id, Render.status == "drawing", segment)


async def _next(
    session: AsyncSession, stage: Stage, now: datetime, limits: Limits
) -> tuple[Stage, Render, Segment | None, Song] | None:
    of = Segment if stage == "drawing" else Render
    wanted = _candidates(stage, now, limits).with_for_update(skip_locked=True, of=of)
    row = (await session.execute(wanted)).first()
    if row is None:
        return None
    return stage, row[0], row[2] if stage == "drawing" else None, row[1]


def _candidates(stage: Stage, now: datetime, limits: Limits) -> Select[*tuple[Any, ...]]:
    wanted: Select[*tuple[Any, ...]] = select(Render, Song).join(Song, Song.id == Render.song_id)
    order = [Render.priority.desc(), Render.id]
    if stage == "drawing":
        wanted = (
            wanted.add_columns(Segment)
            .join(Segment, Segment.render_id == Render.id)
            .where(
                Render.status == "drawing",
                Segment.status != "done",
                ~hopeless(Segment),
                over(Segment.lease_until, now),
            )
        )
        return wanted.order_by(*order, Segment.number).limit(1)
    idle = and_(over(Render.lease_until, now), ~hopeless(Render))
    if stage == "finishing":
        return wanted.where(Render.status == "finishing", idle).order_by(*order).limit(1)
    fresh = and_(Render.status == "queued", _room(limits), ~_unheard_before().exists())
    return wanted.where(or_(fresh, Render.status == "preparing"), idle).order_by(*order).limit(1)


def _unheard_before() -> Select[str]:
    """Another size of the same order that is prepared first: the others share what it hears."""
    other = Render.__table__.alias("sibling")
    before = or_(
        other.c.priority > Render.priority,
        and_(other.c.priority == Render.priority, other.c.id < Render.id),
    )
    return select(other.c.id).where(
        other.c.submission_id == Render.submission_id,
        other.c.status.in_(("queued", "preparing")),
        before,
    )


def _room(limits: Limits) -> ColumnElement[bool]:
    """That neither the queued render's user nor all together have too many under way."""
    other = Render.__table__.alias("other")
    under_way = other.c.status.in_(RUNNING)
    busy = (
        select(other.c.user_id)
        .where(under_way)
        .group_by(other.c.user_id)
        .having(func.count() >= limits.per_user)
    )
    in_all = select(func.count()).select_from(other).where(under_way).scalar_subquery()
    return and_(Render.user_id.not_in(busy), in_all < limits.in_all)


async def _still_room(session: AsyncSession, render: Render, limits: Limits) -> bool:
    """Whether there is room to begin this render, as long as the transaction lasts.

    Two who looked at once both saw the last place; so here they stand in line. Each render passes
    once, and who goes on with one that is under way does not.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        await session.execute(select(func.pg_advisory_xact_lock(_BEGINNING)))
    room = select(Render.id).where(Render.id == render.id, _room(limits))
    return await session.scalar(room) is not None


async def _take(
    session: AsyncSession,
    stage: Stage,
    row: Render | Segment,
    worker: str,
    now: datetime,
    until: datetime,
) -> bool:
    rows = type(row)
    died = _left_behind(row)
    values = {
        "status": stage,
        "worker": worker,
        "lease_until": until,
        "fence": row.fence + 1,
        "attempts": row.attempts + (not died),
        "deaths": row.deaths + died,
    }
    if isinstance(row, Render):
        values |= {"version": row.version + 1, "started_at": row.started_at or now}
    taken = (
        update(rows)
        .where(rows.id == row.id, rows.fence == row.fence, rows.status == row.status)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return changed(await session.execute(taken))


def hopeless(rows: type[Render] | type[Segment]) -> ColumnElement[bool]:
    """That the last worker that may die at it has it, or had it."""
    return and_(rows.worker.is_not(None), rows.deaths >= MOST_DEATHS - 1)


def _left_behind(row: Render | Segment) -> bool:
    """Whether whoever had it last never let go of it; of what may be claimed, it died then."""
    return row.worker is not None


def _urgency(render: Render) -> tuple[int, str]:
    return -render.priority, render.id


def _work(
    stage: Stage, render: Render, segment: Segment | None, song: Song, fence: int, attempt: int
) -> Work:
    return Work(
        stage=stage,
        render_id=render.id,
        fence=fence,
        attempt=attempt,
        user_id=render.user_id,
        submission_id=render.submission_id,
        song_id=song.id,
        song_key=song.key,
        look=render.look,
        size=(render.width, render.height),
        fps=render.fps,
        start=render.start,
        end=render.end,
        tier=render.tier,
        codec=render.codec,
        quality=render.quality,
        watermark=render.watermark,
        priority=render.priority,
        order_hash=render.order_hash,
        origin=Origin(render.request_id, render.traceparent),
        segment_id=segment.id if segment else None,
        number=segment.number if segment else 0,
        first=segment.first if segment else 0,
        count=segment.count if segment else render.frames,
    )
