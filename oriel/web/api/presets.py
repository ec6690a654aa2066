"""Looks that somebody keeps."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from oriel.service import presets
from oriel.service.errors import NotFound, Refused, Taken
from oriel.web.api.call import Call
from oriel.web.api.leads import leads
from oriel.web.api.models import ID, Asked, Text, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Done

Label = Annotated[Text, StringConstraints(min_length=1, max_length=presets.LONGEST_NAME)]
_OF_ONE = ("presets_change_one", "presets_remove_one", "presets_remove")
_OneOf = Annotated[str, Field(pattern=f"^{ID}$")]


class New(Asked):
    """A look to keep."""

    name: Label
    look: dict[str, Any] = Field(description="As in docs/looks.md; what is left out is default.")


class Change(New):
    """Another name or look for one that is kept."""

    id: _OneOf


class Which(Asked):
    """One that is kept."""

    id: _OneOf


class Preset(Told):
    """A look that is kept, whole."""

    id: str
    name: str
    look: dict[str, Any]
    created_at: datetime
    changed_at: datetime


class Presets(Told):
    """All of an account's, by name."""

    presets: list[Preset]


@route("GET", "/api/user/presets", leads=leads(*_OF_ONE, id="presets/0/id"))
async def listed(call: Call) -> Presets:
    """The looks that you keep."""
    async with call.parts.database.read() as session:
        kept = await presets.listed(session, call.user.id)
    return Presets(presets=[Preset.model_validate(one) for one in kept])


@route(
    "POST",
    "/api/user/presets",
    status=201,
    refuses=(Refused, Taken),
    leads=[*leads(*_OF_ONE, id="id"), *leads("presets_change", body={"id": "id"})],
)
async def keep(call: Call, body: New) -> Preset:
    """Keep a look under a name."""
    async with call.parts.database.begin() as session:
        kept = await presets.keep(session, call.user.id, body.name, body.look, call.parts.now())
        return Preset.model_validate(kept)


@route("PUT", "/api/user/presets", refuses=(NotFound, Taken))
async def change(call: Call, body: Change) -> Preset:
    """Give a look that you keep another name, or change it."""
    return await _changed(call, body.id, body)


@route("PUT", f"/api/user/presets/{{id:{ID}}}", refuses=(Taken,))
async def change_one(call: Call, body: New) -> Preset:
    """The same, with its identifier in the path."""
    return await _changed(call, call.path("id"), body)


@route("DELETE", "/api/user/presets", refuses=(NotFound,))
async def remove(call: Call, query: Which) -> Done:
    """Keep a look no longer."""
    return await _removed(call, query.id)


@route("DELETE", f"/api/user/presets/{{id:{ID}}}")
async def remove_one(call: Call) -> Done:
    """The same, with its identifier in the path."""
    return await _removed(call, call.path("id"))


async def _changed(call: Call, preset_id: str, body: New) -> Preset:
    async with call.parts.database.begin() as session:
        now = call.parts.now()
        kept = await presets.change(session, call.user.id, preset_id, body.name, body.look, now)
        return Preset.model_validate(kept)


async def _removed(call: Call, preset_id: str) -> Done:
    async with call.parts.database.begin() as session:
        await presets.remove(session, call.user.id, preset_id)
    return Done(message="It is kept no longer.")
