"""Songs and orders in, renders out: submitted, followed, cancelled, tried again, downloaded."""

from functools import partial
from typing import Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credits, renders, snapshots, songs, telemetry
from oriel.service.errors import KeyUsed, NoCredit, NotFound, NotInPlan, Refused
from oriel.service.models import Render, Song
from oriel.service.orders import Order
from oriel.service.plans import Plan
from oriel.service.renders import NotPossible, Submitted
from oriel.web.api import downloads, once, order_form, upload
from oriel.web.api.call import Call
from oriel.web.api.codes import Gone, NotASong, NotReady, UnknownSong
from oriel.web.api.leads import leads
from oriel.web.api.lists import after
from oriel.web.api.models import ID, Page, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Status

_SMALL = 1 << 18  # bytes; a form without a song has fewer
_OF_A_RENDER = (
    "jobs_status",
    "events_events",
    "jobs_cancel",
    "jobs_retry",
    "jobs_download",
    "user_download",
    "songs_song",
)


class Ordered(Told):
    """One render that was ordered."""

    id: str
    status: str
    status_url: str
    size: str


class Accepted(Ordered):
    """The first render of a submission, and all of them."""

    submission_id: str
    song_hash: str
    renders: list[Ordered]


class Listing(Page):
    """Which renders."""

    status: (
        Literal["queued", "preparing", "drawing", "finishing", "done", "failed", "cancelled"] | None
    ) = None


class Listed(Told):
    """A page of renders."""

    renders: list[Status]
    next: str | None = Field(description="To be asked for as `before`; null at the end.")


@route(
    "POST",
    "/api/jobs/submit",
    limit="submit",
    status=202,
    form=order_form.Submission,
    refuses=(KeyUsed, NoCredit, NotASong, NotInPlan, Refused, UnknownSong),
    headers=once.HEADERS,
    leads=[*leads(*_OF_A_RENDER, id="id"), *leads("songs_known", sha256="song_hash")],
)
async def submit(call: Call) -> Accepted:
    """Order a song's video.

    Several sizes share what is heard in the song, and each is a render of its own, with a credit
    of its own. The song is kept, so that it can be ordered again by its hash.
    """
    parts, user_id = call.parts, call.user.id
    place = upload.Place(
        parts.storage,
        songs.new_key(user_id),
        parts.settings.upload_limit_mb * 1_000_000,
        await _counting(call),
    )
    async with upload.received(call.request, place) as form:
        submitted, song = await _submit(call, form, order_form.read(call, form))
        form.kept = song is not None and song.key == place.key
    await ask(call, submitted.renders)
    if submitted.repeated:
        once.replayed(call)
    return _accepted(submitted, _sha256(form))


async def _counting(call: Call) -> upload.Counting | None:
    """What counts a song when it comes; None where the whole body was counted before it is read."""
    length = call.request.content_length
    if length is not None and length <= _SMALL:
        return partial(call.count, "upload")
    await call.count("upload")
    return None


@route("GET", "/api/jobs", leads=leads(*_OF_A_RENDER, id="renders/0/id"))
async def listed(call: Call, query: Listing) -> Listed:
    """Your renders, the newest first."""
    async with call.parts.database.read() as session:
        found = await renders.listed(
            session,
            call.user.id,
            before=query.before,
            status=query.status,
            most=query.limit + 1,
        )
    ids = [render.id for render in found[: query.limit]]
    shown = await snapshots.several(call.parts.database, ids, call.parts.now())
    return Listed(renders=[Status(**one) for one in shown], next=after(found, query.limit))


@route("GET", f"/api/jobs/{{id:{ID}}}/status", answer=Status)
async def status(call: Call) -> dict[str, Any]:
    """How far a render is."""
    parts = call.parts
    told = await snapshots.asked(parts.database, call.path("id"), parts.now(), call.user.id)
    if told is None:
        raise NotFound("There is no such render.")
    return told


@route(
    "GET",
    f"/api/jobs/{{id:{ID}}}/download",
    status=302,
    others=downloads.SENT_ON,
    refuses=(Gone, NotReady),
)
async def download(call: Call, query: downloads.What) -> web.StreamResponse:
    """Go to the finished video, its poster or its moving thumbnail."""
    return await downloads.sent_on(call, query.file, call.user.id)


