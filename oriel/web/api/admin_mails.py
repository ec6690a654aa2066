"""Letters that wait, failed or were sent, as administrators see them."""

from datetime import datetime

from oriel.service import listings
from oriel.service.resending import NotResendable
from oriel.web.api import acts
from oriel.web.api.admin import One
from oriel.web.api.call import Call
from oriel.web.api.leads import leads
from oriel.web.api.lists import part
from oriel.web.api.models import ID, Page, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Done


class WhichMails(Page):
    """To whom, and what became of them."""

    user: One | None = None
    state: listings.Posted = "all"


class Letter(Told):
    """A letter, without its words."""

    id: str
    user_id: str | None
    to: str
    letter: str
    created_at: datetime
    due_at: datetime
    attempts: int
    error: str | None
    sent_at: datetime | None
    gave_up_at: datetime | None


class Letters(Told):
    """A page of letters."""

    mails: list[Letter]
    next: str | None


@route("GET", "/admin/api/mails", who="admin", leads=leads("admin_mails_resend", id="mails/0/id"))
async def all_mails(call: Call, query: WhichMails) -> Letters:
    """Letters, the newest first."""
    wanted = listings.mails(
        state=query.state, user=query.user, before=query.before, limit=query.limit + 1
    )
    shown, more = await part(call, wanted, query.limit)
    return Letters(mails=[Letter.model_validate(one) for one in shown], next=more)


@route(
    "POST",
    f"/admin/api/mails/{{id:{ID}}}/resend",
    who="admin",
    status=202,
    refuses=(NotResendable,),
)
async def resend(call: Call) -> Done:
    """Send a letter once more, or at once where it still waits."""
    await acts.resend(call, call.path("id"))
    return Done(message="It is on its way.")
