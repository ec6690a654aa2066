"""Renders on pages: listed, followed, watched, shared, made again."""

import asyncio
import re

import apis
from apis import Client, a_song
from sqlalchemy import delete, select, update
from visiting import Visitor, hidden_in
from visiting import visitor as visiting

from oriel.service import credits, endings, leases, users
from oriel.service.mail import letters
from oriel.service.models import Credit, Mail, Render, Song


async def ordered(visitor: Visitor, site: Client) -> tuple[Client, str]:
    """Somebody who has ordered a video, and its identifier."""
    await visitor.sign_up()
    client = await visitor.client(site)
    made = await client.order(a_song(), look="ember", size="640x360")
    return client, made.json["id"]


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

    page = (await visitor.get(f"/videos/{render}")).body.decode()
    presets = (await visitor.get("/presets")).body.decode()

    assert "<title>\u2068שיר לילה\u2069 · Oriel</title>" in page
    assert "<h1>\u2068שיר לילה\u2069</h1>" in page
    assert 'aria-label="Open \u2068ים\u2069 in the studio"' in presets


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
    assert "Its credit is back" in page
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
    assert "Its credit is back on your account." in page
    assert f'action="/videos/{render}/retry"' in page
    assert (listed["status"], listed["credit"]) == ("failed", "returned")


async def test_a_song_that_nobody_can_hear_is_not_to_be_tried_again(
    visitor: Visitor, site: Client
) -> None:
    _client, render = await ordered(visitor, site)
    await failed(site, "bad_song")

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
    assert "credit" not in letters.write(letter.letter, letter.words, "https://oriel.example").text
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
    assert "It had begun to be drawn, so its credit is spent." in page


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


async def test_a_bought_video_s_page_leads_to_licence_receipts_and_the_studio(
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
    assert '<dt>Receipts</dt><dd><a href="/payments">' in bought
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
    assert 'There is no personal credit left on this account. <a href="/pricing">' in (
        refused.body.decode()
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
        " 4:05." in refused.body.decode()
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
    assert "1920 × 1080 is more than the 1280 × 720 of Free." in refused.body.decode()
    assert '<option value="tide" selected>' in refused.body.decode(), "what was chosen is lost"
    assert made.status == 303


async def test_a_video_is_shared_and_taken_back(visitor: Visitor, site: Client) -> None:
    client, render = await ordered(visitor, site)
    early = await visitor.post(f"/videos/{render}/share")
    await apis.finished(client, render, b"0123456789")
    await visitor.post(f"/videos/{render}/share")
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    token = re.findall(r"/watch/([\w-]{43})", page)[0]

    async with visiting(site) as stranger:
        shown = await stranger.get(f"/watch/{token}")
        video = await stranger.get(f"/watch/{token}/video")
        private = await stranger.get(f"/videos/{render}/video")
        await visitor.post(f"/videos/{render}/unshare")
        gone = await stranger.get(f"/watch/{token}")
        gone_video = await stranger.get(f"/watch/{token}/video")

    assert early.status == 409
    assert (shown.status, video.status, private.status) == (200, 302, 303)
    assert f'src="/watch/{token}/video"' in shown.body.decode()
    assert 'content="noindex"' in shown.body.decode()
    assert render not in shown.body.decode()
    assert (gone.status, gone_video.status) == (404, 404)


async def test_what_somebody_shared_is_gone_while_their_access_is_taken_away(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)
    await visitor.post(f"/videos/{render}/share")
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    link = re.findall(r"/watch/[\w-]{43}", page)[0]
    now, owner = site.parts.now(), client.user["id"]

    async with visiting(site) as stranger:
        async with site.parts.database.begin() as session:
            await users.deactivate(session, owner, by=None, now=now)
        gone = [(await stranger.get(link + file)).status for file in ("", "/video")]
        async with site.parts.database.begin() as session:
            await users.reactivate(session, owner, by=None)
        back = await stranger.get(link)

    assert gone == [404, 404]
    assert back.status == 200


async def test_nobody_sees_or_shares_the_renders_of_others(visitor: Visitor, site: Client) -> None:
    _, render = await ordered(visitor, site)

    async with visiting(site) as other:
        await other.sign_up("eve@example.com")
        for path in ("", "/video", "/poster"):
            assert (await other.get(f"/videos/{render}{path}")).status == 404
        for path in ("cancel", "retry", "again", "share", "unshare"):
            answer = await other.post(f"/videos/{render}/{path}")
            assert answer.status in (404, 422), path

    assert (await visitor.get(f"/videos/{render}")).status == 200
