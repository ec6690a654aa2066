"""Everybody's renders: found, looked at with their logs, tried again, stopped, put first, played."""

from oriel.service import credits, listings, renders, snapshots
from oriel.service.models import Song, User
from oriel.web.api import acts
from oriel.web.api.admin_renders import Preference, WhichJobs
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.pages import flash, query
from oriel.web.pages.admin.lists import AT_ONCE, narrowed, part
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show

_ONE = f"/admin/renders/{{id:{ID}}}"


@page("GET", "/admin/renders", who="admin")
async def everybody_s(call: Call) -> Answer:
    """All renders."""
    asked = query.read(WhichJobs, call.request)
    wanted = listings.renders(
        call.parts.now(),
        status=asked.status,
        user=asked.user,
        age=asked.age,
        before=asked.before,
        limit=AT_ONCE + 1,
    )
    async with call.parts.database.read() as session:
        found = (await session.execute(wanted)).all()
    return show("admin/renders.html", asked=asked, narrowed=narrowed(asked), **part(found))


@page("GET", _ONE, who="admin")
async def one(call: Call) -> Answer:
    """One render, with its log and its video."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"))
        owner = await session.get_one(User, render.user_id)
        song = await session.get(Song, render.song_id)
        left = await credits.balance(session, owner.id, render.tier)
        told = snapshots.described(render, song, call.parts.now())
    return show("admin/render.html", render=render, told=told, owner=owner, left=left)


@page("POST", f"{_ONE}/retry", who="admin", again=one)
async def retry(call: Call) -> Answer:
    """Order it once more."""
    made = await acts.retry(call, call.path("id"))
    flash.say(call, "It is ordered once more: this is the new one.")
    return go(f"/admin/renders/{made.id}")


@page("POST", f"{_ONE}/cancel", who="admin", again=one)
async def cancel(call: Call) -> Answer:
    """Stop it."""
    await acts.cancel(call, call.path("id"))
    flash.say(call, "It is cancelled, and its credit went back.")
    return go(f"/admin/renders/{call.path('id')}")


@page("POST", f"{_ONE}/priority", who="admin", again=one)
async def prefer(call: Call, form: Preference) -> Answer:
    """Have it be begun before others, or after them."""
    await acts.prefer(call, call.path("id"), form.priority)
    flash.say(call, "Its place in the queue is another.")
    return go(f"/admin/renders/{call.path('id')}")
