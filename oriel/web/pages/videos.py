"""Somebody's renders: all of them; and one, followed to its end, watched, shared and made again."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credits, presets, purchased, renders, shares, snapshots
from oriel.service.errors import KeyUsed
from oriel.service.models import Render, Song
from oriel.web.api import jobs
from oriel.web.api.call import Call
from oriel.web.api.lists import after
from oriel.web.api.models import ID
from oriel.web.pages import again, flash, forms
from oriel.web.pages.page import Answer, page
from oriel.web.pages.query import before
from oriel.web.pages.shown import go, show

_AT_ONCE = 24
_ONE = f"/videos/{{id:{ID}}}"


@page("GET", "/dashboard")
async def dashboard(call: Call) -> Answer:
    """The renders of whoever is signed in, the newest first."""
    async with call.parts.database.read() as session:
        found = await renders.listed(
            session, call.user.id, before=before(call.request), most=_AT_ONCE + 1
        )
        listed = [await _described(session, one, call) for one in found[:_AT_ONCE]]
        left = await credits.balances(session, call.user.id)
    tiers = [(plan, left.get(plan.tier, 0)) for plan in call.parts.plans.values()]
    return show("account/dashboard.html", renders=listed, more=after(found, _AT_ONCE), tiers=tiers)


@page("GET", _ONE)
async def one(call: Call) -> Answer:
    """A render: how far it is, or its video."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"), call.user.id)
        status = await snapshots.status(session, render, call.parts.now())
        token = await shares.token(session, render.id)
        left = await credits.balances(session, call.user.id)
        own = await presets.listed(session, call.user.id)
        receipt = await purchased.receipt_of(session, render)
    return show(
        "account/video.html",
        render=status,
        plan=call.parts.plans.get(render.tier),
        receipt=receipt,
        share=token and f"{call.parts.settings.public_url.rstrip('/')}/watch/{token}",
        choices=again.choices(call, status, own, left),
        sells=call.parts.payments.name != "off",
    )


@page("POST", f"{_ONE}/cancel", again=one)
async def cancel(call: Call) -> Answer:
    """Stop it."""
    await jobs.cancel.handler(call)
    return _back(call)


@page("POST", f"{_ONE}/retry", again=one)
async def retry(call: Call) -> Answer:
    """Order it once more."""
    made = await jobs.retry.handler(call)
    return go(f"/videos/{made.id}")


@page("POST", f"{_ONE}/again", limit="submit", again=one)
async def make_again(call: Call) -> Answer:
    """Order the same song with another look or size."""
    await forms.keep(call.request)
    try:
        made = await jobs.submit.handler(call)
    except KeyUsed as error:
        raise KeyUsed("This page has ordered already: choose anew, and press again.") from error
    return go(f"/videos/{made.id}")


@page("POST", f"{_ONE}/share", again=one)
async def share(call: Call) -> Answer:
    """Let anybody with a link watch."""
    async with call.parts.database.begin() as session:
        render = await renders.find(session, call.path("id"), call.user.id)
        await shares.share(session, render, call.parts.now())
    return _back(call, "Whoever has the link may watch it now.")


@page("POST", f"{_ONE}/unshare", again=one)
async def unshare(call: Call) -> Answer:
    """Let nobody watch by that link any more."""
    async with call.parts.database.begin() as session:
        render = await renders.find(session, call.path("id"), call.user.id)
        await shares.take_back(session, render.id)
    return _back(call, "The link leads nowhere now.")


def _back(call: Call, said: str = "") -> Answer:
    if said:
        flash.say(call, said)
    return go(f"/videos/{call.path('id')}")


async def _described(session: AsyncSession, render: Render, call: Call) -> dict[str, Any]:
    song = await session.get(Song, render.song_id)
    return snapshots.described(render, song, call.parts.now())
