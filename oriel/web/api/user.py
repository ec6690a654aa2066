"""An account as its owner sees and changes it: profile, history, export, end."""

from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import (
    addresses,
    credentials,
    history,
    leaving,
    notify,
    profiles,
    snapshots,
    users,
)
from oriel.service.errors import BadFields, Forbidden
from oriel.service.models import Payment, Render
from oriel.web.api import auth, downloads, proofs
from oriel.web.api.call import Call
from oriel.web.api.codes import Gone, NotReady
from oriel.web.api.models import ID, Asked, Email, Name, Page, Password, Told
from oriel.web.api.route import NAMED, Other, route
from oriel.web.api.shown import Bought, Done, Signed, Somebody, Status

_EXPORT = "Every row about you, by table."


class Statistics(Told):
    """What came of an account so far; `seconds` and `bytes` are of finished videos."""

    renders: int
    done: int
    failed: int
    cancelled: int
    under_way: int
    seconds: float
    bytes: int
    last_render_at: datetime | None


class SignIn(Told):
    """A place where the account is signed in."""

    family: str
    address: str
    agent: str
    since: datetime


class Profile(Somebody):
    """An account, its credits by tier, and what came of it."""

    credits: dict[str, int]
    statistics: Statistics
    sign_ins: list[SignIn]


class Changes(Asked):
    """What is to change; a new address or password needs the old password."""

    name: Name | None = None
    email: Email | None = None
    password: Annotated[Password | None, Field(description="The new password.")] = None
    current_password: Password | None = None


class Changed(Told):
    """The account, and new tokens where its password changed and all sign-ins ended."""

    user: Somebody
    message: str
    tokens: Signed | None = None


class Secret(Told):
    """What only you and the service know."""

    secret: str


class End(Asked):
    """Proof that it is the owner who ends the account."""

    current_password: Password


class Entry(Told):
    """A render or a payment."""

    kind: Literal["render", "payment"]
    id: str
    created_at: datetime
    render: Status | None = None
    payment: Bought | None = None


class History(Told):
    """A page of the history."""

    entries: list[Entry]
    next: str | None = Field(description="To be asked for as `before`; null at the end.")


class Session(Told):
    """That an access token is good."""

    valid: Literal[True] = True
    user: Somebody


@route("GET", "/api/user/profile")
async def profile(call: Call) -> Profile:
    """Your account, your credits, and what came of it so far."""
    parts = call.parts
    return Profile(**await profiles.profile(parts.database, call.user, parts.now()))


@route("PUT", "/api/user/profile")
async def change_profile(call: Call, body: Changes) -> Changed:
    """Change your name, address or password.

    A new address or password needs `current_password`. A new address is yours once you open the
    link in the letter that goes there; a new password ends all sign-ins, and brings new tokens.
    """
    parts, user, now = call.parts, call.user, call.parts.now()
    await _check_changes(call, body)
    said = []
    if body.email is not None and body.current_password is not None:
        for whom in (f"user:{user.id}", addresses.counted(body.email)):
            await parts.limits.count("letter", whom)
        await credentials.change_email(
            parts.database, user.id, password=body.current_password, email=body.email, now=now
        )
        call.note("address_change_asked")
        said.append("Open the link in the letter to your new address.")
    if body.name is not None:
        async with parts.database.begin() as session:
            await users.rename(session, user.id, body.name)
        said.append("Your name is changed.")
    signed = await _new_password(call, body)
    if signed is not None:
        said.append("Your password is changed, and all other sign-ins ended.")
    async with parts.database.read() as session:
        fresh = await users.find(session, user.id)
    return Changed(
        user=Somebody.of(fresh),
        message=" ".join(said) or "Nothing was to change.",
        tokens=signed,
    )


