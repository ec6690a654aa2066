"""Videos ordered, followed, cancelled and ordered once more."""

import asyncio
import hashlib
from pathlib import Path

from apis import Client, a_song, kept_no_longer
from sqlalchemy import func, select, update

from oriel.service import leases, segments
from oriel.service.models import Render, Song
from oriel.web.api import table


async def test_an_order_is_accepted_and_its_status_can_be_followed(api_on_each: Client) -> None:
    somebody = await api_on_each.registered()

    wanted = {"look": '{"glow": 1}', "size": "640x360", "fps": 25, "start": 0.25, "end": "0:00.75"}
    answer = await somebody.order(a_song(), **wanted)

    assert answer.status == 202
    told = answer.json
    assert told["status"] == "queued"
    status = await somebody.get(told["status_url"])
    assert status.json["id"] == told["id"]
    assert status.json["status"] == "queued"
    assert status.json["progress"] == 0
    assert status.json["error"] is None
    assert status.json["queue_position"] == 1
    made = {name: status.json[name] for name in ("size", "fps", "start", "end", "tier")}
    assert made == {"size": "640x360", "fps": "25", "start": 0.25, "end": 0.75, "tier": "free"}
    assert status.json["look"]["glow"] == 1
    assert status.json["song"]["sha256"] == hashlib.sha256(a_song()).hexdigest()
    profile = await somebody.get("/api/user/profile")
    assert profile.json["credits"] == {"free": 4}


async def test_a_status_tells_how_far_it_is_how_fast_and_for_how_long(api_on_each: Client) -> None:
    somebody = await api_on_each.registered()
    order = (await somebody.order(a_song())).json
    database, now = api_on_each.parts.database, api_on_each.parts.now()

    for change in (
        lambda session, work: segments.lay(session, work, [(0, 60)]),
        lambda session, work: segments.drawn_so_far(session, work, 15, 10.0, now, 60),
    ):
        async with database.begin() as session:
            work = await leases.claim(session, "a worker", now, 60)
            assert work is not None
            assert await change(session, work)
    told = (await somebody.get(order["status_url"])).json

    assert (told["status"], told["stage"], told["queue_position"]) == ("drawing", "drawing", None)
    assert (told["progress"], told["percent"]) == (0.275, 27.5)
    assert (told["frames"], told["frames_done"]) == (60, 15)
    assert (told["frames_per_second"], told["seconds_left"]) == (10.0, 4.5)


async def test_several_sizes_are_several_renders_of_one_submission(api: Client) -> None:
    somebody = await api.registered()

    answer = await somebody.order(a_song(), size=["720p", "720x720", "720x1280"])

    assert answer.status == 202, answer.body
    made = answer.json["renders"]
    assert [one["size"] for one in made] == ["1280x720", "720x720", "720x1280"]
    statuses = [(await somebody.get(one["status_url"])).json for one in made]
    assert len({one["submission_id"] for one in statuses}) == 1


async def test_a_song_that_was_sent_is_ordered_again_by_its_hash(api: Client) -> None:
    somebody, other = await api.registered(), await api.registered()
    sent = await somebody.order(a_song(), size="640x360")

    again = await somebody.order(song_hash=sent.json["song_hash"], size="360x640")
    stranger = await other.order(song_hash=sent.json["song_hash"])

    assert again.status == 202
    assert (stranger.status, stranger.code) == (404, "unknown_song")


async def test_a_song_is_kept_once_however_often_it_is_sent(api: Client, tmp_path: Path) -> None:
    somebody = await api.registered()

    for size in ("640x360", "360x640"):
        assert (await somebody.order(a_song(), size=size)).status == 202

    kept = [path for path in (tmp_path / "storage" / "songs").rglob("*") if path.is_file()]
    assert len(kept) == 1
    async with api.parts.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Song)) == 1


async def test_what_the_tier_does_not_include_is_refused(api: Client) -> None:
    somebody = await api.registered()

    large = await somebody.order(a_song(), size="1920x1080")
    dear = await somebody.order(a_song(), tier="premium", size="3840x2160")

    assert (large.status, large.code) == (403, "not_in_plan")
    assert (dear.status, dear.code) == (402, "no_credit")


async def test_without_a_credit_nothing_is_drawn(api: Client) -> None:
    somebody = await api.registered()
    for width in range(320, 330, 2):
        assert (await somebody.order(a_song(), size=f"{width}x240")).status == 202

    sixth = await somebody.order(a_song(), size="640x360")

    assert (sixth.status, sixth.code) == (402, "no_credit")


