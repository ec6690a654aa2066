"""Signing up, in and out; whoever came from elsewhere on this site goes back there."""

from oriel.web.api import auth
from oriel.web.api.call import Call
from oriel.web.pages import destination, flash
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show


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
    await auth.register.handler(call, form)
    flash.say(call, f"Welcome! Open the link in the letter to {form.email.strip()} when you can.")
    return go(destination.wanted(call.request))


@page("GET", "/sign-in", who="anybody")
async def in_(call: Call) -> Answer:
    """Where somebody signs in."""
    if call.who is not None:
        return go(destination.wanted(call.request))
    return show("sign_in.html")


@page("POST", "/sign-in", who="anybody", limit="login", again=in_)
async def sign_in(call: Call, form: auth.Credentials) -> Answer:
    """Sign in."""
    await auth.login.handler(call, form)
    return go(destination.wanted(call.request))


@page("POST", "/sign-out", who="anybody")
async def sign_out(call: Call) -> Answer:
    """Sign out here; elsewhere one stays signed in."""
    await auth.logout.handler(call, None)
    flash.say(call, "You are signed out.")
    return go("/sign-in")
