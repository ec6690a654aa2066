"""A render's files for pages: the video that plays there, its poster, and what is saved."""

from aiohttp import web

from oriel.service import renders, shares
from oriel.service.models import Render, Song
from oriel.web.api import jobs
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.pages.page import Answer, page

_FILE = "{file:video|poster|thumbnail}"


@page("GET", f"/videos/{{id:{ID}}}/{_FILE}")
async def mine(call: Call) -> Answer:
    """One of the files of somebody's own render."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"), call.user.id)
        song = await session.get(Song, render.song_id)
    return await _sent_on(call, render, song)


@page("GET", f"/watch/{{token:[A-Za-z0-9_-]{{43}}}}/{_FILE}", who="anybody")
async def shared(call: Call) -> Answer:
    """The same of one that was shared."""
    async with call.parts.database.read() as session:
        render = await shares.watched(session, call.path("token"), call.parts.now())
        song = await session.get(Song, render.song_id)
    return await _sent_on(call, render, song)


async def _sent_on(call: Call, render: Render, song: Song | None) -> web.Response:
    link = await jobs.link(call, render, song, call.path("file"))
    # A path where it can be: pages may be looked at by another name than the public one.
    here = link.removeprefix(call.parts.settings.public_url.rstrip("/"))
    headers = {"Location": here if here.startswith("/") else link, "Cache-Control": "no-store"}
    return web.Response(status=302, headers=headers)