@route("POST", f"/api/jobs/{{id:{ID}}}/cancel", answer=Status, refuses=(NotPossible,))
async def cancel(call: Call) -> dict[str, Any]:
    """Stop a render; before its drawing began, its credit comes back."""
    async with call.parts.database.begin() as session:
        render = await renders.find(session, call.path("id"), call.user.id)
        now = call.parts.now()
        if not await renders.cancel(session, render, now) and render.status != "cancelled":
            raise NotPossible(f"It has ended already: it is {render.status}.")
        fresh = await renders.find(session, render.id)
        told = await snapshots.status(session, fresh, now)
    await call.parts.events.publish(render.id, told)
    return told


@route(
    "POST",
    f"/api/jobs/{{id:{ID}}}/retry",
    status=202,
    refuses=(NotPossible, NoCredit, NotInPlan, Refused),
    leads=leads(*_OF_A_RENDER, id="id"),
)
async def retry(call: Call) -> Accepted:
    """Order once more what failed or was cancelled: a new render, for a new credit.

    However often it is asked for, there is one.
    """
    parts, settings = call.parts, call.parts.settings
    async with parts.database.begin() as session:
        user = await call.row(session)
        render = await renders.find(session, call.path("id"), user.id)
        song = await session.get(Song, render.song_id)
        submitted = await renders.retry(
            session,
            render,
            user=user,
            plan=plan_of(call, render.tier),
            now=parts.now(),
            keep_days=settings.keep_days,
            limits=limits_of(call),
            origin=call.origin,
        )
    await ask(call, submitted.renders)
    return _accepted(submitted, song.sha256 if song else "")


async def _submit(call: Call, form: upload.Form, order: Order) -> tuple[Submitted, Song | None]:
    """What was ordered, and its song; None in its place where this key had ordered it before."""
    parts, settings, now = call.parts, call.parts.settings, call.parts.now()
    key = order_form.key_of(call, form)
    async with parts.database.begin() as session:
        await credits.hold(session, call.user.id)  # one order of a user after the other
        user = await call.row(session)
        # Before the song: that of an answer of long ago may be gone.
        if before := await renders.submitted(session, user.id, key, _sha256(form), order):
            return before, None
        song = await _song(call, session, form)
        submitted = await renders.submit(
            session,
            user,
            song,
            order,
            plan=plan_of(call, order.tier),
            now=now,
            keep_days=settings.keep_days,
            limits=limits_of(call),
            idempotency_key=key,
            origin=call.origin,
        )
        return submitted, song


async def _song(call: Call, session: AsyncSession, form: upload.Form) -> Song:
    """The row of the song that was sent, or of the one that was named."""
    days, now = call.parts.settings.keep_days, call.parts.now()
    if form.song is not None:
        sent = form.song
        return await songs.keep(
            session,
            call.user.id,
            sent.sha256,
            key=sent.key,
            size=sent.bytes,
            name=sent.name,
            now=now,
            days=days,
            most=call.parts.settings.songs_limit_mb * 1_000_000,
        )
    song = await songs.find(session, call.user.id, _sha256(form))
    if song is None or not songs.is_kept(song, now):
        raise UnknownSong("No song of yours with this hash is kept here: send the file.")
    return song


def _sha256(form: upload.Form) -> str:
    """The hash of the song that was sent or named."""
    return form.song.sha256 if form.song is not None else form.fields["song_hash"][0]


def plan_of(call: Call, tier: str) -> Plan:
    """The plan of a tier; raises NotPossible where it is offered no more."""
    if tier not in call.parts.plans:
        raise NotPossible(f"There is no tier {tier} any more: order another.")
    return call.parts.plans[tier]


def limits_of(call: Call) -> renders.Limits:
    """How many renders may wait, and how long a song may be."""
    settings = call.parts.settings
    return renders.Limits(
        settings.max_queued_per_user, settings.max_queued, settings.song_limit_minutes
    )


async def ask(call: Call, ordered: tuple[Render, ...]) -> None:
    """Wake workers up; who cannot be woken looks by itself."""
    with telemetry.span("wake workers"):
        for render in ordered:
            if render.status == "queued":
                await call.parts.wake(render.id, render.priority)


def _accepted(submitted: Submitted, sha256: str) -> Accepted:
    made = [
        Ordered(
            id=render.id,
            status=render.status,
            status_url=f"/api/jobs/{render.id}/status",
            size=f"{render.width}x{render.height}",
        )
        for render in submitted.renders
    ]
    return Accepted(
        **made[0].model_dump(),
        submission_id=submitted.renders[0].submission_id,
        song_hash=sha256,
        renders=made,
    )
