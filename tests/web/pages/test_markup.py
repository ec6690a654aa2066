"""Markup in every place that strangers fill, on every page and in every answer that shows it."""

import io
from pathlib import Path

import aiohttp
import apis
from apis import Client
from sqlalchemy import update
from test_who_may import ways
from visiting import HTML

from oriel.service.models import Render, Song

MARKUP = "<img src=x onerror=alert(1)>"
ENDLESS = ("/events",)


async def hostile(site: Client) -> tuple[Client, list[str]]:
    """Somebody all of whose words are markup, and what they own."""
    told = {"User-Agent": f"{MARKUP}/1.0"}
    body = {"email": "eve@example.com", "password": apis.PASSWORD, "name": MARKUP}
    eve = site.as_told(await site.post("/api/auth/register", body, headers=told))
    preset = await eve.post("/api/user/presets", {"name": MARKUP, "look": {}})
    form = aiohttp.FormData()
    form.add_field("song", io.BytesIO(apis.a_song()), filename=f"{MARKUP}.wav")
    render = (await eve.post("/api/jobs/submit", data=form())).json["id"]
    bought = await eve.post("/api/payments/create-session", {"tier": "personal"})
    async with site.parts.database.begin() as session:
        await session.execute(update(Song).values(title=MARKUP, artist=MARKUP))
        failed = {"status": "failed", "error_message": MARKUP, "log": MARKUP}
        await session.execute(update(Render).values(**failed))
    return eve, [eve.user["id"], preset.json["id"], render, bought.json["id"]]


async def test_no_word_of_a_stranger_is_markup_on_any_page(site: Client, tmp_path: Path) -> None:
    eve, things = await hostile(site)
    admin = await apis.administrator(site)
    asking = {"anybody": eve, "user": eve, "admin": admin}
    shown = 0

    for way in ways(site.application):
        if not way.writes and not way.path.endswith(ENDLESS) and not way.path.startswith("/demo"):
            for thing in things if "{" in way.path else things[:1]:
                answer = await asking[way.who].get(way.to(thing), headers={"Accept": HTML})
                if answer.headers.get("Content-Type", "").startswith("text/html"):
                    assert MARKUP.encode() not in answer.body, (way, thing)
                    shown += b"onerror=alert(1)" in answer.body
                elif MARKUP.encode() in answer.body:
                    kind = answer.headers["Content-Type"]
                    assert kind.startswith(("application/json", "text/csv", "text/plain")), way

    assert shown >= 5, "the words are on pages, as words"
