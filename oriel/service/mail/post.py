"""A letter goes in with the change that it tells of, and waits in the same database to be sent.

Both are kept, or neither: no letter tells of what did not happen, and none is forgotten.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service.db import insert_once
from oriel.service.mail import letters
from oriel.service.models import Mail


async def post(
    session: AsyncSession,
    *,
    to: str,
    letter: str,
    words: Mapping[str, Any],
    source: str,
    user_id: str | None = None,
) -> bool:
    """Write a letter down in the caller's transaction; False where its source has written it.

    Raises BadLetter at once for a letter that could not be written when it is due.
    """
    letters.write(letter, words, "https://oriel.example")
    return await insert_once(
        session, Mail, user_id=user_id, to=to, letter=letter, words=dict(words), source=source
    )
