"""A second factor for one's own account: turned on, its recovery codes made anew, turned off."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from oriel.service import factors, recovery, users
from oriel.service.errors import BadCode, BadFields
from oriel.service.renders import NotPossible
from oriel.web.api import auth, proofs
from oriel.web.api.call import Call
from oriel.web.api.models import Asked, Code, Password, Text, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Signed


class Factor(Told):
    """How an account's second factor stands."""

    on: bool
    since: datetime | None
    recovery_codes: int = Field(description="How many were never used.")


class Offer(Told):
    """A secret for an app that makes codes; it counts once it was turned on."""

    secret: str = Field(description="For who types it, in base32.")
    uri: str = Field(description="For a QR code: otpauth://totp/…")
    offer: str = Field(description="To be sent along when it is turned on.")


class Proof(Asked):
    """The password again, and a code of the app, or a recovery code."""

    current_password: Password
    code: Code


class Start(Proof):
    """The same, with what was offered."""

    offer: Annotated[Text, StringConstraints(min_length=1, max_length=400)]


class Codes(Told):
    """Recovery codes, each good for one sign-in; they are told this once."""

    recovery_codes: list[str]


class Started(Codes):
    """The same, with new tokens, as all sign-ins ended."""

    tokens: Signed


class Stopped(Told):
    """New tokens, as all sign-ins ended."""

    message: str
    tokens: Signed


@route("GET", "/api/user/second-factor")
async def one(call: Call) -> Factor:
    """Whether signing in to your account takes a code too, and how many recovery codes are left."""
    since = call.user.second_factor_since
    async with call.parts.database.read() as session:
        left = await recovery.left(session, call.user.id)
    return Factor(on=since is not None, since=since, recovery_codes=left)


@route("POST", "/api/user/second-factor/offer")
async def offer(call: Call) -> Offer:
    """Get a secret for an app that makes codes (RFC 6238).

    Nothing changes until a code of it was sent, with the `offer`.
    """
    made = factors.offer(call.parts.settings.secret_keys, call.user)
    return Offer(secret=made.secret, uri=made.uri, offer=made.sealed)


@route("POST", "/api/user/second-factor", refuses=(NotPossible,))
async def turn_on(call: Call, body: Start) -> Started:
    """Have a code be asked for beside your password from now on.

    Keep the recovery codes that come back: they are told this once. All sign-ins end but this one.
    """
    parts = call.parts
    await proofs.password(call, body.current_password)
    codes = await factors.turn_on(
        parts.database,
        parts.settings.secret_keys,
        call.user.id,
        sealed=body.offer,
        code=body.code,
        now=parts.now(),
    )
    call.note("second_factor_on")
    return Started(recovery_codes=codes, tokens=await _signed_in_anew(call))


@route("POST", "/api/user/second-factor/recovery-codes", refuses=(NotPossible,))
async def renew_codes(call: Call, body: Proof) -> Codes:
    """Get new recovery codes in place of those before."""
    await _prove(call, body)
    codes = await factors.renew_codes(call.parts.database, call.user.id, call.parts.now())
    call.note("recovery_codes_made")
    return Codes(recovery_codes=codes)


@route("DELETE", "/api/user/second-factor", refuses=(NotPossible,))
async def turn_off(call: Call, body: Proof) -> Stopped:
    """Have your password alone be asked for; all sign-ins end but this one."""
    await _prove(call, body)
    await factors.turn_off(call.parts.database, call.user.id, call.parts.now())
    call.note("second_factor_off")
    tokens = await _signed_in_anew(call)
    return Stopped(message="Your password alone signs in now.", tokens=tokens)


async def _signed_in_anew(call: Call) -> Signed:
    async with call.parts.database.read() as session:
        user = await users.find(session, call.user.id)
    return await auth.signed_in(call, user)


async def _prove(call: Call, body: Proof) -> None:
    if call.user.second_factor_since is None:
        raise NotPossible("No second factor is on.")
    await proofs.password(call, body.current_password)
    try:
        await proofs.second_factor(call, call.user, body.code)
    except BadCode as error:  # who is signed in stays so
        raise BadFields(error.details) from error
