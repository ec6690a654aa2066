"""Markup in every place that strangers fill, on every page and in every answer that shows it.

Beside it what a template would reckon, and what formats would fill in.
"""

import io
from datetime import timedelta
from pathlib import Path

import aiohttp
import apis
from apis import Client
from sqlalchemy import select, update
from test_who_may import ways
from visiting import HTML

from oriel.service import shares
from oriel.service.models import OneTimeToken, RefreshToken, Render, Song, User

MARKUP = "<img src=x onerror=alert(1)>"
NO_TEMPLATE, NO_FORMAT = "{{ 99991 * 99991 }}", "%s%(a)d{0.__class__}"
RECKONED = b"9998200081"
WORDS = f"{MARKUP}{NO_TEMPLATE}{NO_FORMAT}"
SIGN_OUT = b'<form method="post" action="/sign-out">'
ENDLESS = ("/events",)


async def hostile(site: Client) -> tuple[Client, list[str]]:
    """Somebody all of whose words are markup, and what they own."""
    told = {"User-Agent": f"{WORDS}/1.0"}
    body = {"email": "eve@example.com", "password": apis.PASSWORD, "name": WORDS}
    eve = site.as_told(await site.post("/api/auth/register", body, headers=told))
    preset = await eve.post("/api/user/presets", {"name": WORDS, "look": {}})
    failed, done = [await ordered(eve, pitch) for pitch in (220, 330)]
    bought = await eve.post("/api/payments/create-session", {"tier": "personal"})
    async with site.parts.database.begin() as session:
        await session.execute(update(Song).values(title=WORDS, artist=WORDS))
        why = {"status": "failed", "error_message": WORDS, "log": WORDS}
        await session.execute(update(Render).where(Render.id == failed).values(**why))
        soon = {"expires_at": site.parts.now() + timedelta(days=1), "video_key": "videos/a.mp4"}
        await session.execute(update(Render).where(Render.id == done).values(status="done", **soon))
        shown = await shares.share(session, await session.get_one(Render, done), site.parts.now())
    return eve, [eve.user["id"], preset.json["id"], failed, done, shown, bought.json["id"]]


async def hashes(site: Client) -> list[str]:
    """What is kept of passwords and tokens, which is nobody's to see."""
    async with site.parts.database.read() as session:
        columns = (User.password_hash, RefreshToken.hash, OneTimeToken.hash)
        kept = [one for column in columns for one in await session.scalars(select(column))]
    assert len(kept) > 5
    return kept


async def ordered(eve: Client, pitch: float) -> str:
    form = aiohttp.FormData()
    form.add_field("song", io.BytesIO(apis.a_song(pitch=pitch)), filename=f"{WORDS}.wav")
    return str((await eve.post("/api/jobs/submit", data=form())).json["id"])


async def test_no_word_of_a_stranger_is_markup_on_any_page(site: Client, tmp_path: Path) -> None:
    eve, things = await hostile(site)
    admin = await apis.administrator(site)
    asking = {"anybody": eve, "user": eve, "admin": admin}
    shown: set[str] = set()
    kept = await hashes(site)

    for way in ways(site.application):
        if not way.writes and not way.path.endswith(ENDLESS) and not way.path.startswith("/demo"):
            for thing in things if "{" in way.path else things[:1]:
                answer = await asking[way.who].get(way.to(thing), headers={"Accept": HTML})
                assert not [one for one in kept if one.encode() in answer.body], (way, thing)
                if answer.headers.get("Content-Type", "").startswith("text/html"):
                    assert MARKUP.encode() not in answer.body, (way, thing)
                    assert RECKONED not in answer.body, (way, thing)
                    assert way.who == "anybody" or SIGN_OUT in answer.body, (way, thing)
                    if b"onerror=alert(1)" in answer.body:
                        shown.add(way.path)
                        assert NO_TEMPLATE.encode() in answer.body, (way, thing)
                        assert NO_FORMAT.encode() in answer.body, (way, thing)
                elif MARKUP.encode() in answer.body:
                    kind = answer.headers["Content-Type"]
                    assert kind.startswith(("application/json", "text/csv", "text/plain")), way

    assert len(shown) >= 5, "the words are on pages, as words"
    assert any(path.startswith("/watch/") for path in shown), "also on the one that anybody may see"
