"""What administrators see and do; each act is written down."""

from dataclasses import replace
from datetime import timedelta

import apis
import pytest
from apis import Client, a_song

from oriel.service import clock, leases, metrics, workers
from oriel.web.api import status


@pytest.mark.usefixtures("within_a_day")
async def test_administrators_see_numbers_and_the_state_of_each_part(api_on_each: Client) -> None:
    admin, somebody = await apis.administrator(api_on_each), await api_on_each.registered()
    await apis.belongings(somebody)

    told = (await admin.get("/admin/api/metrics")).json
    state = (await admin.get("/admin/api/system-status")).json

    assert told["users"] == {
        "all": 2,
        "active": 2,
        "verified": 0,
        "new_today": 2,
        "seen_today": 2,
    }
    assert told["renders"]["by_status"] == {"queued": 1}
    assert told["payments"]["by_status"] == {"created": 1}
    assert told["credits"] == {"free": 9}
    assert told["days"][-1]["renders"] == 1
    assert len(told["days"]) == 30
    assert state["parts"]["database"]["state"] == "ok"
    assert state["parts"]["workers"]["state"] == "failing", "none was started"
    assert state["status"] == "degraded"


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_a_worker_lives_whatever_the_web_process_s_clock_says(
    api_on_each: Client, minutes: int
) -> None:
    wrong = timedelta(minutes=minutes)
    parts = replace(api_on_each.parts, clock=lambda: clock.now() + wrong)
    async with parts.database.begin() as session:
        now = await leases.clock(session)
        await workers.seen(session, "lives", now, host="gpu")
        await workers.seen(session, "died", now - timedelta(minutes=1), host="gpu")

    state = await status.state(parts)
    async with parts.database.read() as session:
        told = await metrics.read(session, parts.now())

    assert state.parts["workers"].details["living"] == 1
    assert [worker["name"] for worker in told["workers"]] == ["lives"]


async def test_an_account_is_found_changed_and_every_act_is_written_down(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered("grace@example.com")
    path = f"/admin/api/users/{somebody.user['id']}"

    found = await admin.get("/admin/api/users?search=GRACE")
    await admin.put(f"{path}/role", {"role": "admin"})
    await admin.put(f"{path}/role", {"role": "user"})
    gift = {"tier": "premium", "amount": 2, "source": "sorry", "reason": "a lost video"}
    granted = [(await admin.post(f"{path}/credits", gift)).json for _ in range(2)]
    await admin.post(f"{path}/deactivate")
    await admin.post(f"{path}/reactivate")

    assert [one["email"] for one in found.json["users"]] == ["grace@example.com"]
    assert [one["granted"] for one in granted] == [True, False]
    assert granted[1]["credits"] == {"free": 5, "premium": 2}
    deeds = (await admin.get(f"/admin/api/audit?subject=user:{somebody.user['id']}")).json["deeds"]
    assert [one["action"] for one in deeds] == [
        "user.reactivate",
        "user.deactivate",
        "credits.grant",
        "user.role",
        "user.role",
    ]
    assert all(one["actor_id"] == admin.user["id"] for one in deeds)
    assert all(one["address"] == "127.0.0.1" for one in deeds)


async def test_the_last_administrator_stays_one(api: Client) -> None:
    admin = await apis.administrator(api)
    path = f"/admin/api/users/{admin.user['id']}"

    for answer in (
        await admin.post(f"{path}/deactivate"),
        await admin.put(f"{path}/role", {"role": "user"}),
        await admin.delete(path),
    ):
        assert (answer.status, answer.code) == (403, "forbidden")


async def test_somebody_s_render_is_seen_and_stopped(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    render = (await somebody.order(a_song())).json["id"]

    listed = await admin.get(f"/admin/api/jobs?status=queued&user={somebody.user['id']}")
    stopped = await admin.post(f"/admin/api/jobs/{render}/cancel")
    again = await admin.post(f"/admin/api/jobs/{render}/cancel")

    assert [one["id"] for one in listed.json["jobs"]] == [render]
    assert (stopped.status, again.status) == (200, 409)
    assert (await admin.get(f"/admin/api/jobs/{render}")).json["status"] == "cancelled"


async def test_payments_are_seen_and_compared_with_the_provider(api: Client) -> None:
    admin, somebody = await apis.administrator(api), await api.registered()
    mine = await apis.belongings(somebody)

    listed = await admin.get(f"/admin/api/payments?user={somebody.user['id']}")
    checked = await admin.post("/admin/api/payments/check")

    assert [one["id"] for one in listed.json["payments"]] == [mine["payments"]]
    assert checked.json == {"missed": 0, "compared": 0, "differences": []}
