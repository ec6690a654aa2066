"""Notices that no receiver took, as administrators see them."""

from datetime import datetime

from oriel.service import listings
from oriel.web.api import acts
from oriel.web.api.call import Call
from oriel.web.api.leads import leads
from oriel.web.api.lists import part
from oriel.web.api.models import ID, Page, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Done


class Notice(Told):
    """That a render has ended, to be told to the address that its order named."""

    id: str
    render_id: str
    url: str
    created_at: datetime
    attempts: int
    error: str | None
    gave_up_at: datetime | None


class Notices(Told):
    """A page of notices."""

    notices: list[Notice]
    next: str | None


@route(
    "GET",
    "/admin/api/notices",
    who="admin",
    leads=leads("admin_notices_tell_again", id="notices/0/id"),
)
async def given_up(call: Call, query: Page) -> Notices:
    """Notices that were given up, the newest first."""
    wanted = listings.notices(before=query.before, limit=query.limit + 1)
    shown, more = await part(call, wanted, query.limit)
    return Notices(notices=[Notice.model_validate(one) for one in shown], next=more)


@route("POST", f"/admin/api/notices/{{id:{ID}}}/again", who="admin", status=202)
async def tell_again(call: Call) -> Done:
    """Tell one once more."""
    await acts.tell_again(call, call.path("id"))
    return Done(message="It is told again.")
