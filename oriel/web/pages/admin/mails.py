"""Letters that wait, failed or were sent; sent once more where somebody lacks one."""

from oriel.service import listings
from oriel.web.api import acts
from oriel.web.api.admin_mails import WhichMails
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.pages import flash, query
from oriel.web.pages.admin.lists import AT_ONCE, narrowed, part
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show


@page("GET", "/admin/mails", who="admin")
async def mails(call: Call) -> Answer:
    """All letters."""
    asked = query.read(WhichMails, call.request)
    wanted = listings.mails(
        state=asked.state, user=asked.user, before=asked.before, limit=AT_ONCE + 1
    )
    async with call.parts.database.read() as session:
        found = list(await session.scalars(wanted))
    return show("admin/mails.html", asked=asked, narrowed=narrowed(asked), **part(found))


@page("POST", f"/admin/mails/{{id:{ID}}}/resend", who="admin", again=mails)
async def resend(call: Call) -> Answer:
    """Send one once more."""
    mail = await acts.resend(call, call.path("id"))
    flash.say(call, f"The letter “{mail.letter.replace('_', ' ')}” is on its way.")
    return go(f"/admin/users/{mail.user_id}" if mail.user_id else "/admin/mails")
