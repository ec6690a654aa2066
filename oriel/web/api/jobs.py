"""Songs and orders in, renders out: submitted, followed, cancelled, tried again, downloaded."""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credits, orders, renders, snapshots, songs, telemetry
from oriel.service.errors import BadFields, KeyUsed, NoCredit, NotFound, NotInPlan
from oriel.service.models import Render, Song
from oriel.service.orders import CODECS, QUALITIES, Order
from oriel.service.plans import Plan
from oriel.service.renders import NotPossible, Submitted
from oriel.web.api import once, upload
from oriel.web.api.call import Call
from oriel.web.api.codes import Gone, NotASong, NotReady, UnknownSong
from oriel.web.api.leads import leads
from oriel.web.api.models import ID, Asked, Page, Told
from oriel.web.api.route import Other, route
from oriel.web.api.shown import Status

_FIELDS = frozenset(
    [
        *("song_hash", "look", "size", "fps", "start", "end", "tier", "codec", "quality"),
        *("notify_url", once.FIELD),
    ]
)
_LINK_SECONDS = 3600
_SMALL = 1 << 18  # bytes of a form without a song
SENT_ON = {302: Other("It is at this address, for an hour.", headers={"Location": "Where."})}
_OF_A_RENDER = (
    "jobs_status",
    "events_events",
    "jobs_cancel",
    "jobs_retry",
    "jobs_download",
    "user_download",
    "songs_song",
)
_FILES = {"video": "video_key", "poster": "poster_key", "thumbnail": "thumbnail_key"}


class Submission(Asked):
    """A form: the song, and what its video is to be like."""

    song: Annotated[
        str | None,
        Field(description="The song's file.", json_schema_extra={"contentMediaType": "audio/mpeg"}),
    ] = None
    song_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="Or the SHA-256 of a song that you sent before, in hexadecimal."
    )
    look: str | None = Field(default=None, description="A look as JSON, or a built-in look's name.")
    size: list[str] | None = Field(
        default=None,
        max_length=orders.MOST_SIZES,
        description="1280x720, or 720p, 1080p, 4k, square, vertical; several times for several videos.",
    )
    fps: str | None = Field(default=None, description="Frames a second; 30 if absent.")
    start: str | None = Field(default=None, description="Where in the song to begin, in seconds.")
    end: str | None = Field(default=None, description="Where to stop; the song's end if absent.")
    tier: str | None = Field(default=None, description="free if absent; see /api/payments/tiers.")
    codec: Literal[CODECS] | None = None  # type: ignore[valid-type]
    quality: Literal[QUALITIES] | None = None  # type: ignore[valid-type]
    notify_url: str | None = Field(
        default=None, description="Where to tell, signed, that the render has ended."
    )
    idempotency_key: once.Key = None


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


class What(Asked):
    """Which of a render's files."""

    file: Literal["video", "poster", "thumbnail"] = "video"


@route(
    "POST",
    "/api/jobs/submit",
    limit="submit",
    status=202,
    form=Submission,
    refuses=(KeyUsed, NoCredit, NotASong, NotInPlan, UnknownSong),
    headers=once.HEADERS,
    leads=[*leads(*_OF_A_RENDER, id="id"), *leads("songs_known", sha256="song_hash")],
)
async def submit(call: Call) -> Accepted:
    """Order a song's video.

    Several sizes share what is heard in the song, and each is a render of its own, with a credit
    of its own. The song is kept, so that it can be ordered again by its hash.
    """
    if call.request.content_length is None or call.request.content_length > _SMALL:
        await call.parts.limits.count("upload", f"user:{call.user.id}")
    parts, user_id = call.parts, call.user.id
    most = parts.settings.upload_limit_mb * 1_000_000
    place = upload.Place(parts.storage, songs.new_key(user_id), most)
    async with upload.received(call.request, place) as form:
        submitted, song = await _submit(call, form, _order(call, form))
        form.kept = song.key == place.key
    await ask(call, submitted.renders)
    if submitted.repeated:
        once.replayed(call)
    return _accepted(submitted, song.sha256)


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
    after = found[query.limit - 1].id if len(found) > query.limit else None
    return Listed(renders=[Status(**one) for one in shown], next=after)


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
    others=SENT_ON,
    refuses=(Gone, NotReady),
)
async def download(call: Call, query: What) -> web.StreamResponse:
    """Go to the finished video, its poster or its moving thumbnail."""
    return await sent_on(call, query.file, call.user.id)


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
    refuses=(NotPossible, NoCredit, NotInPlan),
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


