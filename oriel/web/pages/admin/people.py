"""Accounts: found, looked at, let in and out, and given credits."""

from oriel.service import credits, ids, listings, profiles, users
from oriel.web.api import acts
from oriel.web.api.admin import (
    Grant,
    Link,
    NewRole,
    Removal,
    Search,
    remove_second_factor,
    set_role,
)
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.pages import flash, query
from oriel.web.pages.admin.lists import AT_ONCE, narrowed, part
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show

_ONE = f"/admin/users/{{id:{ID}}}"
_FEW = 10


@page("GET", "/admin/users", who="admin")
async def people(call: Call) -> Answer:
    """All accounts."""
    asked = query.read(Search, call.request)
    wanted = listings.users(
        search=asked.search.strip(), kind=asked.kind, before=asked.before, limit=AT_ONCE + 1
    )
    async with call.parts.database.read() as session:
        found = list(await session.scalars(wanted))
    return show("admin/users.html", asked=asked, narrowed=narrowed(asked), **part(found))


@page("GET", _ONE, who="admin")
async def person(call: Call) -> Answer:
    """One account, with what was ordered and paid."""
    user_id, now = call.path("id"), call.parts.now()
    async with call.parts.database.read() as session:
        user = await users.find(session, user_id)
        rows = (await session.execute(listings.renders(now, user=user_id, limit=_FEW))).all()
        paid = (await session.execute(listings.payments(user=user_id, limit=_FEW))).all()
        letters = list(await session.scalars(listings.mails(user=user_id, limit=_FEW)))
        ledger = await credits.entries(session, user_id, limit=_FEW)
        deeds = list(await session.scalars(listings.deeds(subject=f"user:{user_id}", limit=_FEW)))
    return show(
        "admin/user.html",
        person=user,
        profile=await profiles.profile(call.parts.database, user, now),
        renders=rows,
        payments=paid,
        letters=letters,
        ledger=ledger,
        deeds=deeds,
        plans=call.parts.plans,
        source=ids.new(),  # so that a form that is sent twice grants once
    )


@page("POST", f"{_ONE}/deactivate", who="admin", again=person)
async def deactivate(call: Call) -> Answer:
    """Take all access away."""
    stopped = await acts.deactivate(call, call.path("id"))
    flash.say(call, f"They are signed out, and cannot sign in. Renders stopped: {stopped}.")
    return _back(call)


@page("POST", f"{_ONE}/reactivate", who="admin", again=person)
async def reactivate(call: Call) -> Answer:
    """Let somebody sign in again."""
    await acts.reactivate(call, call.path("id"))
    flash.say(call, "They can sign in again.")
    return _back(call)


@page("POST", f"{_ONE}/grant", who="admin", again=person)
async def grant(call: Call, form: Grant) -> Answer:
    """Give credits."""
    granted, _ = await acts.grant(call, call.path("id"), **form.model_dump())
    flash.say(call, "The credits are granted." if granted else "They were granted before.")
    return _back(call)


@page("POST", f"{_ONE}/send-link", who="admin", again=person)
async def send_link(call: Call, form: Link) -> Answer:
    """Send a link to verify the address, or to choose a new password."""
    await acts.send_link(call, call.path("id"), form.purpose)
    flash.say(call, "A letter is on its way.")
    return _back(call)


@page("POST", f"{_ONE}/remove-second-factor", who="admin", again=person)
async def take_second_factor(call: Call, form: Removal) -> Answer:
    """Have the password alone be asked for."""
    told = await remove_second_factor.handler(call, form)
    flash.say(call, told.message)
    return _back(call)


@page("POST", f"{_ONE}/role", who="admin", again=person)
async def change_role(call: Call, form: NewRole) -> Answer:
    """Make somebody an administrator, or a user again."""
    told = await set_role.handler(call, form)
    flash.say(call, told.message)
    return _back(call)


def _back(call: Call) -> Answer:
    return go(f"/admin/users/{call.path('id')}")
