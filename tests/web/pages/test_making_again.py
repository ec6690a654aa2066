"""A render's page makes the song anew: with another look, or as it was."""

import asyncio
import re

import apis
from apis import Client, a_song
from sqlalchemy import update
from visiting import Visitor, hidden_in, ordered

from oriel.service import credits
from oriel.service.models import Render, Song


async def test_the_song_is_made_again_with_another_look(visitor: Visitor, site: Client) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    hidden = hidden_in(page)

    made = await visitor.post(
        f"/videos/{render}/again", **hidden, look="aurora", size="720x720", tier="free"
    )

    status = (await client.get(f"/api/jobs/{made.headers['Location'][8:]}/status")).json
    assert (status["size"], status["look"]["shape"]) == ("720x720", "torusLarge")


async def test_as_it_was_is_the_same_format_and_quality_while_a_plan_has_it(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    client = await visitor.client(site)
    async with site.parts.database.begin() as session:
        for source in ("a gift", "another"):
            await credits.grant(session, client.user["id"], "premium", kind="admin", source=source)
    order = {"size": "640x360", "tier": "premium", "codec": "hevc", "quality": "high"}
    render = (await client.order(a_song(), **order)).json["id"]
    await apis.finished(client, render)

    page, made = await _made_again(visitor, client, render)
    without, lesser = await _made_again(visitor, client, render)

    assert made | order == made
    assert ">H.264: " not in page
    assert ">H.264: none of these plans has HEVC</option>" in without
    assert lesser | {"tier": "free", "codec": "h264", "quality": "high"} == lesser


async def _made_again(
    visitor: Visitor, client: Client, render: str
) -> tuple[str, dict[str, object]]:
    """The page, and what comes of pressing the button as it stands there."""
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    form = page[page.index('class="again-form"') :]
    named = re.findall(r'name="(\w+)">(.*?)</select>', form, re.DOTALL)
    chosen = {name: re.findall(r'value="([^"]*)" selected', choices) for name, choices in named}
    fields = {name: value for name, (value,) in (chosen | {"look": ["ember"]}).items()}
    sent = await visitor.post(f"/videos/{render}/again", **hidden_in(form), **fields)
    made = sent.headers["Location"].removeprefix("/videos/")
    return page, (await client.get(f"/api/jobs/{made}/status")).json


async def test_a_form_that_is_sent_twice_orders_once(visitor: Visitor, site: Client) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    form = hidden_in(page) | {"look": "aurora", "size": "720x720", "tier": "free"}

    at_once = await asyncio.gather(
        *(visitor.post(f"/videos/{render}/again", **form) for _ in range(4))
    )
    resent = await visitor.post(f"/videos/{render}/again", **form)
    other = await visitor.post(f"/videos/{render}/again", **form | {"look": "ember"})
    anew = hidden_in((await visitor.get(f"/videos/{render}")).body.decode())

    assert [answer.status for answer in at_once] == [303] * 4
    assert {answer.headers["Location"] for answer in [*at_once, resent]} == {
        at_once[0].headers["Location"]
    }
    assert (await client.get("/api/user/profile")).json["credits"]["free"] == 3
    assert other.status == 409
    assert "This page has ordered already" in other.body.decode()
    assert anew["idempotency_key"] != form["idempotency_key"]


async def test_who_has_no_credit_left_is_shown_the_way_to_one(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    hidden = hidden_in(page)

    refused = await visitor.post(
        f"/videos/{render}/again", **hidden, look="aurora", size="720p", tier="personal"
    )

    assert refused.status == 402
    assert (
        'There is no personal credit left on this account: buy one first. <a href="/pricing">'
        in (refused.body.decode())
    )


async def test_a_plan_whose_videos_are_shorter_cannot_be_chosen(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)
    async with site.parts.database.begin() as session:
        await session.execute(update(Song).values(seconds=245.0))
        await credits.grant(session, client.user["id"], "personal", kind="admin", source="a gift")
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    form = hidden_in(page) | {"look": "aurora", "size": "720p"}

    refused = await visitor.post(f"/videos/{render}/again", **form, tier="free")
    made = await visitor.post(f"/videos/{render}/again", **form, tier="personal")

    assert '<option value="free" disabled>Free, up to 3:00</option>' in page
    assert refused.status == 403
    assert (
        "Free does not include this order: its videos last at most 3:00, and this one would last"
        " 4:05; change it, or choose another plan." in refused.body.decode()
    )
    assert made.status == 303
    assert (await client.get("/api/user/profile")).json["credits"] == {"free": 4, "personal": 0}


async def test_what_is_chosen_first_can_be_made_with_the_credits_that_are_left(
    visitor: Visitor, site: Client
) -> None:
    """A bought video's page must not offer what the free plan refuses."""
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)
    async with site.parts.database.begin() as session:
        bought = {"tier": "premium", "width": 1080, "height": 1920, "fps": "60"}
        await session.execute(update(Render).values(**bought))
    page = (await visitor.get(f"/videos/{render}")).body.decode()

    chosen = dict(
        zip(("size", "tier"), re.findall(r'<option value="(\w+)" selected', page), strict=True)
    )
    refused = await visitor.post(
        f"/videos/{render}/again", **hidden_in(page), look="tide", tier="free", size="1920x1080"
    )
    made = await visitor.post(f"/videos/{render}/again", **hidden_in(page), look="tide", **chosen)

    assert chosen == {"size": "720x1280", "tier": "free"}
    assert "1920 × 1080 is more than the 1280 × 720 of Free;" in refused.body.decode()
    assert '<option value="tide" selected>' in refused.body.decode(), "what was chosen is lost"
    assert made.status == 303
