"""A render in; where a browser fetches its video, poster or moving thumbnail, for an hour, out."""

from typing import Literal

from aiohttp import web

from oriel.service import renders
from oriel.service.errors import NotFound
from oriel.service.models import Render, Song
from oriel.web.api.call import Call
from oriel.web.api.codes import Gone, NotReady
from oriel.web.api.models import Asked
from oriel.web.api.route import Other

SENT_ON = {302: Other("It is at this address, for an hour.", headers={"Location": "Where."})}
_FILES = {"video": "video_key", "poster": "poster_key", "thumbnail": "thumbnail_key"}
_LINK_SECONDS = 3600


class What(Asked):
    """Which of a render's files."""

    file: Literal["video", "poster", "thumbnail"] = "video"


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


def key_of(render: Render, file: str, call: Call) -> str:
    """Where one of a render's files lies; raises Gone, NotReady and NotFound."""
    gone = render.deleted_at or (render.expires_at and render.expires_at < call.parts.now())
    if render.status == "done" and gone:
        raise Gone("The video was deleted when its time was over; order it again.")
    early = file == "poster" and render.poster_key is not None
    if render.status != "done" and not early:
        under_way = render.status in renders.ACTIVE
        raise NotReady(
            f"There is no video yet, the render is {render.status}:"
            f" {'wait until it is done' if under_way else 'order it again'}."
        )
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
