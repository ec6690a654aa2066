"""What those who run the service see and do; every act is written down."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import audit, credits, leaving, metrics, profiles, renders, snapshots, users
from oriel.service.errors import BadFields, Forbidden
from oriel.service.models import Payment, Render, Song
from oriel.service.payments import check
from oriel.service.renders import NotPossible
from oriel.web.api import payments, status
from oriel.web.api.call import Call
from oriel.web.api.models import ID, Asked, Page, Text, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Bought, Done, Somebody, State, Status
from oriel.web.api.user import Statistics

_One = Annotated[str, Field(pattern=f"^{ID}$")]


class Search(Page):
    """Whose account."""

    search: Annotated[Text, Field(max_length=100)] = Field(
        default="", description="Part of an address or a name."
    )


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
    reason: Annotated[Text, Field(max_length=300)] = ""


class Granted(Told):
    """What the account has now; `granted` is false where the source was there before."""

    granted: bool
    credits: dict[str, int]


class WhichJobs(Page):
    """Whose renders, and in which state."""

    user: _One | None = None
    status: State | None = None


class Job(Status):
    """A render as administrators see it: whose it is, who works on it, and what it logged."""

    user_id: str
    worker: str | None
    attempts: int
    fence: int
    log: str


class Jobs(Told):
    """A page of renders."""

    jobs: list[Job]
    next: str | None


class WhichPayments(Page):
    """Whose payments."""

    user: _One | None = None


class Paid(Bought):
    """A payment as administrators see it."""

    user_id: str
    provider: str
    session: str | None
    intent: str | None


class AllPayments(Told):
    """A page of payments."""

    payments: list[Paid]
    next: str | None


class Difference(Told):
    """A payment of which the provider says something else."""

    payment: str
    ours: str
    theirs: str
    mended: str


class Checked(Told):
    """What a comparison with the provider found."""

    missed: int = Field(description="Events that never came.")
    compared: int
    differences: list[Difference]


class WhichDeeds(Page):
    """Whose deeds, which, to what."""

    actor: _One | None = None
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
    """How each part of the service is."""
    return await status.state(call.parts)


@route("GET", "/admin/api/users", who="admin")
async def all_users(call: Call, query: Search) -> Users:
    """Accounts, the newest first."""
    async with call.parts.database.read() as session:
        found = await users.listed(
            session, search=query.search, before=query.before, limit=query.limit + 1
        )
    shown = [Somebody.of(user) for user in found[: query.limit]]
    return Users(users=shown, next=_next(shown, found))


@route("GET", f"/admin/api/users/{{id:{ID}}}", who="admin", answer=Account)
async def one_user(call: Call) -> dict[str, Any]:
    """An account."""
    async with call.parts.database.read() as session:
        return await profiles.profile(session, await users.find(session, call.path("id")))


@route("POST", f"/admin/api/users/{{id:{ID}}}/deactivate", who="admin", refuses=(Forbidden,))
async def deactivate(call: Call) -> Done:
    """Take all access from somebody, at once."""
    async with call.parts.database.begin() as session:
        await users.deactivate(
            session, call.path("id"), by=call.user.id, now=call.parts.now(), address=call.address
        )
    return Done(message="They are signed out, and cannot sign in.")


@route("POST", f"/admin/api/users/{{id:{ID}}}/reactivate", who="admin")
async def reactivate(call: Call) -> Done:
    """Let somebody sign in again."""
    async with call.parts.database.begin() as session:
        await users.reactivate(session, call.path("id"), by=call.user.id, address=call.address)
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
    user_id = call.path("id")
    if body.tier not in call.parts.plans:
        raise BadFields({"tier": f"must be one of {', '.join(call.parts.plans)}"})
    async with call.parts.database.begin() as session:
        await users.find(session, user_id)
        granted = await credits.grant(
            session,
            user_id,
            body.tier,
            body.amount,
            kind="admin",
            source=f"admin:{user_id}:{body.source}",
            reason=body.reason,
        )
        if granted:
            about = {"tier": body.tier, "amount": body.amount, "reason": body.reason}
            await _note(call, session, "credits.grant", f"user:{user_id}", about)
        return Granted(granted=granted, credits=await credits.balances(session, user_id))


@route("DELETE", f"/admin/api/users/{{id:{ID}}}", who="admin", refuses=(Forbidden,))
async def delete_user(call: Call) -> Done:
    """Delete an account, as its owner could."""
    async with call.parts.database.begin() as session:
        await leaving.delete_account(
            session, call.path("id"), by=call.user.id, now=call.parts.now(), address=call.address
        )
    return Done(message="The account is deleted.")


@route("GET", "/admin/api/jobs", who="admin")
async def all_jobs(call: Call, query: WhichJobs) -> Jobs:
    """Renders, the newest first."""
    wanted = select(Render, Song).join(Song, Song.id == Render.song_id)
    if query.user is not None:
        wanted = wanted.where(Render.user_id == query.user)
    if query.status is not None:
        wanted = wanted.where(Render.status == query.status)
    if query.before is not None:
        wanted = wanted.where(Render.id < query.before)
    async with call.parts.database.read() as session:
        newest = wanted.order_by(Render.id.desc()).limit(query.limit + 1)
        found = (await session.execute(newest)).all()
    shown = [_job(call, render, song) for render, song in found[: query.limit]]
    return Jobs(jobs=shown, next=_next(shown, found))


@route("GET", f"/admin/api/jobs/{{id:{ID}}}", who="admin")
async def one_job(call: Call) -> Job:
    """A render, with its log."""
    async with call.parts.database.read() as session:
        render = await renders.find(session, call.path("id"))
        return _job(call, render, await session.get(Song, render.song_id))


@route("POST", f"/admin/api/jobs/{{id:{ID}}}/cancel", who="admin", refuses=(NotPossible,))
async def cancel_job(call: Call) -> Done:
    """Stop somebody's render."""
    async with call.parts.database.begin() as session:
        render = await renders.find(session, call.path("id"))
        if not await renders.cancel(session, render, call.parts.now()):
            raise NotPossible(f"It has ended already: it is {render.status}.")
        await _note(call, session, "render.cancel", f"render:{render.id}", {})
    await call.parts.events.changed(render.id)
    return Done(message="It is cancelled.")


