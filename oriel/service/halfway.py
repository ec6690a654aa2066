"""Who proved a password goes in, a word for the page that asks for the code comes out; and back.

The word opens nothing by itself. It spares the page from keeping the password meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from oriel.service import sealing, users
from oriel.service.db import Database
from oriel.service.errors import NotFound, NotSignedIn
from oriel.service.models import User

LIFETIME = timedelta(minutes=10)

_ABOUT = "a password that was proved"
_OVER = "That took too long: sign in again."


def word(secret_keys: Sequence[str], user: User, now: datetime) -> str:
    """That somebody has proved their password now."""
    return sealing.seal(secret_keys, f"{user.id} {now.timestamp()}", _ABOUT)


async def read(database: Database, secret_keys: Sequence[str], told: str, now: datetime) -> User:
    """Who proved it; raises NotSignedIn where that is long ago, or all sign-ins ended since."""
    user_id, _, said = (sealing.opened(secret_keys, told, _ABOUT) or "nobody 0").partition(" ")
    proved = float(said)
    if now.timestamp() - proved > LIFETIME.total_seconds():
        raise NotSignedIn(_OVER)
    async with database.read() as session:
        try:
            user = await users.find(session, user_id)
        except NotFound as error:
            raise NotSignedIn(_OVER) from error
    if not user.active or proved < user.sessions_since.timestamp():
        raise NotSignedIn(_OVER)
    return user
