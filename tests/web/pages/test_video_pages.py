"""Renders on pages: listed, followed, watched."""

import re

import apis
import pytest
from apis import Client, a_song
from sqlalchemy import delete, select, update
from visiting import Visitor, ordered

from oriel.service import credits, endings, leases
from oriel.service.mail import letters
from oriel.service.models import Credit, Mail, Render, Song, User


async def failed(site: Client, code: str = "render_failed") -> None:
    """Have the next render fail, as a worker would."""
    async with site.parts.database.begin() as session:
        now = site.parts.now()
        work = await leases.claim(session, "worker", now, 30)
        assert work is not None
        await endings.fail(session, work, code=code, message="It is no <song>.", log="", now=now)


async def test_a_hebrew_title_leaves_what_stands_beside_it_in_order(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    preset = {"name": "ים", "look": {}}
    await client.post("/api/user/presets", preset)
    async with site.parts.database.begin() as session:
        await session.execute(update(Song).values(title="שיר לילה"))
        await session.execute(update(User).values(name="עדה", role="admin"))

    page = (await visitor.get(f"/videos/{render}")).body.decode()
    presets = (await visitor.get("/presets")).body.decode()
    listed = [(await visitor.get(f"/admin/{one}")).body.decode() for one in ("renders", "users")]

    assert "<title>\u2068שיר לילה\u2069 · Oriel</title>" in page
    assert "<h1>\u2068שיר לילה\u2069</h1>" in page
    assert 'aria-label="Open \u2068ים\u2069 in the studio"' in presets
    assert "<bdi>שיר לילה</bdi>" in listed[0]
    assert "<bdi>עדה</bdi>" in listed[1]


async def test_a_new_account_is_shown_the_way_to_a_first_video(visitor: Visitor) -> None:
    await visitor.sign_up()

    page = (await visitor.get("/dashboard")).body.decode()

    assert "No video yet" in page
    assert "<strong>5</strong> free videos left" in page


async def test_renders_are_listed_with_how_far_they_are(visitor: Visitor, site: Client) -> None:
    client, render = await ordered(visitor, site)

    waiting = (await visitor.get("/dashboard")).body.decode()
    await apis.finished(client, render)
    ready = (await visitor.get("/dashboard")).body.decode()

    assert f'data-follow="{render}"' in waiting
    assert "Waiting for its turn" in waiting
    assert f'src="/videos/{render}/poster?v=' in ready
    assert "data-follow" not in ready


async def test_a_long_list_goes_on_page_by_page(visitor: Visitor, site: Client) -> None:
    _client, first = await ordered(visitor, site)
    async with site.parts.database.begin() as session:
        row = await session.get_one(Render, first)
        copied = {c.key: getattr(row, c.key) for c in Render.__table__.c if c.key != "id"}
        session.add_all(Render(**copied) for _ in range(30))

    top = (await visitor.get("/dashboard")).body.decode()
    older = re.findall(r'href="(/dashboard\?before=\w+)"', top)
    rest = (await visitor.get(older[0])).body.decode()

    assert (top.count('class="video-open"'), rest.count('class="video-open"')) == (24, 7)
    assert "before=" not in rest
    assert (await visitor.get("/dashboard?before=nonsense")).status == 404


async def test_a_render_is_stopped_and_ordered_again(visitor: Visitor, site: Client) -> None:
    _client, render = await ordered(visitor, site)

    stopped = await visitor.post(f"/videos/{render}/cancel")
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    again = await visitor.post(f"/videos/{render}/retry")

    assert stopped.headers["Location"] == f"/videos/{render}"
    assert "Your credit is back." in page
    assert again.headers["Location"].startswith("/videos/")
    assert again.headers["Location"] != stopped.headers["Location"]


async def test_a_failure_says_why_and_that_the_credit_came_back(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    await failed(site)

    page = (await visitor.get(f"/videos/{render}")).body.decode()
    (listed,) = (await client.get("/api/jobs")).json["renders"]

    assert "It is no &lt;song&gt;." in page
    assert "Your credit is back." in page
    assert f'action="/videos/{render}/retry"' in page
    assert (listed["status"], listed["credit"]) == ("failed", "returned")


@pytest.mark.parametrize("code", ["bad_song", "too_long"])
async def test_a_song_that_nobody_can_hear_is_not_to_be_tried_again(
    visitor: Visitor, site: Client, code: str
) -> None:
    _client, render = await ordered(visitor, site)
    await failed(site, code)

    page = (await visitor.get(f"/videos/{render}")).body.decode()

    assert "Choose another song" in page
    assert "/retry" not in page
    assert f'action="/videos/{render}/again"' not in page


async def test_what_cost_no_credit_does_not_say_that_one_came_back(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    async with site.parts.database.begin() as session:
        await session.execute(delete(Credit).where(Credit.kind == "spend"))
    await failed(site)

    page = (await visitor.get(f"/videos/{render}")).body.decode()
    async with site.parts.database.read() as session:
        letter = (await session.scalars(select(Mail).where(Mail.letter == "video_failed"))).one()

    assert "could not be made" in page
    assert "credit is" not in page
    written = letters.write(letter.letter, letter.words, "https://oriel.example")
    assert written.subject == "Your video of song could not be made"
    assert "credit" not in written.text
    assert (await client.get(f"/api/jobs/{render}/status")).json["credit"] is None


async def test_what_was_stopped_while_it_was_drawn_says_that_its_credit_is_spent(
    visitor: Visitor, site: Client
) -> None:
    _client, render = await ordered(visitor, site)
    async with site.parts.database.begin() as session:
        await session.execute(update(Render).values(status="drawing", frames=30))

    before = (await visitor.get(f"/videos/{render}")).body.decode()
    await visitor.post(f"/videos/{render}/cancel")
    page = (await visitor.get(f"/videos/{render}")).body.decode()

    assert "Stop it<span data-credit>; its credit is spent</span></button>" in before
    assert "Its drawing had begun, so its credit is spent." in page


async def test_a_finished_video_plays_on_its_page_in_ranges(visitor: Visitor, site: Client) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render, b"0123456789")

    page = (await visitor.get(f"/videos/{render}")).body.decode()
    sent_on = await visitor.get(f"/videos/{render}/video")
    link = sent_on.headers["Location"]
    part = await site.get(link, headers={"Range": "bytes=2-4"})

    assert f'src="/videos/{render}/video"' in page
    assert link.startswith("/files/")
    assert (part.status, part.body) == (206, b"234")


async def test_a_bought_video_s_page_leads_to_licence_and_the_studio(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    client = await visitor.client(site)
    async with site.parts.database.begin() as session:
        await credits.grant(session, client.user["id"], "commercial", kind="admin", source="a gift")
    pages = []
    for tier in ("commercial", "free"):
        render = (await client.order(a_song(), size="640x360", tier=tier)).json["id"]
        await apis.finished(client, render)
        pages.append((await visitor.get(f"/videos/{render}")).body.decode())
        assert f'href="/videos/{render}/video" download' in pages[-1]
        assert f'href="/?render={render}"' in pages[-1]
        assert "Kept until" in pages[-1]

    bought, free = pages
    assert 'href="/licence#commercial"' in bought
    assert "<dt>Receipt</dt>" not in bought, "it was a gift"
    assert ("watermark" in bought, ", with watermark" in free) == (False, True)
    licences = (await visitor.get("/licence")).body.decode()
    assert 'id="commercial"' in licences


async def test_what_is_kept_no_longer_says_so_and_how_it_is_made_anew(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)

    await apis.kept_no_longer(site)
    listed = (await visitor.get("/dashboard")).body.decode()
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    await client.order(a_song(), size="320x240")
    with_song = (await visitor.get(f"/videos/{render}")).body.decode()

    assert "No longer kept" in listed
    for shown in (page, with_song):
        assert "It is kept no longer" in shown
        assert f'src="/videos/{render}/video"' not in shown
    assert "Send the song again, and it is made anew." in page
    assert f'action="/videos/{render}/again"' not in page
    assert "Order it again below." in with_song
    assert f'action="/videos/{render}/again"' in with_song


async def test_a_render_whose_song_was_lost_leads_to_where_it_is_sent_again(
    visitor: Visitor, site: Client
) -> None:
    _client, render = await ordered(visitor, site)
    await failed(site, "song_gone")
    await apis.kept_no_longer(site)

    page = (await visitor.get(f"/videos/{render}")).body.decode()

    assert '<a class="button primary" href="/">Send the song again</a>' in page
    assert "/retry" not in page


async def test_a_picture_is_fetched_once(visitor: Visitor, site: Client) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)
    await visitor.post(f"/videos/{render}/share")

    page = (await visitor.get(f"/videos/{render}")).body.decode()
    token = re.findall(r"/watch/([\w-]{43})", page)[0]
    shared = (await visitor.get(f"/watch/{token}")).body.decode()
    listed = (await visitor.get("/dashboard")).body.decode()
    pictures = [
        re.findall(r'(?:src|poster)="(/(?:videos|watch)/[\w-]+/poster\?v=\w+)"', shown)
        for shown in (page, listed, shared)
    ]
    first, again, watched = [await visitor.get(found) for (found,) in pictures]
    other = await visitor.get(f"/videos/{render}/poster?v=another")
    await site.parts.storage.delete(f"videos/{render}/1.jpg")
    lost = await visitor.get(f"/videos/{render}/poster")

    assert pictures[0] == pictures[1]
    assert [one.body for one in (first, again, watched)] == [b"a picture"] * 3
    assert first.headers["Content-Type"] == "image/jpeg"
    for one in (first, watched):
        assert one.headers["Cache-Control"] == "private, max-age=2592000, immutable"
    assert other.headers["Cache-Control"] == "no-store"
    assert lost.status == 404


async def test_a_render_under_way_shows_the_picture_that_there_is(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    before = (await visitor.get(f"/videos/{render}")).body.decode()
    await apis.finished(client, render)
    async with site.parts.database.begin() as session:
        await session.execute(update(Render).values(status="drawing", video_key=None))

    page = (await visitor.get(f"/videos/{render}")).body.decode()
    listed = (await visitor.get("/dashboard")).body.decode()
    told = (await client.get(f"/api/jobs/{render}/status")).json
    video = await client.get(f"/api/jobs/{render}/download")
    poster = await client.get(f"/api/jobs/{render}/download?file=poster")
    await visitor.post(f"/videos/{render}/cancel")
    stopped = (await visitor.get(f"/videos/{render}")).body.decode()

    picture = f'src="/videos/{render}/poster?v={told["poster"]}"'
    assert picture in page
    assert picture in listed
    assert "/poster" not in before + stopped
    assert (video.status, poster.status) == (409, 302)
