"""An account as its owner keeps it: name, address, password, sign-ins; and its end."""

from typing import Annotated, Literal

from pydantic import Field

from oriel.service import profiles, sessions
from oriel.web.api import auth, proofs, user
from oriel.web.api.call import Call
from oriel.web.api.models import ID, Asked, Email, Name, Password
from oriel.web.pages import flash
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show

SENTENCE = "delete my account"  # what somebody types who means it


class NewName(Asked):
    """Another name."""

    name: Name


class NewAddress(Asked):
    """Another address, and the proof."""

    email: Email
    current_password: Password


class NewPassword(Asked):
    """Another password, and the old one."""

    current_password: Password
    password: Password


class End(Asked):
    """That somebody means it, and the proof."""

    sentence: Annotated[Literal["delete my account"], Field(description="Typed by hand.")]
    current_password: Password


class OneSignIn(Asked):
    """A sign-in of the account, and the proof."""

    family: Annotated[str, Field(pattern=f"^{ID}$")]
    current_password: Password


@page("GET", "/account")
async def account(call: Call) -> Answer:
    """The account, and where it is signed in."""
    about = await profiles.profile(call.parts.database, call.user, call.parts.now())
    return show(
        "account/account.html",
        places=about["sign_ins"],
        here_family=call.signed_in.family,
        sentence=SENTENCE,
    )


@page("POST", "/account/name", again=account)
async def rename(call: Call, form: NewName) -> Answer:
    """Be called by another name."""
    return await _changed(call, user.Changes(name=form.name))


@page("POST", "/account/email", again=account)
async def move(call: Call, form: NewAddress) -> Answer:
    """Have letters sent elsewhere, once the link in one there was opened."""
    return await _changed(call, user.Changes(**form.model_dump()))


@page("POST", "/account/password", again=account)
async def change_password(call: Call, form: NewPassword) -> Answer:
    """Have another password; all other sign-ins end."""
    return await _changed(call, user.Changes(**form.model_dump()))


@page("POST", "/account/sign-out", again=account)
async def sign_out_everywhere(call: Call) -> Answer:
    """End every sign-in, this one too."""
    await auth.logout.handler(call, auth.Leaving(everywhere=True))
    flash.say(call, "You are signed out everywhere.")
    return go("/sign-in")


@page("POST", "/account/sign-ins/end", again=account)
async def end_sign_in(call: Call, form: OneSignIn) -> Answer:
    """End one sign-in, such as that of a computer which is somebody else's now."""
    await proofs.password(call, form.current_password)
    async with call.parts.database.begin() as session:
        await sessions.end_one(session, call.user.id, form.family, call.parts.now())
    call.note("sign_out")
    flash.say(call, "That sign-in is ended.")
    return go("/account")


@page("POST", "/account/delete", again=account)
async def end(call: Call, form: End) -> Answer:
    """Delete the account."""
    await user.end.handler(call, user.End(current_password=form.current_password))
    flash.say(call, "Your account is deleted. Thank you for having been here.")
    return go("/sign-up")


async def _changed(call: Call, changes: user.Changes) -> Answer:
    done = await user.change_profile.handler(call, changes)
    flash.say(call, done.message)
    return go("/account")
