"""What somebody typed to prove who they are goes in; who guesses is told to come back later."""

from oriel.service import addresses, credentials, factors, users
from oriel.service.errors import BadCode, SecondFactorRequired, TooMany
from oriel.service.models import User
from oriel.web.api.call import Call


async def account(call: Call, email: str, password: str) -> User:
    """Whose address and password these are, signed in or not; raises BadCredentials."""
    whom = addresses.counted(email)
    async with call.guessing(whom):
        user = await users.authenticate(call.parts.database, email=email, password=password)
        await count_claim(call, user)
        return user


async def count_claim(call: Call, user: User) -> None:
    """Count one who only claims the address like a wrong guess: it may have been at the owner's.

    Whoever claims an address can have its account fit any password.
    """
    if user.verified_at is None:
        await call.parts.limits.count("account", addresses.counted(user.email))


async def password(call: Call, typed: str) -> None:
    """Let who is signed in prove the password again; raises BadFields."""
    async with call.guessing(f"user:{call.user.id}"):
        await credentials.check_password(call.parts.database, call.user.id, typed)


async def second_factor(call: Call, user: User, typed: str | None) -> None:
    """Ask for a code where the account has a second factor; raises SecondFactorRequired, BadCode.

    Only who has proved the password comes here, so too many guesses are told to the account's owner.
    """
    if user.second_factor_since is None:
        return
    if typed is None:
        raise SecondFactorRequired(
            "This account has a second factor: send a code of its app, or a recovery code, too."
        )
    try:
        await _code(call, user, typed)
    except TooMany:
        await factors.warn(call.parts.database, user.id, call.parts.now())
        raise


async def _code(call: Call, user: User, typed: str) -> None:
    parts, now = call.parts, call.parts.now()
    async with call.guessing(f"user:{user.id}", "code"):
        if not await factors.fits(parts.database, parts.settings.secret_keys, user.id, typed, now):
            raise BadCode(f"The code {factors.WRONG}.", {"code": factors.WRONG})
