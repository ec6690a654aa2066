"""What administrators do with renders, payments, letters and accounts; each act is written down."""

from typing import Any

import apis
import pytest
from apis import Client, a_song
from sqlalchemy import select

from oriel.service import charts, endings, leases, segments
from oriel.service.models import Mail, Render, User


async def claimed(client: Client) -> leases.Work:
    """The next piece of work, as a worker takes it."""
    async with client.parts.database.begin() as session:
        work = await leases.claim(session, "a worker", client.parts.now(), 60)
    assert work is not None
    return work


async def failed(client: Client, somebody: Client) -> str:
    """A render of somebody's that failed, with its log."""
    render = (await somebody.order(a_song())).json["id"]
    work = await claimed(client)
    async with client.parts.database.begin() as session:
        code, message = endings.GAVE_UP
        now = client.parts.now()
        told = {"code": code, "message": message, "log": "Mesa: out of memory"}
        assert await endings.fail(session, work, **told, now=now)
    return str(render)


async def deeds(admin: Client, subject: str) -> list[str]:
    found = (await admin.get("/admin/api/audit", params={"subject": subject})).json["deeds"]
    return [one["action"] for one in found]


async def credit(somebody: Client, tier: str = "free") -> int:
    return int((await somebody.get("/api/user/profile")).json["credits"].get(tier, 0))


