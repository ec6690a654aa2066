"""A render's files for pages: the video that plays there, its poster, and what is saved.

A picture is fetched once: its address tells which one it is, and browsers keep it.
"""

from aiohttp import web

from oriel.service import renders, shares, snapshots
from oriel.service.errors import NotFound
from oriel.service.models import Render, Song
from oriel.service.storage import NotStored
from oriel.web.api import downloads
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.pages.page import Answer, page

_LASTING = f"private, max-age={30 * 86_400}, immutable"
_FILE = "{file:video|poster|thumbnail}"


@page("GET", f"/videos/{{id:{ID}}}/{_FILE}")
async def mine(call: Call) -> Answer:
    """One of the files of somebody's own render."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"), call.user.id)
        song = await session.get(Song, render.song_id)
    return await _answered(call, render, song)


@page("GET", f"/watch/{{token:[A-Za-z0-9_-]{{43}}}}/{_FILE}", who="anybody")
async def shared(call: Call) -> Answer:
    """The same of one that was shared."""
    async with call.parts.database.read() as session:
        render = await shares.watched(session, call.path("token"), call.parts.now())
        song = await session.get(Song, render.song_id)
    return await _answered(call, render, song)


@page("GET", f"/admin/renders/{{id:{ID}}}/{_FILE}", who="admin")
async def anybodys(call: Call) -> Answer:
    """The same of anybody's, for administrators."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"))
        song = await session.get(Song, render.song_id)
    return await _answered(call, render, song)


async def _answered(call: Call, render: Render, song: Song | None) -> web.Response:
    if call.path("file") == "video":
        return await _sent_on(call, render, song)
    return await _pictured(call, downloads.key_of(render, call.path("file"), call))


async def _pictured(call: Call, key: str) -> web.Response:
    try:
        body = b"".join([piece async for piece in await call.parts.storage.open(key)])
    except NotStored as error:
        raise NotFound("This picture is not there any more.") from error
    lasting = call.request.query.get("v") == snapshots.mark(key)
    headers = {"Cache-Control": _LASTING if lasting else "no-store"}
    kind = "image/webp" if key.endswith(".webp") else "image/jpeg"
    return web.Response(body=body, content_type=kind, headers=headers)


async def _sent_on(call: Call, render: Render, song: Song | None) -> web.Response:
    link = await downloads.link(call, render, song, call.path("file"))
    # A path where it can be: pages may be looked at by another name than the public one.
    here = link.removeprefix(call.parts.settings.public_url.rstrip("/"))
    headers = {"Location": here if here.startswith("/") else link, "Cache-Control": "no-store"}
    return web.Response(status=302, headers=headers)