@route("GET", "/admin/api/payments", who="admin")
async def all_payments(call: Call, query: WhichPayments) -> AllPayments:
    """Payments, the newest first."""
    wanted = select(Payment)
    if query.user is not None:
        wanted = wanted.where(Payment.user_id == query.user)
    if query.before is not None:
        wanted = wanted.where(Payment.id < query.before)
    async with call.parts.database.read() as session:
        newest = wanted.order_by(Payment.id.desc()).limit(query.limit + 1)
        found = list(await session.scalars(newest))
    shown = [Paid.model_validate(one) for one in found[: query.limit]]
    return AllPayments(payments=shown, next=_next(shown, found))


@route("POST", "/admin/api/payments/check", who="admin")
async def check_payments(call: Call) -> Checked:
    """Compare the last days with the payment provider, and mend what can be."""
    parts = call.parts
    report = await check.check(parts.database, payments.shop(call), parts.now())
    async with parts.database.begin() as session:
        about = {"differences": len(report.differences)}
        await _note(call, session, "payments.check", "payments", about)
    return Checked.model_validate(report)


@route("GET", "/admin/api/audit", who="admin")
async def deeds(call: Call, query: WhichDeeds) -> Deeds:
    """Who did what, the newest first."""
    async with call.parts.database.read() as session:
        found = await audit.entries(
            session,
            subject=query.subject,
            actor=query.actor,
            action=query.action,
            before=query.before,
            limit=query.limit + 1,
        )
    shown = [Deed.model_validate(one) for one in found[: query.limit]]
    return Deeds(deeds=shown, next=_next(shown, found))


async def _note(
    call: Call, session: AsyncSession, action: str, subject: str, details: dict[str, Any]
) -> None:
    await audit.write(
        session,
        action,
        actor=call.user.id,
        subject=subject,
        details=details,
        address=call.address,
    )


def _job(call: Call, render: Render, song: Song | None) -> Job:
    told = snapshots.described(render, song, call.parts.now())
    more = {"user_id": render.user_id, "worker": render.worker, "attempts": render.attempts}
    return Job.model_validate(told | more | {"fence": render.fence, "log": render.log})


def _next(shown: Sequence[Any], found: Sequence[Any]) -> str | None:
    return str(shown[-1].id) if len(found) > len(shown) else None
