"""What the service runs on, asked now: its parts, its workers, and what went wrong lately."""

import platform
from importlib.metadata import version
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import listings, schema, workers
from oriel.service.models import User, Worker
from oriel.web.api import acts, status
from oriel.web.api.admin import WhichDeeds
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.pages import flash, query
from oriel.web.pages.admin.lists import AT_ONCE, narrowed, part
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show

_FEW = 8
_TOLD = ("aiohttp", "sqlalchemy", "arq", "stripe")  # the versions that a report of a fault needs


@page("GET", "/admin/system", who="admin")
async def system(call: Call) -> Answer:
    """The state of all parts."""
    state = await status.state(call.parts, outside=True)
    async with call.parts.database.read() as session:
        found = await workers.living(session)
        wrong = await _went_wrong(call, session)
    return show(
        "admin/system.html",
        state=state,
        workers=[_told(worker) for worker in found],
        versions=await _versions(call),
        now=call.parts.now(),
        **wrong,
    )


@page("GET", "/admin/audit", who="admin")
async def audit(call: Call) -> Answer:
    """Who did what."""
    asked = query.read(WhichDeeds, call.request)
    wanted = listings.deeds(
        actor=asked.actor,
        action=asked.action,
        subject=asked.subject,
        before=asked.before,
        limit=AT_ONCE + 1,
    )
    async with call.parts.database.read() as session:
        found = list(await session.scalars(wanted))
        names = {
            one: await session.get(User, one) for one in {deed.actor_id for deed in found} if one
        }
    return show(
        "admin/audit.html", asked=asked, narrowed=narrowed(asked), names=names, **part(found)
    )


@page("POST", f"/admin/notices/{{id:{ID}}}/again", who="admin", again=system)
async def tell_again(call: Call) -> Answer:
    """Tell the end of a render once more to the address that its order named."""
    notice = await acts.tell_again(call, call.path("id"))
    flash.say(call, f"{notice.url} is told again.")
    return go("/admin/system")


async def _went_wrong(call: Call, session: AsyncSession) -> dict[str, Any]:
    now = call.parts.now()
    failed = listings.renders(now, status="failed", limit=_FEW)
    return {
        "failed": (await session.execute(failed)).all(),
        "refused": list(await session.scalars(listings.mails(state="failed", limit=_FEW))),
        "untold": list(await session.scalars(listings.notices(limit=_FEW))),
        "unheard": list(await session.scalars(listings.events(state="waiting", limit=_FEW))),
    }


def _told(worker: Worker) -> dict[str, Any]:
    """A worker, and what it does as pairs of a stage and a render."""
    doing = [one.split(" ", 1) for one in worker.doing.split(", ") if " " in one]
    return {"about": worker, "doing": doing}


async def _versions(call: Call) -> dict[str, str]:
    return {
        "Oriel": version("oriel"),
        "Database": await schema.revision(call.parts.database) or "–",
        "Python": platform.python_version(),
        **{name: version(name) for name in _TOLD},
    }
