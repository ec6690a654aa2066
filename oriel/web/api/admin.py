"""What those who run the service see and do; every act is written down."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from oriel.service import leaving, listings, metrics, profiles, users
from oriel.service.errors import Forbidden
from oriel.service.renders import NotPossible
from oriel.web.api import acts, status
from oriel.web.api.call import Call
from oriel.web.api.leads import leads
from oriel.web.api.lists import part
from oriel.web.api.models import ID, Asked, Page, Text, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Done, Somebody
from oriel.web.api.user import Statistics

_OF_A_USER = (
    "admin_one_user",
    "admin_deactivate",
    "admin_reactivate",
    "admin_set_role",
    "admin_grant",
    "admin_send_link",
    "admin_remove_second_factor",
    "admin_delete_user",
)
One = Annotated[str, Field(pattern=f"^{ID}$")]


class Search(Page):
    """Whose account."""

    search: Annotated[Text, Field(max_length=100)] = Field(
        default="", description="Part of an address or a name, or a whole identifier."
    )
    kind: listings.Kind = "all"


class Users(Told):
    """A page of accounts."""

    users: list[Somebody]
    next: str | None


class Account(Somebody):
    """An account as administrators see it."""

    credits: dict[str, int]
    statistics: Statistics


class NewRole(Asked):
    """What somebody may do from now on."""

    role: Literal["user", "admin"]


class Grant(Asked):
    """Credits that are given; `source` is a name of yours that keeps them from being given twice."""

    tier: Annotated[Text, Field(min_length=1, max_length=20)]
    amount: int = Field(ge=1, le=1000)
    source: Annotated[Text, Field(min_length=1, max_length=80)]
    reason: Annotated[Text, Field(min_length=1, max_length=300)]


class Link(Asked):
    """What the link is for."""

    purpose: Literal["verify", "reset"]


class Removal(Asked):
    """Why, for the audit log: how somebody showed that the account is theirs."""

    reason: Annotated[Text, Field(min_length=1, max_length=300)]


class Granted(Told):
    """What the account has now; `granted` is false where the source was there before."""

    granted: bool
    credits: dict[str, int]


class WhichDeeds(Page):
    """Whose deeds, which, to what."""

    actor: One | None = None
    action: Annotated[Text, Field(max_length=60)] | None = None
    subject: Annotated[Text, Field(max_length=120)] | None = None


class Deed(Told):
    """What somebody did."""

    id: str
    actor_id: str | None
    action: str
    subject: str
    details: dict[str, Any]
    address: str
    created_at: datetime


class Deeds(Told):
    """A page of deeds."""

    deeds: list[Deed]
    next: str | None


class Metrics(Told):
    """Numbers about the whole service."""

    at: datetime
    users: dict[str, int]
    renders: dict[str, Any]
    payments: dict[str, Any]
    credits: dict[str, int]
    mail: dict[str, int]
    notices: dict[str, int]
    storage: dict[str, int]
    workers: list[dict[str, Any]]
    days: list[dict[str, Any]]


@route("GET", "/admin/api/metrics", who="admin", answer=Metrics)
async def all_metrics(call: Call) -> dict[str, Any]:
    """Users, renders, money, letters and workers, now and by day."""
    async with call.parts.database.read() as session:
        return await metrics.read(session, call.parts.now())


@route("GET", "/admin/api/system-status", who="admin")
async def system_status(call: Call) -> status.State:
    """How each part of the service is; Stripe and the mailer are asked too."""
    return await status.state(call.parts, outside=True)


@route("GET", "/admin/api/users", who="admin", leads=leads(*_OF_A_USER, id="users/0/id"))
async def all_users(call: Call, query: Search) -> Users:
    """Accounts, the newest first."""
    wanted = listings.users(
        search=query.search, kind=query.kind, before=query.before, limit=query.limit + 1
    )
    shown, more = await part(call, wanted, query.limit)
    return Users(users=[Somebody.of(user) for user in shown], next=more)


@route("GET", f"/admin/api/users/{{id:{ID}}}", who="admin")
async def one_user(call: Call) -> Account:
    """An account."""
    parts = call.parts
    async with parts.database.read() as session:
        user = await users.find(session, call.path("id"))
    return Account(**await profiles.profile(parts.database, user, parts.now()))


@route("POST", f"/admin/api/users/{{id:{ID}}}/deactivate", who="admin", refuses=(Forbidden,))
async def deactivate(call: Call) -> Done:
    """Take all access from somebody, at once; what they have under way ends, and is paid back."""
    stopped = await acts.deactivate(call, call.path("id"))
    return Done(message=f"They are signed out, and cannot sign in; renders stopped: {stopped}.")


@route("POST", f"/admin/api/users/{{id:{ID}}}/reactivate", who="admin")
async def reactivate(call: Call) -> Done:
    """Let somebody sign in again."""
    await acts.reactivate(call, call.path("id"))
    return Done(message="They can sign in again.")


@route("PUT", f"/admin/api/users/{{id:{ID}}}/role", who="admin", refuses=(Forbidden,))
async def set_role(call: Call, body: NewRole) -> Done:
    """Make somebody an administrator, or a user again."""
    async with call.parts.database.begin() as session:
        await users.set_role(
            session, call.path("id"), body.role, by=call.user.id, address=call.address
        )
    return Done(message=f"They are now: {body.role}.")


@route("POST", f"/admin/api/users/{{id:{ID}}}/credits", who="admin")
async def grant(call: Call, body: Grant) -> Granted:
    """Give somebody credits."""
    granted, credits = await acts.grant(call, call.path("id"), **body.model_dump())
    return Granted(granted=granted, credits=credits)


@route(
    "POST",
    f"/admin/api/users/{{id:{ID}}}/send-link",
    who="admin",
    status=202,
    refuses=(NotPossible,),
)
async def send_link(call: Call, body: Link) -> Done:
    """Send somebody a link to verify their address, or to choose a new password."""
    await acts.send_link(call, call.path("id"), body.purpose)
    return Done(message="A letter is on its way.")


@route(
    "POST",
    f"/admin/api/users/{{id:{ID}}}/remove-second-factor",
    who="admin",
    refuses=(Forbidden, NotPossible),
)
async def remove_second_factor(call: Call, body: Removal) -> Done:
    """Take a second factor away from who lost phone and recovery codes; they are signed out."""
    await acts.remove_second_factor(call, call.path("id"), body.reason)
    return Done(message="Their password alone signs in now, and they are told.")


@route("DELETE", f"/admin/api/users/{{id:{ID}}}", who="admin", refuses=(Forbidden,))
async def delete_user(call: Call) -> Done:
    """Delete an account, as its owner could."""
    async with call.parts.database.begin() as session:
        await leaving.delete_account(
            session, call.path("id"), by=call.user.id, now=call.parts.now(), address=call.address
        )
    return Done(message="The account is deleted.")


@route("GET", "/admin/api/audit", who="admin")
async def deeds(call: Call, query: WhichDeeds) -> Deeds:
    """Who did what, the newest first."""
    wanted = listings.deeds(
        actor=query.actor,
        action=query.action,
        subject=query.subject,
        before=query.before,
        limit=query.limit + 1,
    )
    shown, more = await part(call, wanted, query.limit)
    return Deeds(deeds=[Deed.model_validate(one) for one in shown], next=more)
