"""Somebody's renders: all of them, and one with its video."""

from oriel.service import renders, snapshots
from oriel.service.models import Song
from oriel.web.api.call import Call
from oriel.web.pages.page import Answer, page
from oriel.web.pages.query import before
from oriel.web.pages.shown import show

_AT_ONCE = 24


@page("GET", "/dashboard")
async def dashboard(call: Call) -> Answer:
    """The renders of whoever is signed in, the newest first."""
    async with call.parts.database.read() as session:
        found = await renders.listed(
            session, call.user.id, before=before(call.request), most=_AT_ONCE + 1
        )
        listed = [
            snapshots.described(one, await session.get(Song, one.song_id), call.parts.now())
            for one in found[:_AT_ONCE]
        ]
    more = found[_AT_ONCE - 1].id if len(found) > _AT_ONCE else None
    return show("account/dashboard.html", renders=listed, more=more)
