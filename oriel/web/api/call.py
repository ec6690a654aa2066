"""What a handler is called with: the request, the parts of the service, and who asks."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import security, sessions, telemetry
from oriel.service.errors import (
    BadCode,
    BadCredentials,
    BadFields,
    Forbidden,
    NotSignedIn,
    Refused,
    SecondFactorMissing,
)
from oriel.service.limits import CROWD
from oriel.service.models import User
from oriel.service.origin import Origin
from oriel.service.sessions import SignedIn, Tokens, Where
from oriel.web.api import cookies, proxies
from oriel.web.api.codes import TooLarge
from oriel.web.api.parts import Parts
from oriel.web.api.patience import soon
from oriel.web.keys import REQUEST_ID

LARGEST = 1 << 20  # bytes of a body that is no upload; aiohttp's own limit

_GUESSES = {"password": "account", "code": "code"}  # the rates by which they are limited

Proof = Literal["password", "code"]
Change = Callable[[web.StreamResponse], None]


@dataclass
class Call:
    """One request; `headers` and `changes` go into its response."""

    request: web.Request
    parts: Parts
    who: SignedIn | None = None
    headers: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def user(self) -> User:
        """Who is signed in, as read when the request came; raises NotSignedIn."""
        return self.signed_in.user

    @property
    def signed_in(self) -> SignedIn:
        """The same, with the sign-in; raises NotSignedIn."""
        if self.who is None:
            raise NotSignedIn("Sign in first.")
        return self.who

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.remote or ""

    @property
    def where(self) -> Where:
        """The same, and with which program."""
        return Where(self.address, self.request.headers.get("User-Agent", ""))

    @property
    def origin(self) -> Origin:
        """What tells this request from all others."""
        return Origin(self.request.get(REQUEST_ID, ""), telemetry.traceparent())

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https."""
        public = self.parts.settings.public_url  # a proxy may not tell, or not be believed
        return self.request.scheme == "https" or public.startswith("https:")

    def cookie(self, name: str) -> str | None:
        """What this browser keeps for us under a name, such as a token of its sign-in."""
        return cookies.kept(self.request, name, secure=self.secure)

    def note(self, what: str, **about: str | None) -> None:
        """Log what concerns security, with who asks and from where."""
        user = None if self.who is None else self.who.user.id
        security.note(what, **{"user": user, "address": self.address, **about})

    def note_refusal(self, refusal: Refused) -> None:
        """Log a refusal that may be an attack; that a guest is to sign in is none."""
        guest = not (cookies.bearer(self.request) or self.cookie(cookies.ACCESS))
        if refusal.code in security.WATCHED and not (refusal.code == "not_signed_in" and guest):
            path = self.request.match_info.route.resource
            self.note(refusal.code, operation=f"{self.request.method} {path and path.canonical}")

    async def identify(self, *, required: bool = True) -> None:
        """Find out who asks; raises NotSignedIn where that is required and not told.

        A browser whose access token is too old gets new ones with the response.
        """
        bearer = cookies.bearer(self.request)
        try:
            self.who = await self._read(bearer or self.cookie(cookies.ACCESS))
        except NotSignedIn:
            if bearer is None:
                self.who = await self._renewed()
            if self.who is None and required:
                raise

    async def count(self, rate: str) -> None:
        """Count for who asks and, more generously, for where from; or, of nobody, for that alone.

        Raises TooMany.
        """
        limits, address = self.parts.limits, proxies.counted(self.address)
        if self.who is None:
            await limits.count(rate, address)
            return
        await limits.count(rate, f"user:{self.user.id}")
        await limits.count(rate, f"crowd:{address}", CROWD)

    def keep(self, tokens: Tokens) -> None:
        """Have a browser keep these tokens from now on."""
        secure = self.secure
        self.changes.append(lambda response: cookies.give(response, tokens, secure=secure))

    def forget(self) -> None:
        """Have a browser forget its tokens."""
        secure = self.secure
        self.changes.append(lambda response: cookies.take(response, secure=secure))

    async def _read(self, token: str | None) -> SignedIn:
        if not token:
            raise NotSignedIn("Sign in first: this needs an access token.")
        parts = self.parts
        return await sessions.read(parts.database, parts.settings.secret_keys, token, parts.now())

    async def _renewed(self) -> SignedIn | None:
        """Who asks by the refresh token in a cookie; what is asked at the same time does the same."""
        token = self.cookie(cookies.REFRESH)
        if not token:
            return None
        parts = self.parts
        await parts.limits.count("refresh", proxies.counted(self.address))
        try:
            tokens = await sessions.renew(
                parts.database, parts.settings.secret_keys, token, parts.now(), self.where
            )
        except NotSignedIn:
            self.forget()
            return None
        self.keep(tokens)
        return await self._read(tokens.access)

    @asynccontextmanager
    async def guessing(self, whom: str, what: Proof = "password") -> AsyncIterator[None]:
        """Around what proves who somebody is: who fails too often is told to come back later."""
        limits, rate = self.parts.limits, _GUESSES[what]
        async with limits.turn(whom):  # a crowd would all be let in before the first is counted
            await limits.check(rate, whom)
            try:
                yield
            except (BadCode, BadCredentials, BadFields):
                secret = self.parts.settings.secret_keys[0]
                self.note(f"wrong_{what}", account=security.word_for(whom, secret))
                await limits.count(rate, whom)
                raise

    def check_power(self) -> None:
        """Raise Forbidden for who is no administrator, SecondFactorMissing for who must have one."""
        if self.user.role != "admin":
            raise Forbidden("This is for administrators: sign in as one.")
        demanded = self.parts.settings.admin_second_factor == "required"
        if demanded and self.user.second_factor_since is None:
            raise SecondFactorMissing(
                "Administrators need a second factor here: turn it on with your account first."
            )

    def dress(self, response: web.StreamResponse) -> None:
        """Add to a response what is not in the handler's own words."""
        for name, value in self.headers.items():
            response.headers[name] = value
        for change in self.changes:
            change(response)
        response.headers.setdefault("Cache-Control", "no-store")

    async def raw(self) -> bytes:
        """The body as it came; raises TooLarge."""
        try:
            return await soon(self.request.read())
        except web.HTTPRequestEntityTooLarge as error:
            raise TooLarge(f"A body may have at most {LARGEST:,} bytes: send less.") from error

    def path(self, name: str) -> str:
        """A part of the path, such as {id}."""
        return self.request.match_info[name]

    async def row(self, session: AsyncSession) -> User:
        """The user's row in this transaction; raises NotSignedIn where it is no longer there."""
        user = await session.get(User, self.user.id)
        if user is None or not user.active:
            raise NotSignedIn("This account is gone.")
        return user
