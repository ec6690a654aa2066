"""Addresses, passwords and letters' tokens in, tokens out: who somebody is, and for how long."""

from typing import Annotated
from urllib.parse import urlencode

from aiohttp import web
from pydantic import Field

from oriel.service import addresses, credentials, security, sessions, users
from oriel.service.errors import (
    BadCode,
    BadCredentials,
    BadLink,
    NotSignedIn,
    SecondFactorRequired,
    Taken,
)
from oriel.service.models import User
from oriel.service.sessions import Tokens
from oriel.web.api import cookies, origins, proofs
from oriel.web.api.call import Call
from oriel.web.api.leads import leads
from oriel.web.api.models import Asked, Code, Email, Name, Password, Token
from oriel.web.api.route import Other, route
from oriel.web.api.shown import Done, Signed, Somebody

_PROOF = {"email": "$request.body#/email", "password": "$request.body#/password"}
_WITH_TOKEN = leads("auth_refresh", "auth_logout", body={"refresh_token": "refresh_token"})
_EVEN_SECONDS = 0.25  # longer than a letter takes to be written, unless the database has much to do
_SENT = "If there is such an account, a letter is on its way."


class Registration(Asked):
    """A new account."""

    email: Email
    password: Password
    name: Name = ""


class Credentials(Asked):
    """Who somebody says they are, and the proof."""

    email: Email
    password: Password


class SignIn(Credentials):
    """The same, with a code where the account has a second factor."""

    code: Annotated[
        Code | None, Field(description="Of the account's app, or a recovery code; each works once.")
    ] = None


class Renewal(Asked):
    """A refresh token; browsers send it in a cookie instead."""

    refresh_token: Token | None = None


class Leaving(Renewal):
    """Which sign-ins to end."""

    everywhere: Annotated[bool, Field(description="End all sign-ins of this account.")] = False


class Forgotten(Asked):
    """Whose password was forgotten."""

    email: Email


class Reset(Asked):
    """The token of a letter, and a new password."""

    token: Token
    password: Password


class Proof(Asked):
    """The token of a letter."""

    token: Token


@route(
    "POST",
    "/api/auth/register",
    who="anybody",
    limit="register",
    status=201,
    refuses=(BadCredentials, SecondFactorRequired),
    leads=[*leads("auth_login", body=_PROOF), *_WITH_TOKEN],
)
async def register(call: Call, body: Registration) -> Signed:
    """Make an account, and sign in.

    It gets its welcome credits, and a letter with which the address is confirmed. Nothing tells
    whether others have that address: an account is theirs who opens the letter first. With the
    password of an account that has it, this is to sign in to that one; with a second factor, `login` is.
    """
    parts = call.parts
    await users.check(body.email, body.password, body.name)
    # Before: who joins again and again would have the address flooded, or guess at passwords.
    whom = addresses.counted(body.email)
    await parts.limits.count("letter", whom)
    async with call.guessing(whom):
        user = await users.register(
            parts.database,
            parts.plans,
            email=body.email,
            password=body.password,
            name=body.name,
            now=parts.now(),
        )
        await proofs.count_claim(call, user)
    await proofs.second_factor(call, user, None)
    return await signed_in(call, user)


@route(
    "POST",
    "/api/auth/login",
    who="anybody",
    limit="login",
    refuses=(BadCredentials, SecondFactorRequired, BadCode),
    leads=_WITH_TOKEN,
)
async def login(call: Call, body: SignIn) -> Signed:
    """Sign in.

    An account with a second factor refuses the right password alone with `second_factor_required`:
    send both again with a `code`.
    """
    user = await proofs.account(call, body.email, body.password)
    await proofs.second_factor(call, user, body.code)
    return await signed_in(call, user)


@route(
    "POST",
    "/api/auth/refresh",
    who="anybody",
    limit="refresh",
    refuses=(NotSignedIn,),
    leads=_WITH_TOKEN,
)
async def refresh(call: Call, body: Renewal | None) -> Signed:
    """Get new tokens for a refresh token, which works once.

    One that was used before ends all that came of its sign-in.
    """
    parts = call.parts
    token = _refresh_token(call, body)
    if token is None:
        raise NotSignedIn("Send a refresh token.")
    try:
        tokens = await sessions.renew(
            parts.database, parts.settings.secret_keys, token, parts.now(), call.where
        )
    except NotSignedIn:
        call.forget()
        raise
    return _given(call, tokens)


