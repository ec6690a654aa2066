"""Everybody's renders, as administrators see them and see to them."""

from typing import Any, Literal

from aiohttp import web
from pydantic import Field

from oriel.service import listings, renders, snapshots
from oriel.service.errors import NoCredit, NotInPlan, Refused
from oriel.service.models import Render, Song
from oriel.service.renders import NotPossible
from oriel.web.api import acts, downloads
from oriel.web.api.admin import One
from oriel.web.api.call import Call
from oriel.web.api.codes import Gone, NotReady
from oriel.web.api.leads import leads
from oriel.web.api.lists import after
from oriel.web.api.models import ID, Asked, Page, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Done, State, Status

_OF_A_JOB = (
    "admin_renders_one_job",
    "admin_renders_cancel_job",
    "admin_renders_retry_job",
    "admin_renders_prefer_job",
    "admin_renders_download_job",
)


class WhichJobs(Page):
    """Whose renders, in which state, ordered when."""

    user: One | None = None
    status: State | None = None
    age: listings.Age | None = Field(default=None, description="Ordered within, or before that.")


class Job(Status):
    """A render as administrators see it: whose it is, who works on it, and what it logged."""

    user_id: str
    worker: str | None
    attempts: int
    deaths: int
    fence: int
    priority: int
    log: str


class Jobs(Told):
    """A page of renders."""

    jobs: list[Job]
    next: str | None


class Retried(Told):
    """The render that was ordered instead."""

    id: str


class Preference(Asked):
    """2 is begun first, 1 is what was paid for, 0 what is free."""

    priority: Literal[0, 1, 2]


@route("GET", "/admin/api/jobs", who="admin", leads=leads(*_OF_A_JOB, id="jobs/0/id"))
async def all_jobs(call: Call, query: WhichJobs) -> Jobs:
    """Renders, the newest first."""
    wanted = listings.renders(
        call.parts.now(),
        status=query.status,
        user=query.user,
        age=query.age,
        before=query.before,
        limit=query.limit + 1,
    )
    async with call.parts.database.read() as session:
        found = (await session.execute(wanted)).all()
    shown = [_job(call, render, song) for render, song, _ in found[: query.limit]]
    return Jobs(jobs=shown, next=after(found, query.limit))


@route("GET", f"/admin/api/jobs/{{id:{ID}}}", who="admin")
async def one_job(call: Call) -> Job:
    """A render, with its log."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"))
        return _job(call, render, await session.get(Song, render.song_id))


@route("POST", f"/admin/api/jobs/{{id:{ID}}}/cancel", who="admin", refuses=(NotPossible,))
async def cancel_job(call: Call) -> Done:
    """Stop somebody's render; its credit goes back."""
    await acts.cancel(call, call.path("id"))
    return Done(message="It is cancelled.")


@route(
    "POST",
    f"/admin/api/jobs/{{id:{ID}}}/retry",
    who="admin",
    status=202,
    refuses=(NotPossible, NotInPlan, NoCredit, Refused),
)
async def retry_job(call: Call) -> Retried:
    """Order once more what failed or was cancelled.

    It is paid with a credit of the owner's, who is given one where none is left. However often it is
    asked for, there is one.
    """
    render = await acts.retry(call, call.path("id"))
    return Retried(id=render.id)


@route("PUT", f"/admin/api/jobs/{{id:{ID}}}/priority", who="admin", refuses=(NotPossible,))
async def prefer_job(call: Call, body: Preference) -> Done:
    """Have a render be begun before others, or after them."""
    await acts.prefer(call, call.path("id"), body.priority)
    return Done(message="Its place in the queue is another.")


@route(
    "GET",
    f"/admin/api/jobs/{{id:{ID}}}/download",
    who="admin",
    status=302,
    others=downloads.SENT_ON,
    refuses=(Gone, NotReady),
)
async def download_job(call: Call, query: downloads.What) -> web.StreamResponse:
    """Go to somebody's video, its poster or its moving thumbnail."""
    return await downloads.sent_on(call, query.file, owner=None)


def _job(call: Call, render: Render, song: Song | None) -> Job:
    told = snapshots.described(render, song, call.parts.now())
    more: dict[str, Any] = {
        name: getattr(render, name)
        for name in ("user_id", "worker", "attempts", "deaths", "fence", "priority", "log")
    }
    return Job.model_validate(told | more)
