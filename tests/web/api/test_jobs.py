"""Songs sent, videos ordered, followed and fetched."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import apis
import pytest
from apis import Client, a_song
from loops import Loop
from sqlalchemy import func, select

from oriel.service import leases, segments, users
from oriel.service.models import Render, Song

_BEAT = b":\n\n"  # a comment that keeps a stream from being cut


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


async def test_every_wrong_field_of_an_order_is_named_at_once(api: Client, tmp_path: Path) -> None:
    somebody = await api.registered()

    answer = await somebody.order(
        a_song(), look='{"glow": 99, "shap": "cube"}', size="huge", fps="-1", tier="golden"
    )

    assert (answer.status, answer.code) == (422, "invalid")
    assert set(answer.details) == {"look", "size", "fps", "tier"}
    assert "glow" in answer.details["look"] or "shap" in answer.details["look"]
    left = [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    assert left == [], "the song of an order that is refused is not kept"


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


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"MZ" + bytes(5000), 415, "not_a_song"),
        (b"<html>", 415, "not_a_song"),
        (b"", 422, "invalid"),
    ],
)
async def test_what_is_no_song_is_refused_by_its_bytes(
    api: Client, body: bytes, status: int, code: str
) -> None:
    somebody = await api.registered()

    answer = await somebody.order(body)

    assert (answer.status, answer.code) == (status, code)


async def test_a_form_that_is_cut_off_or_is_none_is_refused(api: Client) -> None:
    somebody = await api.registered()
    kind = {"Content-Type": "multipart/form-data; boundary=xyz"}
    cut = b'--xyz\r\nContent-Disposition: form-data; name="look"\r\n\r\ndef'

    for body in (cut, b"", b"--nope", b"--xyz\r\nnonsense"):
        answer = await somebody.post("/api/jobs/submit", data=body, headers=kind)
        assert answer.status in (400, 422), body
    bare = await somebody.post(
        "/api/jobs/submit", data=b"", headers={"Content-Type": "multipart/form-data"}
    )
    other = await somebody.post("/api/jobs/submit", {"look": "default"})

    assert (bare.status, bare.code) == (400, "bad_form")
    assert (other.status, other.code) == (415, "unsupported_media_type")


async def test_unknown_and_doubled_parts_of_the_form_are_named_among_all_that_is_wrong(
    api: Client,
) -> None:
    somebody = await api.registered()

    wrong = {"colour": "red", "Size": "720p", "fps": ["24", "30"], "size": "huge"}
    sent = await somebody.order(a_song(), **wrong)
    by_hash = await somebody.post("/api/jobs/submit", data={"song_hash": "0" * 64, "hue": "1"})
    both = await somebody.order(a_song(), song_hash="0" * 64)

    unknown = dict.fromkeys(("colour", "Size"), "is not known here")
    assert sent.details.keys() == {*unknown, "fps", "size"}
    assert sent.details.items() >= {**unknown, "fps": "must be sent once"}.items()
    assert by_hash.details == {"hue": "is not known here"}
    assert set(both.details) == {"song_hash"}
    assert [one async for one in api.parts.storage.listed("songs/")] == []


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


@pytest.mark.parametrize("path", ["/api/jobs/{}/download", "/api/user/download/{}"])
async def test_a_finished_video_is_behind_a_signed_link(api: Client, path: str) -> None:
    somebody = await api.registered()
    render = (await somebody.order(a_song(), size="640x360")).json["id"]
    early = await somebody.get(path.format(render))
    await apis.finished(somebody, render, b"0123456789")

    answer = await somebody.get(path.format(render))

    assert (early.status, early.code) == (409, "not_ready")
    assert answer.status == 302
    link = answer.headers["Location"].removeprefix(api.parts.settings.public_url)
    whole = await api.get(link)
    part = await api.get(link, headers={"Range": "bytes=2-4"})
    forged = await api.get(link.replace("until=1", "until=2"))
    assert (whole.status, whole.body) == (200, b"0123456789")
    assert whole.headers["Content-Type"] == "video/mp4"
    assert "song 640x360.mp4" in whole.headers["Content-Disposition"]
    assert (part.status, part.body) == (206, b"234")
    assert (forged.status, forged.code) == (400, "bad_link")


async def test_a_video_that_was_deleted_is_gone(api: Client) -> None:
    somebody = await api.registered()
    render = (await somebody.order(a_song())).json["id"]
    await apis.finished(somebody, render)
    async with api.parts.database.begin() as session:
        (await session.get_one(Render, render)).deleted_at = api.parts.now()

    answer = await somebody.get(f"/api/jobs/{render}/download")

    assert (answer.status, answer.code) == (410, "gone")


async def events_of(client: Client, render: str, after: str = "", most: int = 9) -> list[str]:
    """The lines of a stream of events, until it ends."""
    headers = {"Authorization": f"Bearer {client.token}"}
    if after:
        headers["Last-Event-ID"] = after
    url = f"{client.url}/api/jobs/{render}/events"
    async with client.http.get(url, headers=headers) as response:
        if response.status == 200:
            assert response.headers["Content-Type"].startswith("text/event-stream")
        return (await response.text()).splitlines()


async def test_a_stream_of_events_tells_each_change_and_ends_with_the_render(api: Client) -> None:
    somebody = await api.registered()
    render = (await somebody.order(a_song())).json["id"]

    async with followed(somebody, render) as stream:
        first = await event(stream)
        await apis.finished(somebody, render)
        rest = await stream.read()

    lines = (first + rest).decode().splitlines()
    told = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert [one["status"] for one in told] == ["queued", "done"]
    assert "event: status" in lines
    last = [line for line in lines if line.startswith("id: ")][-1].removeprefix("id: ")
    assert await events_of(somebody, render, after=last) == [], "there is nothing to add"
    resumed = await events_of(somebody, render, after="0")
    assert sum(line.startswith("data: ") for line in resumed) == 1


@asynccontextmanager
async def followed(client: Client, render: str) -> AsyncIterator[aiohttp.StreamReader]:
    """A stream of events, after the line that says when to ask again."""
    headers = {"Authorization": f"Bearer {client.token}"}
    url = f"{client.url}/api/jobs/{render}/events"
    async with client.http.get(url, headers=headers) as response:
        assert (await response.content.readuntil(b"\n\n")).startswith(b"retry:")
        yield response.content


async def event(stream: aiohttp.StreamReader) -> bytes:
    """The next one; on a busy machine there may be comments before it."""
    while (told := await stream.readuntil(b"\n\n")) == _BEAT:
        pass
    return told


async def deactivated(somebody: Client) -> None:
    async with somebody.parts.database.begin() as session:
        await users.deactivate(session, somebody.user["id"], by=None, now=somebody.parts.now())


async def signed_out(somebody: Client) -> None:
    body = {"refresh_token": somebody.refresh_token}
    assert (await somebody.post("/api/auth/logout", body)).status == 200


@pytest.mark.parametrize("ended", [deactivated, signed_out])
async def test_whoever_is_signed_out_hears_no_more_within_seconds(
    api_on_each: Client, ended: Callable[[Client], Awaitable[None]]
) -> None:
    leaver, other = await api_on_each.registered(), await api_on_each.registered()
    of_leaver, of_other = [(await one.order(a_song())).json["id"] for one in (leaver, other)]

    async with followed(leaver, of_leaver) as leaving, followed(other, of_other) as staying:
        assert b'"queued"' in await event(leaving)
        assert b'"queued"' in await event(staying)
        await ended(leaver)
        async with asyncio.timeout(30):
            left = (await leaving.read()).replace(_BEAT, b"")
        assert left == b"" or b'"cancelled"' in left, "with an account its renders end too"
        await apis.finished(leaver, of_leaver)
        await apis.finished(other, of_other)
        assert b'"done"' in await staying.read()

    assert (await leaver.get(f"/api/jobs/{of_leaver}/events")).status == 401


async def test_a_song_of_ninety_megabytes_is_never_whole_in_memory(api: Client) -> None:
    somebody = await api.registered()

    async def pieces() -> AsyncIterator[bytes]:
        yield a_song(0.1)[:44]
        for _ in range(90):
            yield bytes(1_000_000)

    form = aiohttp.FormData()
    form.add_field("song", pieces(), filename="song.wav")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now on
    before = memory("VmRSS")

    answer = await somebody.post("/api/jobs/submit", data=form())

    assert answer.status == 202, answer.body
    assert memory("VmHWM") - before < 30_000, "kB, of who sends it and of who takes it"


def memory(name: str) -> int:
    """What Linux tells of this process, in kB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0])


async def test_a_song_larger_than_allowed_is_refused_while_it_comes(
    schemas: "object", tmp_path: Path, loop: Loop
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, upload_limit_mb=1)  # type: ignore[attr-defined]
    async with apis.served(chosen) as api:
        somebody = await api.registered()
        sent = 0

        async def endless() -> "object":
            nonlocal sent
            head = b'--x\r\nContent-Disposition: form-data; name="song"; filename="a.mp3"\r\n\r\n'
            yield head + b"ID3"
            for _ in range(400):
                sent += 1 << 18
                yield bytes(1 << 18)

        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        try:
            answer = await somebody.post("/api/jobs/submit", data=endless(), headers=kind)
            assert (answer.status, answer.code) == (413, "too_large")
        except aiohttp.ClientError:
            pass  # it hung up on us: that is an answer too
        told = await somebody.order(a_song(60))

    assert sent < 50e6
    assert (told.status, told.code) == (413, "too_large")
    assert not list((tmp_path / "storage").rglob("songs/*/*"))