async def test_fifty_submissions_with_one_key_make_one_render(api_on_each: Client) -> None:
    somebody = await api_on_each.registered()

    answers = await asyncio.gather(
        *(somebody.order(a_song(), key="once", size="640x360") for _ in range(50))
    )

    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    replayed = [answer for answer in answers if answer.headers.get("Idempotency-Replayed")]
    assert len(replayed) == 49
    async with api_on_each.parts.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Render)) == 1
    other = await somebody.order(a_song(), key="once", size="360x640")
    assert (other.status, other.code) == (409, "idempotency_key_used")


async def test_an_order_that_is_repeated_is_answered_as_the_first_time_when_its_song_is_gone(
    api: Client,
) -> None:
    somebody = await api.registered()
    sha256 = (await somebody.order(a_song())).json["song_hash"]
    first = await somebody.order(song_hash=sha256, key="once", size="640x360")
    await kept_no_longer(api)

    again = await somebody.order(song_hash=sha256, key="once", size="640x360")
    other = await somebody.order(song_hash=sha256, key="once", size="360x640")
    anew = await somebody.order(song_hash=sha256, size="640x360")

    assert (again.status, again.json) == (202, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status, other.code) == (409, "idempotency_key_used")
    assert (anew.status, anew.code) == (404, "unknown_song")


async def test_renders_are_listed_newest_first_and_page_by_page(api: Client) -> None:
    somebody = await api.registered()
    made = [
        (await somebody.order(a_song(), size=f"{width}x240")).json["id"]
        for width in (320, 322, 324)
    ]

    first = await somebody.get("/api/jobs?limit=2")
    second = await somebody.get(f"/api/jobs?limit=2&before={first.json['next']}")
    none = await somebody.get("/api/jobs?status=done")

    listed = [one["id"] for page in (first, second) for one in page.json["renders"]]
    assert listed == made[::-1]
    assert second.json["next"] is None
    assert none.json["renders"] == []


async def test_a_render_is_cancelled_once_and_its_credit_comes_back(api: Client) -> None:
    somebody = await api.registered()
    render = (await somebody.order(a_song())).json["id"]

    first = await somebody.post(f"/api/jobs/{render}/cancel")
    again = await somebody.post(f"/api/jobs/{render}/cancel")

    assert first.json["status"] == again.json["status"] == "cancelled"
    assert (await somebody.get("/api/user/profile")).json["credits"] == {"free": 5}


async def test_what_was_cancelled_is_ordered_once_more_and_no_more_often(api: Client) -> None:
    somebody = await api.registered()
    render = (await somebody.order(a_song())).json["id"]
    early = await somebody.post(f"/api/jobs/{render}/retry")
    await somebody.post(f"/api/jobs/{render}/cancel")

    tries = [await somebody.post(f"/api/jobs/{render}/retry") for _ in range(2)]

    assert (early.status, early.code) == (409, "not_possible")
    assert [one.status for one in tries] == [202, 202]
    assert tries[0].json["id"] == tries[1].json["id"] != render


async def test_no_key_of_a_client_s_is_one_that_we_made(api: Client) -> None:
    somebody = await api.registered()
    render = (await somebody.order(a_song())).json["id"]
    await somebody.post(f"/api/jobs/{render}/cancel")
    theirs = await somebody.order(a_song(), key=f"retry:{render}", size="360x640")

    ours = await somebody.post(f"/api/jobs/{render}/retry")

    assert (theirs.status, ours.status) == (202, 202)
    assert len({render, theirs.json["id"], ours.json["id"]}) == 3


async def test_what_a_lower_limit_forbids_by_now_is_refused_as_documented(api: Client) -> None:
    somebody = await api.registered()
    sent = (await somebody.order(a_song())).json
    await somebody.post(f"/api/jobs/{sent['id']}/cancel")
    async with api.parts.database.begin() as session:
        await session.execute(update(Song).values(seconds=3600.0))

    answers = [
        await somebody.post(f"/api/jobs/{sent['id']}/retry"),
        await somebody.order(song_hash=sent["song_hash"]),
    ]

    assert [(one.status, one.code) for one in answers] == [(400, "refused")] * 2
    paths = table.document("/")["paths"]
    for path in ("/api/jobs/{id}/retry", "/admin/api/jobs/{id}/retry", "/api/jobs/submit"):
        assert "`refused`" in paths[path]["post"]["responses"]["400"]["description"]
