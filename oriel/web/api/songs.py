"""A song's hash, or a render, in; whether the song is kept here, or its bytes, out."""

from contextlib import suppress

from aiohttp import hdrs, web

from oriel.service import renders, songs
from oriel.service.models import Song
from oriel.service.storage import NotStored, attachment
from oriel.web.api.call import Call
from oriel.web.api.codes import Gone
from oriel.web.api.models import ID, Asked, Sha256, Told
from oriel.web.api.route import NAMED, Other, route

_GONE = "The song is kept no longer: choose its file again."


class Which(Asked):
    """A song, by what it is."""

    sha256: Sha256


class Rhythm(Told):
    """What was heard in a song: `tempo` in beats a minute, 0 where it is not steady; `beats` in seconds."""

    tempo: float
    beats: list[float]


class Known(Told):
    """Whether a song need not be sent; `rhythm` is there once a video of it was made."""

    kept: bool
    rhythm: Rhythm | None = None


@route("GET", "/api/user/songs")
async def known(call: Call, query: Which) -> Known:
    """Whether you sent this song before and it is kept: then its hash is enough to order."""
    async with call.parts.database.read() as session:
        song = await songs.find(session, call.user.id, query.sha256)
        if song is None or not songs.is_kept(song, call.parts.now()):
            return Known(kept=False)
        heard = await songs.rhythm_of(session, song.id)
    return Known(kept=True, rhythm=Rhythm(**heard) if heard else None)


@route(
    "GET",
    f"/api/jobs/{{id:{ID}}}/song",
    refuses=(Gone,),
    others={200: Other("The song, as it was sent.", "application/octet-stream", NAMED)},
)
async def song(call: Call) -> web.StreamResponse:
    """The song of a render of yours, as it was sent, to go on with in the studio.

    It comes from this address itself, whatever the storage: a page may read it without leave of a
    bucket.
    """
    sent = await _song(call)
    storage = call.parts.storage
    try:
        size = await storage.size(sent.key)
    except NotStored as error:
        async with call.parts.database.begin() as session:
            await songs.lost(session, sent.id, sent.key, call.parts.now())
        raise Gone(_GONE) from error
    response = web.StreamResponse()
    response.content_type, response.content_length = "application/octet-stream", size
    response.headers["Content-Disposition"] = attachment(sent.name)
    call.dress(response)
    if call.request.method == hdrs.METH_HEAD:
        return response
    pieces = await storage.open(sent.key)
    await response.prepare(call.request)
    with suppress(ConnectionError):
        async for piece in pieces:
            await response.write(piece)
    return response


async def _song(call: Call) -> Song:
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"), call.user.id)
        found = await session.get(Song, render.song_id)
    if found is None or not songs.is_kept(found, call.parts.now()):
        raise Gone(_GONE)
    return found