async def sent_on(call: Call, file: str, owner: str | None) -> web.StreamResponse:
    """The way to one of the files of a render, of this owner where one is named."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"), owner)
        song = await session.get(Song, render.song_id)
    headers = {"Location": await link(call, render, song, file), "Cache-Control": "no-store"}
    return web.Response(status=302, headers=headers)


async def link(call: Call, render: Render, song: Song | None, file: str) -> str:
    """The address of one of a render's files, for an hour; raises Gone, NotReady and NotFound."""
    key = key_of(render, file, call)
    return await call.parts.storage.link(key, _LINK_SECONDS, _filename(render, song, key))


def _order(call: Call, form: upload.Form) -> Order:
    """What the form orders; raises BadFields with everything that is wrong in it."""
    problems = _unfit(form)
    try:
        order = orders.read(form.fields)
    except BadFields as error:
        problems |= error.details
    tier = (form.fields.get("tier") or ["free"])[0].strip() or "free"
    if tier not in call.parts.plans:
        problems["tier"] = f"must be one of {', '.join(call.parts.plans)}"
    problems |= _wrong_song(form) | once.wrong(_key_of(call, form))
    if problems:
        raise BadFields(problems)
    return order


def _unfit(form: upload.Form) -> dict[str, str]:
    """The fields that there are not, and those of which one alone is understood."""
    known = {
        name: "must be sent once"
        for name in _FIELDS - {"size"}
        if len(form.fields.get(name, ())) > 1
    }
    unknown = form.fields.keys() - _FIELDS
    return known | {name[:100].replace("\0", ""): "is not known here" for name in unknown}


def _key_of(call: Call, form: upload.Form) -> str | None:
    return once.key(call, next(iter(form.fields.get(once.FIELD, ())), None))


def _wrong_song(form: upload.Form) -> dict[str, str]:
    hashes = form.fields.get("song_hash", [])
    if form.song is not None and hashes:
        return {"song_hash": "send the song or its hash, not both"}
    if form.song is None and not hashes:
        return {"song": "is missing"}
    if hashes and not (len(hashes) == 1 and _is_hash(hashes[0])):
        return {"song_hash": "must be the 64 hexadecimal digits of a SHA-256"}
    return {}


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


async def _submit(call: Call, form: upload.Form, order: Order) -> tuple[Submitted, Song]:
    parts, settings, now = call.parts, call.parts.settings, call.parts.now()
    async with parts.database.begin() as session:
        await credits.hold(session, call.user.id)  # one order of a user after the other
        user = await call.row(session)
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
            idempotency_key=_key_of(call, form),
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
    song = await songs.find(session, call.user.id, form.fields["song_hash"][0])
    if song is None or song.expires_at < now:
        raise UnknownSong("No song of yours with this hash is kept here: send the file.")
    return song


def plan_of(call: Call, tier: str) -> Plan:
    """The plan of a tier; raises NotPossible where it is offered no more."""
    if tier not in call.parts.plans:
        raise NotPossible(f"There is no tier {tier} any more.")
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


def key_of(render: Render, file: str, call: Call) -> str:
    """Where one of a render's files lies; raises Gone, NotReady and NotFound."""
    gone = render.deleted_at or (render.expires_at and render.expires_at < call.parts.now())
    if render.status == "done" and gone:
        raise Gone("The video was deleted when its time was over; order it again.")
    early = file == "poster" and render.poster_key is not None
    if render.status != "done" and not early:
        raise NotReady(f"There is no video yet: the render is {render.status}.")
    key: str | None = getattr(render, _FILES[file])
    if key is None:
        raise NotFound(f"This render has no {file}.")
    return key


def _filename(render: Render, song: Song | None, key: str) -> str:
    """What a browser saves it as, such as "Song 1920x1080.mp4"."""
    name = (song and (song.title or song.name.rsplit(".", 1)[0])) or "video"
    kept = "".join(c for c in name if c.isprintable() and c not in '\\/:*?"<>|')[:80].strip()
    ending = key.rpartition(".")[2]
    return f"{kept or 'video'} {render.width}x{render.height}.{ending}"
