"""Signing up, in and out; whoever came from elsewhere on this site goes back there."""

from typing import Annotated

from pydantic import StringConstraints

from oriel.service import halfway
from oriel.service.errors import NotSignedIn, SecondFactorRequired
from oriel.web.api import auth, proofs
from oriel.web.api.call import Call
from oriel.web.api.models import Asked, Code, Text
from oriel.web.pages import destination, flash, forms
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show


class SecondStep(Asked):
    """That the password was proved, and a code."""

    proved: Annotated[Text, StringConstraints(min_length=1, max_length=400)]
    code: Code


@page("GET", "/sign-up", who="anybody")
async def up(call: Call) -> Answer:
    """Where an account is made."""
    if call.who is not None:
        return go(destination.wanted(call.request))
    welcome = [plan for plan in call.parts.plans.values() if plan.welcome]
    return show("sign_up.html", welcome=welcome)


@page("POST", "/sign-up", who="anybody", limit="register", again=up)
async def sign_up(call: Call, form: auth.Registration) -> Answer:
    """Make the account, and sign in."""
    onward = destination.wanted(call.request)
    try:
        told = await auth.register.handler(call, form)
    except SecondFactorRequired:
        flash.say(
            call, "You have an account with this address and password: sign in with your code."
        )
        return go(destination.with_next("/sign-in", onward))
    letter = f"Open the link in the letter to {form.email.strip()} when you can."
    flash.say(call, "Welcome back!" if told.user.verified else f"Welcome! {letter}")
    return go(onward)


@page("GET", "/sign-in", who="anybody")
async def in_(call: Call) -> Answer:
    """Where somebody signs in."""
    if call.who is not None:
        return go(destination.wanted(call.request))
    return show("sign_in.html")


@page("POST", "/sign-in", who="anybody", limit="login", again=in_)
async def sign_in(call: Call, form: auth.Credentials) -> Answer:
    """Sign in."""
    user = await proofs.account(call, form.email, form.password)
    if user.second_factor_since is not None:
        return _asked(halfway.word(call.parts.settings.secret_keys, user, call.parts.now()))
    await auth.signed_in(call, user)
    return go(destination.wanted(call.request))


@page("GET", "/sign-in/code", who="anybody")
async def code(call: Call) -> Answer:
    """Where a code is typed, by who has proved the password; others begin there."""
    proved = call.request[forms.FORM].typed.get("proved")
    return go("/sign-in") if call.who is not None or not proved else _asked(proved)


@page("POST", "/sign-in/code", who="anybody", limit="login", again=code)
async def by_code(call: Call, form: SecondStep) -> Answer:
    """Sign in with a code of the app."""
    return await _signed_in(call, form)


@page("POST", "/sign-in/recovery-code", who="anybody", limit="login", again=code)
async def by_recovery_code(call: Call, form: SecondStep) -> Answer:
    """Sign in with one of the codes that were kept for this."""
    return await _signed_in(call, form)


@page("POST", "/sign-out", who="anybody")
async def sign_out(call: Call) -> Answer:
    """Sign out here; elsewhere one stays signed in."""
    await auth.logout.handler(call, None)
    flash.say(call, "You are signed out.")
    return go("/sign-in")


def _asked(proved: str) -> Answer:
    return show("sign_in_code.html", proved=proved)


async def _signed_in(call: Call, form: SecondStep) -> Answer:
    parts, after = call.parts, destination.wanted(call.request)
    try:
        user = await halfway.read(
            parts.database, parts.settings.secret_keys, form.proved, parts.now()
        )
    except NotSignedIn as refusal:
        flash.say(call, str(refusal))
        return go(destination.with_next("/sign-in", after))
    await proofs.second_factor(call, user, form.code)
    await auth.signed_in(call, user)
    return go(after)
