"""Where the links of letters lead: an address is confirmed, and a forgotten password replaced.

A link is used up by a button, not by being opened: mail programs open links to look at them.
"""

from oriel.web.api import auth
from oriel.web.api.call import Call
from oriel.web.pages import destination, flash
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show


@page("GET", "/verify-email", who="anybody", limit="link")
async def link(call: Call) -> Answer:
    """Where the letter that confirms an address leads."""
    return show("verify_email.html", token=call.request.query.get("token", ""))


@page("POST", "/verify-email", who="anybody", limit="link", again=link)
async def verify(call: Call, form: auth.Proof) -> Answer:
    """Confirm the address."""
    told = await auth.verify_email.handler(call, form)
    flash.say(call, f"{told.email} is confirmed. Thank you!")
    return go(destination.HOME if call.who is not None else "/sign-in")


@page("POST", "/verify-email/again", limit="letter")
async def verify_again(call: Call) -> Answer:
    """Have another letter sent."""
    await auth.request_verification.handler(call)
    flash.say(call, "Another letter is on its way.")
    return go(destination.HOME)


@page("GET", "/forgot-password", who="anybody")
async def forgot(call: Call) -> Answer:
    """Where a forgotten password is told of."""
    return show("forgot_password.html", asked=False)


@page("POST", "/forgot-password", who="anybody", limit="link", again=forgot)
async def request_reset(call: Call, form: auth.Forgotten) -> Answer:
    """Have a letter sent, if there is such an account; the answer does not tell."""
    await auth.request_password_reset.handler(call, form)
    return show("forgot_password.html", asked=True, email=form.email.strip())


@page("GET", "/reset-password", who="anybody", limit="link")
async def choose(call: Call) -> Answer:
    """Where the letter about a forgotten password leads."""
    token = call.request.query.get("token", "")
    return show("reset_password.html", token=token) if token else go("/forgot-password")


@page("POST", "/reset-password", who="anybody", limit="link", again=choose)
async def reset(call: Call, form: auth.Reset) -> Answer:
    """Choose a new password; all sign-ins end."""
    await auth.reset_password.handler(call, form)
    call.forget()
    flash.say(call, "Your password is changed: sign in with it.")
    return go("/sign-in")
