"""The looks that somebody keeps, each under a name of its own; checked, and whole, as they go in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel import look
from oriel.errors import BadLook
from oriel.service.credits import hold
from oriel.service.db import insert_once
from oriel.service.errors import BadFields, NotFound, Refused, Taken
from oriel.service.models import Preset

MOST = 200  # of one account
LONGEST_NAME = 80


async def listed(session: AsyncSession, user_id: str) -> list[Preset]:
    """All that an account keeps, by name."""
    mine = select(Preset).where(Preset.user_id == user_id)
    return list(await session.scalars(mine.order_by(func.lower(Preset.name), Preset.id)))


async def find(session: AsyncSession, user_id: str, preset_id: str) -> Preset:
    """One of an account's; raises NotFound."""
    preset = await session.get(Preset, preset_id)
    if preset is None or preset.user_id != user_id:
        raise NotFound("There is no such preset.")
    return preset


async def keep(
    session: AsyncSession, user_id: str, name: str, document: object, now: datetime
) -> Preset:
    """Keep a look under a new name; raises BadFields, Taken, and Refused where there are too many."""
    fields = _checked(name, document)
    await hold(session, user_id)
    kept = await session.scalar(select(func.count()).where(Preset.user_id == user_id))
    if (kept or 0) >= MOST:
        raise Refused(f"An account keeps at most {MOST} presets: delete one first.")
    times = {"created_at": now, "changed_at": now}
    if not await insert_once(session, Preset, user_id=user_id, **fields, **times):
        raise _taken(fields["name"])
    made = select(Preset).where(Preset.user_id == user_id, Preset.name == fields["name"])
    return (await session.scalars(made)).one()


async def change(
    session: AsyncSession, user_id: str, preset_id: str, name: str, document: object, now: datetime
) -> Preset:
    """Give a preset another name or look; raises NotFound, BadFields and Taken."""
    fields = _checked(name, document)
    await hold(session, user_id)
    preset = await find(session, user_id, preset_id)
    same = select(Preset.id).where(
        Preset.user_id == user_id, Preset.name == fields["name"], Preset.id != preset_id
    )
    if await session.scalar(same) is not None:
        raise _taken(fields["name"])
    preset.name, preset.look, preset.changed_at = fields["name"], fields["look"], now
    await session.flush()
    return preset


async def remove(session: AsyncSession, user_id: str, preset_id: str) -> None:
    """Keep a look no longer; raises NotFound."""
    await find(session, user_id, preset_id)
    await session.execute(delete(Preset).where(Preset.id == preset_id))


def _checked(name: str, document: object) -> dict[str, Any]:
    """The name and the whole look; raises BadFields for both at once."""
    problems = {}
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        problems["name"] = f"must be one line of 1 to {LONGEST_NAME} characters"
    whole: Mapping[str, Any] = {}
    try:
        # Text would be the name of a look, or of a file of this machine.
        whole = look.load(document if isinstance(document, Mapping) else {"": None}).to_json()
    except BadLook as error:
        problems["look"] = str(error) if isinstance(document, Mapping) else "must be a JSON object"
    if problems:
        raise BadFields(problems)
    return {"name": name, "look": dict(whole)}


def _taken(name: str) -> Taken:
    return Taken(
        f"There is a preset with the name {name}: choose another.",
        {"name": "is in use: choose another"},
    )
