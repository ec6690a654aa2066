"""A render in; what changes of it, as server-sent events that can be resumed, out.

Each event's id is the render's version: a browser that lost its connection sends the last one as
Last-Event-ID, and hears what came after it. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, suppress
from typing import Any

from aiohttp import hdrs, web

from oriel.service import renders
from oriel.service.errors import TooMany
from oriel.service.presence import Ended
from oriel.web.api import proxies
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.api.route import Other, route

_AGAIN_MS = 2_000  # after which a browser asks again when it is cut off
BEAT_SECONDS = 15.0  # proxies cut what is silent for a minute
_ENDED = ("done", "failed", "cancelled")


@route(
    "GET",
    f"/api/jobs/{{id:{ID}}}/events",
    status=200,
    others={
        200: Other(
            "Events `status`, each with what `/status` tells, up to the render's end.",
            "text/event-stream",
        ),
        204: Other("Nothing will change any more, and Last-Event-ID was the last."),
    },
    refuses=(TooMany,),
    headers={"Last-Event-ID": "The id of the last event that you have; newer ones follow."},
)
async def events(call: Call) -> web.StreamResponse:
    """Follow a render as it changes."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"), call.user.id)
    after = _version(call.request.headers.get("Last-Event-ID", ""))
    if render.status in _ENDED and render.version <= after:
        return web.Response(status=204)  # which tells a browser not to ask again
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # nginx would collect events
        }
    )
    call.dress(response)
    if call.request.method == hdrs.METH_HEAD:
        return response
    with call.parts.streams.one(_holders(call)), _listening(call) as over:
        await response.prepare(call.request)
        with suppress(ConnectionError):
            await response.write(f"retry: {_AGAIN_MS}\n\n".encode())
            await _send(response, call.parts.events.subscribe(render.id, after), over)
    return response


def _holders(call: Call) -> dict[str, int]:
    """For whom a stream counts, and how many they may have."""
    settings = call.parts.settings
    return {
        f"user:{call.user.id}": settings.max_streams_per_user,
        proxies.counted(call.address): settings.max_streams_per_address,
    }


def _listening(call: Call) -> AbstractContextManager[Ended]:
    """A future that is done once whoever listens is signed out, or has gone without a word."""
    request = call.request
    return call.parts.presence.of(call.signed_in.family, lambda: request.transport is not None)


async def _send(
    response: web.StreamResponse, states: AsyncIterator[dict[str, Any]], over: Ended
) -> None:
    """Write each state as it comes, and a comment now and then while none does.

    Whoever is signed out hears no more; a browser that asks again then is refused.
    """
    following = asyncio.ensure_future(anext(states, None))
    try:
        while True:
            either: list[asyncio.Future[Any]] = [following, over]
            await asyncio.wait(either, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if over.done():
                return
            if not following.done():
                await response.write(b":\n\n")
                continue
            if (state := following.result()) is None:
                return
            await response.write(written(state))
            following = asyncio.ensure_future(anext(states, None))
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await states.aclose()  # type: ignore[attr-defined]


def written(state: dict[str, Any]) -> bytes:
    """One event."""
    data = json.dumps(state, separators=(",", ":"))
    return f"id: {state['version']}\nevent: status\ndata: {data}\n\n".encode()


def _version(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1