@route("POST", "/api/auth/logout", who="anybody", refuses=(NotSignedIn,))
async def logout(call: Call, body: Leaving | None) -> Done:
    """End this sign-in, or with `everywhere` all of the account's.

    The refresh token, or the access token, says which.
    """
    parts, now = call.parts, call.parts.now()
    await call.identify(required=bool(body and body.everywhere))
    token = _refresh_token(call, body)
    async with parts.database.begin() as session:
        if token is not None:
            await sessions.sign_out(session, token, now)
        if call.who is not None:
            await sessions.end(session, call.who.family, now)
            if body is not None and body.everywhere:
                await sessions.sign_out_everywhere(session, call.who.user.id, now)
    call.note("sign_out")
    call.forget()
    return Done(message="You are signed out.")


@route("POST", "/api/auth/request-password-reset", who="anybody", limit="link", status=202)
async def request_password_reset(call: Call, body: Forgotten) -> Done:
    """Have a letter sent with which a new password can be chosen, within an hour.

    The answer is the same where there is no such account.
    """
    whom = addresses.counted(body.email)
    call.note("reset_asked", account=security.word_for(whom, call.parts.settings.secret_keys[0]))
    await call.parts.limits.count("letter", whom)
    asked = credentials.request_reset(call.parts.database, body.email, call.parts.now())
    await call.parts.afterwards.within(_EVEN_SECONDS, asked)
    return Done(message=_SENT)


@route("POST", "/api/auth/reset-password", who="anybody", limit="link", refuses=(BadLink, Taken))
async def reset_password(call: Call, body: Reset) -> Done:
    """Choose a new password with the token of a letter; all sign-ins end."""
    parts = call.parts
    await credentials.reset(parts.database, body.token, body.password, parts.now())
    return Done(message="The password is changed: sign in with it.")


@route("POST", "/api/auth/verify-email", who="anybody", limit="link", refuses=(BadLink, Taken))
async def verify_email(call: Call, body: Proof) -> Somebody:
    """Confirm an address with the token of a letter.

    Where several accounts were made with the address, sign in to the one that the letter is for.
    """
    if call.who is None:
        await call.identify(required=False)
    by = call.who.user.id if call.who is not None else None
    user = await credentials.verify(call.parts.database, body.token, call.parts.now(), by)
    call.note("address_confirmed", user=user.id)
    return Somebody.of(user)


@route(
    "GET",
    "/api/auth/verify",
    who="anybody",
    limit="link",
    status=303,
    others={303: Other("To the page with the button.", headers={"Location": "Where."})},
)
async def verify(call: Call, query: Proof) -> web.StreamResponse:
    """Where a letter's link leads: to the page on which somebody confirms the address.

    To follow a link changes nothing, for mail programs do so to look at what is there.
    """
    return web.Response(status=303, headers={"Location": f"/verify-email?{urlencode(dict(query))}"})


@route("POST", "/api/auth/request-verification", limit="letter", status=202)
async def request_verification(call: Call) -> Done:
    """Have another letter sent with which the account's address can be confirmed."""
    parts = call.parts
    await parts.limits.count("letter", addresses.counted(call.user.email))
    await credentials.request_verification(parts.database, call.user.id, parts.now())
    return Done(message="A letter is on its way, unless the address is confirmed.")


async def signed_in(call: Call, user: User) -> Signed:
    """A new sign-in of a user who has just proved who they are, and was read then.

    It takes the place of the one that this browser had, which ends.
    """
    parts, before = call.parts, call.cookie(cookies.REFRESH)
    async with parts.database.begin() as session:
        tokens = await sessions.sign_in(
            session, parts.settings.secret_keys, user, parts.now(), call.where
        )
    if before:
        async with parts.database.begin() as session:
            await sessions.sign_out(session, before, parts.now())
    call.note("sign_in", user=user.id)
    return _given(call, tokens)


def _given(call: Call, tokens: Tokens) -> Signed:
    """The tokens, and the cookies with which a browser keeps them: alone, where a page may look."""
    call.keep(tokens)
    told = not origins.of_our_page(call.request)
    return Signed(
        access_token=tokens.access if told else None,
        refresh_token=tokens.refresh if told else None,
        expires_in=tokens.seconds,
        user=Somebody.of(tokens.user),
    )


def _refresh_token(call: Call, body: Renewal | None) -> str | None:
    given = body.refresh_token if body is not None else None
    return given or call.cookie(cookies.REFRESH) or None