async def test_a_render_that_failed_is_read_and_tried_again_for_its_owner(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    render = await failed(api, somebody)

    seen = (await admin.get(f"/admin/api/jobs/{render}")).json
    made = [(await admin.post(f"/admin/api/jobs/{render}/retry")).json["id"] for _ in range(2)]

    assert (seen["status"], seen["log"]) == ("failed", "Mesa: out of memory")
    code, message = endings.GAVE_UP
    told = (await somebody.get(f"/api/jobs/{render}/status")).json
    assert (told["status"], told["error"]) == ("failed", {"code": code, "message": message})
    assert made[0] == made[1] != render
    assert (await somebody.get(f"/api/jobs/{made[0]}/status")).json["status"] == "queued"
    assert await credit(somebody) == 4
    assert await deeds(admin, f"render:{render}") == ["render.retry"] * 2


async def test_whoever_has_no_credit_left_is_given_the_one_that_a_retry_costs(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    render = await failed(api, somebody)
    for pitch in range(5):
        assert (await somebody.order(a_song(pitch=300 + pitch))).status == 202
    assert await credit(somebody) == 0

    answer = await admin.post(f"/admin/api/jobs/{render}/retry")

    assert answer.status == 202
    assert await credit(somebody) == 0


async def test_a_render_is_put_first(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    await somebody.order(a_song())
    later = (await somebody.order(a_song(pitch=300))).json["id"]

    done = await admin.put(f"/admin/api/jobs/{later}/priority", {"priority": 2})

    assert done.status == 200
    assert (await claimed(api)).render_id == later
    assert await deeds(admin, f"render:{later}") == ["render.priority"]


async def test_what_an_administrator_stops_is_paid_back_though_its_drawing_began(
    api: Client,
) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    render = (await somebody.order(a_song())).json["id"]
    work = await claimed(api)
    async with api.parts.database.begin() as session:
        assert await segments.lay(session, work, [(0, 30)])

    assert (await admin.post(f"/admin/api/jobs/{render}/cancel")).status == 200
    assert await credit(somebody) == 5


async def test_whoever_is_deactivated_has_nothing_under_way_and_keeps_their_data(
    api: Client,
) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    render = (await somebody.order(a_song())).json["id"]
    path = f"/admin/api/users/{somebody.user['id']}"

    await admin.post(f"{path}/deactivate")
    out = await somebody.get("/api/user/profile")
    again = await admin.post(f"/admin/api/jobs/{render}/retry")
    await admin.post(f"{path}/reactivate")

    assert out.status == 401
    assert (await admin.get(f"/admin/api/jobs/{render}")).json["status"] == "cancelled"
    assert (again.status, again.code) == (409, "not_possible")
    assert (await admin.get(path)).json["credits"] == {"free": 5}


async def test_an_administrator_plays_somebody_s_video(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    render = (await somebody.order(a_song())).json["id"]
    early = await admin.get(f"/admin/api/jobs/{render}/download")
    await apis.finished(api, render)

    answer = await admin.get(f"/admin/api/jobs/{render}/download")

    assert (early.status, early.code) == (409, "not_ready")
    assert answer.status == 302
    assert "/files/" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("age=hour", 1), ("age=over_hour", 0), ("status=failed", 0), ("status=queued&age=day", 1)],
)
async def test_renders_are_found_by_their_state_and_age(
    api: Client, query: str, found: int
) -> None:
    admin = await apis.administrator(api)
    await admin.order(a_song())

    listed = await admin.get(f"/admin/api/jobs?{query}")

    assert len(listed.json["jobs"]) == found


async def test_letters_are_sent_once_more(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered("eve@example.com")
    await apis_sent(api)
    mails = f"/admin/api/mails?user={somebody.user['id']}"
    sent = (await admin.get(mails)).json["mails"]

    answers = [await admin.post(f"/admin/api/mails/{one['id']}/resend") for one in sent]
    waiting = (await admin.get(f"{mails}&state=waiting")).json["mails"]
    once_more = [await admin.post(f"/admin/api/mails/{one['id']}/resend") for one in waiting]

    assert {one["letter"] for one in sent} == {"welcome", "verify"}
    assert {answer.status for answer in [*answers, *once_more]} == {202}
    assert {one["letter"] for one in waiting} == {"welcome", "verify"}
    assert await deeds(admin, f"mail:{sent[0]['id']}") == ["mail.resend"]


async def apis_sent(client: Client) -> None:
    """Have all letters be sent, and their words be forgotten."""
    async with client.parts.database.begin() as session:
        for mail in await session.scalars(select(Mail)):
            mail.sent_at, mail.words = client.parts.now(), {}


async def test_the_letter_of_a_failed_render_is_written_anew_and_a_stale_one_is_not(
    api: Client,
) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    render = await failed(api, somebody)
    await apis_sent(api)
    mails = f"/admin/api/mails?user={somebody.user['id']}&state=sent"
    letter = (await admin.get(mails)).json["mails"][0]

    first = await admin.post(f"/admin/api/mails/{letter['id']}/resend")
    await apis.finished(api, render)
    second = await admin.post(f"/admin/api/mails/{letter['id']}/resend")

    assert (letter["letter"], first.status) == ("video_failed", 202)
    assert (second.status, second.code) == (409, "not_resendable")


async def test_somebody_is_sent_a_link(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    path = f"/admin/api/users/{somebody.user['id']}/send-link"

    sent = [await admin.post(path, {"purpose": purpose}) for purpose in ("verify", "reset")]
    async with api.parts.database.begin() as session:
        (await session.get_one(User, somebody.user["id"])).verified_at = api.parts.now()
    needless = await admin.post(path, {"purpose": "verify"})

    assert [one.status for one in sent] == [202, 202]
    assert (needless.status, needless.code) == (409, "not_possible")
    assert len(await apis.token_of(api, "reset")) > 20


@pytest.mark.usefixtures("within_a_day")
async def test_figures_are_drawn_and_handed_out_as_sheets(api_on_each: Client) -> None:
    admin = await apis.administrator(api_on_each)
    await admin.order(a_song())
    await failed(api_on_each, admin)
    today = api_on_each.parts.now().date()

    drawn = (await admin.get("/admin/api/figures")).json
    sheets = [await admin.get(f"/admin/api/figures.csv?of={name}") for name in charts.NAMES]
    sheet = await admin.get(f"/admin/api/figures.csv?of=renders&first={today}")

    assert len(drawn["days"]) == 30
    assert {chart["name"] for chart in drawn["charts"]} == set(charts.NAMES)
    assert [len(one.body.decode().splitlines()) for one in sheets] == [31] * len(sheets)
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert sheet.body.decode().splitlines() == [
        "day,Done,Failed,Cancelled,Ordered",
        f"{today},0,1,0,2",
    ]


@pytest.mark.parametrize(
    "days",
    [
        {"first": "2026-02-02", "last": "2026-02-01"},
        {"last": "9999-12-31"},
        {"first": "0001-01-01"},
    ],
)
async def test_days_that_cannot_be_are_refused(api: Client, days: dict[str, Any]) -> None:
    admin = await apis.administrator(api)

    answer = await admin.get("/admin/api/figures", params=days)

    assert (answer.status, answer.code) == (422, "invalid")


async def test_metrics_are_for_administrators_and_for_who_has_the_token(
    schemas: Any, tmp_path: Any
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, metrics_token="a token of Prometheus")
    async with apis.served(chosen) as stranger:
        admin, somebody = await apis.administrator(stranger), await stranger.registered()
        token = {"Authorization": "Bearer a token of Prometheus"}

        answers = [
            await stranger.get("/metrics"),
            await somebody.get("/metrics"),
            await admin.get("/metrics"),
            await stranger.get("/metrics", headers=token),
            await stranger.get("/metrics", headers={"Authorization": "Bearer a töken"}),
        ]

    assert [one.status for one in answers] == [401, 403, 200, 200, 401]
    text = answers[3].body.decode()
    assert 'oriel_users{kind="all"} 2.0' in text
    assert 'oriel_renders_ended_total{status="failed"} 0.0' in text
    assert "# HELP oriel_queue_oldest_seconds How long" in text


async def test_a_number_of_renders_is_told_by_each_status(api: Client) -> None:
    admin = await apis.administrator(api)
    await failed(api, admin)
    await admin.order(a_song(pitch=300))
    async with api.parts.database.read() as session:
        assert len(list(await session.scalars(select(Render)))) == 2

    told = (await admin.get("/admin/api/metrics")).json["renders"]["by_status"]

    assert told == {"queued": 1, "failed": 1}
