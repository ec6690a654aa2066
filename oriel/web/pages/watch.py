"""A video that its owner shares, for anybody who has the link."""

from oriel.service import shares, snapshots
from oriel.service.models import Song
from oriel.web.api.call import Call
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import show


@page("GET", "/watch/{token:[A-Za-z0-9_-]{43}}", who="anybody")
async def watch(call: Call) -> Answer:
    """The video, as long as it is kept and its link was not taken back."""
    token, now = call.path("token"), call.parts.now()
    async with call.parts.database.read() as session:
        render = await shares.watched(session, token, now)
        song = await session.get(Song, render.song_id)
    return show(
        "watch.html",
        render=snapshots.described(render, song, now),
        place=f"/watch/{token}",
        site=call.parts.settings.public_url.rstrip("/"),
    )
