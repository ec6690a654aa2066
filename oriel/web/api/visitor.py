"""A browser's cookies in; who is signed in with them, and no error where nobody is, out."""

from pydantic import Field

from oriel.service import credits
from oriel.web.api.call import Call
from oriel.web.api.models import Told
from oriel.web.api.route import route
from oriel.web.api.shown import Somebody


class Visitor(Told):
    """Who looks at a page."""

    user: Somebody | None = Field(description="Null where nobody is signed in.")
    credits: dict[str, int] = Field(description="By tier.")


@route("GET", "/api/auth/session", who="anybody")
async def session(call: Call) -> Visitor:
    """Who is signed in, and what they may order; for pages, to which a guest is no error."""
    await call.identify(required=False)
    if call.who is None:
        return Visitor(user=None, credits={})
    async with call.parts.database.read() as session:
        left = await credits.balances(session, call.user.id)
    return Visitor(user=Somebody.of(call.user), credits=left)
