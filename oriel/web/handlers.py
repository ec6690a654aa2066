"""Requests in, responses out: one function a path."""

from aiohttp import web

from oriel.web import answers, errors, headers, meshes
from oriel.web.demo import BEATS_LINK
from oriel.web.keys import DEMO, OTHERS, STUDIO


async def page(request: web.Request) -> web.StreamResponse:
    """The studio."""
    shown = request.app[STUDIO].now().page
    response = answers.send(request, shown.asset, answers.ASK_AGAIN)
    response.headers["Content-Security-Policy"] = headers.for_page(shown.scripts)
    return response


async def asset(request: web.Request) -> web.StreamResponse:
    """One of the page's files, under the name that tells its content."""
    found = request.app[STUDIO].asset(request.path)
    if found is None and OTHERS in request.app:
        found = await request.app[OTHERS](request.path)
    if found is None:  # it may be here tomorrow, and a cache between us would not know
        raise web.HTTPNotFound(headers={"Cache-Control": "no-store"})
    response = answers.send(request, found, answers.FOR_EVER)
    if found.url.endswith(".js"):
        response.headers["Content-Security-Policy"] = headers.FOR_SCRIPTS
    return response


async def mesh(request: web.Request) -> web.StreamResponse:
    """A shape, of `?size=4` and, if it is a random one, `&seed=0`."""
    asked = request.query
    found = meshes.asset(
        request.match_info["shape"], asked.get("size", "4"), asked.get("seed", "0")
    )
    return answers.send(request, found, answers.FOR_A_DAY)


async def demo_song(request: web.Request) -> web.StreamResponse:
    """The demo song; parts of it too, for players that seek."""
    demo = request.app[DEMO]
    about = {"Content-Type": "audio/wav", "Cache-Control": answers.ASK_AGAIN}
    if demo.has_beats():
        about["Link"] = BEATS_LINK
    return web.FileResponse(await demo.song(), headers=about)


async def demo_beats(request: web.Request) -> web.StreamResponse:
    """The demo song's tempo and beats, where this machine can hear them."""
    beats = await request.app[DEMO].beats()
    if beats is None:
        raise errors.not_found("This server cannot hear beats: install Oriel's render extra there.")
    return web.json_response(beats, headers={"Cache-Control": answers.ASK_AGAIN})


async def health(request: web.Request) -> web.StreamResponse:
    """Whether the server answers."""
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})