@route("DELETE", "/api/user", refuses=(Forbidden,))
async def end(call: Call, body: End) -> Done:
    """Delete your account: you are signed out, and your songs, videos and presets are deleted.

    What the law has us keep of payments stays, without your name.
    """
    parts, user = call.parts, call.user
    await proofs.password(call, body.current_password)
    async with parts.database.begin() as session:
        await leaving.delete_account(
            session, user.id, by=user.id, now=parts.now(), address=call.address
        )
    call.forget()
    return Done(message="Your account is deleted.")


@route("GET", "/api/user/history")
async def past(call: Call, query: Page) -> History:
    """Your renders and payments, the newest first."""
    async with call.parts.database.read() as session:
        found = await history.page(session, call.user.id, before=query.before, most=query.limit + 1)
        entries = [await _entry(call, session, one) for one in found[: query.limit]]
    return History(entries=entries, next=entries[-1].id if len(found) > query.limit else None)


@route(
    "GET",
    f"/api/user/download/{{id:{ID}}}",
    status=302,
    others=downloads.SENT_ON,
    refuses=(Gone, NotReady),
)
async def download(call: Call) -> web.StreamResponse:
    """Go to a finished video of yours."""
    return await downloads.sent_on(call, "video", call.user.id)


@route("GET", "/api/user/session/verify")
async def verify(call: Call) -> Session:
    """Whether your access token is good, and whose it is."""
    return Session(user=Somebody.of(call.user))


@route(
    "GET",
    "/api/user/export",
    limit="export",
    others={200: Other(_EXPORT, "application/json", NAMED)},
)
async def export(call: Call) -> dict[str, Any]:
    """All that is known of you, but for your files, which have routes of their own."""
    parts, user_id = call.parts, call.user.id
    alone = parts.limits.turn(f"export:{user_id}")  # each reads all that there is
    async with alone, parts.database.read() as session:
        told = await profiles.export(session, user_id, parts.now())
    call.headers["Content-Disposition"] = 'attachment; filename="oriel.json"'
    return told


@route("GET", "/api/user/notify-secret")
async def notify_secret(call: Call) -> Secret:
    """What you check the signatures of notices with that go to your `notify_url`."""
    return Secret(secret=notify.secret_of(call.parts.settings.secret_keys[0], call.user.id))


async def _check_changes(call: Call, body: Changes) -> None:
    """Raise BadFields for all that is wrong together, before anything changes."""
    wrong: dict[str, str] = {}
    try:
        await _check_proof(call, body)
    except BadFields as error:
        wrong |= error.details
    try:
        await users.check_changes(
            call.user, name=body.name, email=body.email, password=body.password
        )
    except BadFields as error:
        wrong |= error.details
    if wrong:
        raise BadFields(wrong)


async def _check_proof(call: Call, body: Changes) -> None:
    """Raise BadFields where the old password is wrong, or is missing though it is needed."""
    if body.current_password is not None:
        await proofs.password(call, body.current_password)
    elif body.email is not None or body.password is not None:
        raise BadFields({"current_password": "must be given to change the address or the password"})


async def _new_password(call: Call, body: Changes) -> Signed | None:
    """Change the password if that was asked, and sign in anew."""
    if body.password is None or body.current_password is None:
        return None
    parts, now = call.parts, call.parts.now()
    if call.user.verified_at is None:  # the letter goes to whoever's the address is
        await parts.limits.count("letter", addresses.counted(call.user.email))
    user = await credentials.change_password(
        parts.database, call.user.id, old=body.current_password, new=body.password, now=now
    )
    call.note("password_changed")
    return await auth.signed_in(call, user)


async def _entry(call: Call, session: AsyncSession, one: Render | Payment) -> Entry:
    about: dict[str, Any] = {"id": one.id, "created_at": one.created_at}
    if isinstance(one, Payment):
        return Entry(kind="payment", payment=Bought.model_validate(one), **about)
    told = await snapshots.status(session, one, call.parts.now())
    return Entry(kind="render", render=Status.model_validate(told), **about)
