"""The looks that somebody keeps: opened in the studio, renamed, deleted."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from oriel.service import presets
from oriel.web.api import presets as api
from oriel.web.api.call import Call
from oriel.web.api.models import ID, Asked
from oriel.web.pages import flash
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show

_ONE = f"/presets/{{id:{ID}}}"


class Rename(Asked):
    """Another name."""

    name: api.Label


@page("GET", "/presets")
async def listed(call: Call) -> Answer:
    """All of them, by name."""
    async with call.parts.database.read() as session:
        kept = await presets.listed(session, call.user.id)
    return show("account/presets.html", presets=kept, link=_link)


@page("POST", f"{_ONE}/rename", again=listed)
async def rename(call: Call, form: Rename) -> Answer:
    """Call one by another name."""
    async with call.parts.database.begin() as session:
        preset = await presets.find(session, call.user.id, call.path("id"))
        await presets.change(
            session, call.user.id, preset.id, form.name, preset.look, call.parts.now()
        )
    flash.say(call, "It has its new name.")
    return go("/presets")


@page("POST", f"{_ONE}/delete", again=listed)
async def delete(call: Call) -> Answer:
    """Keep one no longer."""
    await api.remove_one.handler(call)
    flash.say(call, "It is kept no longer.")
    return go("/presets")


def _link(look: Mapping[str, Any]) -> str:
    """The studio with this look, as web/visualizer/share.js writes it."""
    text = json.dumps(look, separators=(",", ":"), ensure_ascii=False)
    return f"/#look={urlsafe_b64encode(text.encode()).decode().rstrip('=')}"
