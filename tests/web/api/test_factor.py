"""Signing in with a second factor: asked for after the right password alone, and never twice alike."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import apis
import phones
import pytest
from apis import PASSWORD, Answer, Client
from databases import Schemas
from loops import Loop
from phones import Phone
from sqlalchemy import select

from oriel.service import users
from oriel.service.models import Mail
from oriel.web.api import openapi, table


async def sign_in(client: Client, somebody: Client, **how: str) -> Answer:
    known = {"email": somebody.user["email"], "password": PASSWORD}
    return await client.post("/api/auth/login", known | how)


async def seen(somebody: Client) -> datetime | None:
    """When they signed in last."""
    async with somebody.parts.database.read() as session:
        return (await users.find(session, somebody.user["id"])).seen_at


def proof(code: str, password: str = PASSWORD) -> dict[str, str]:
    return {"current_password": password, "code": code}


async def test_a_code_is_asked_for_after_the_right_password_alone(api_on_each: Client) -> None:
    api = api_on_each
    somebody, phone = await phones.turned_on(await api.registered())

    wrong = await sign_in(api, somebody, password="wrong wrong", code=phone.code())
    nobody = await sign_in(api, somebody, email="nobody@example.com", code=phone.code())
    before = await seen(somebody)
    alone = await sign_in(api, somebody)
    after = await seen(somebody)
    both = await sign_in(api, somebody, code=phone.code())

    assert before == after != await seen(somebody), "a password alone is no sign-in"
    assert (wrong.status, wrong.body) == (nobody.status, nobody.body)
    assert (wrong.status, wrong.code) == (401, "bad_credentials")
    assert (alone.status, alone.code) == (401, "second_factor_required")
    assert alone.cookies == {}
    assert both.status == 200
    assert both.json["user"]["second_factor"] is True
    assert (await api.as_told(both).get("/api/user/profile")).status == 200


async def test_a_code_that_was_used_signs_nobody_in(api: Client) -> None:
    somebody, phone = await phones.turned_on(await api.registered())
    code, spare = phone.code(), phone.recovery_codes[0]

    first = [await sign_in(api, somebody, code=one) for one in (code, spare)]
    again = [await sign_in(api, somebody, code=one) for one in (code, spare, "", "é" * 6)]

    assert [one.status for one in first] == [200, 200]
    assert [one.status for one in again] == [401, 401, 422, 401]
    assert again[0].code == again[1].code == "bad_code"
    assert again[0].details == {"code": "is wrong, too old or was used before: give another"}


async def test_who_guesses_codes_is_told_when_to_come_back_and_the_owner_hears_of_it(
    api: Client,
) -> None:
    somebody, phone = await phones.turned_on(await api.registered())
    api.parts.limits.factor = 1.0

    told = [await sign_in(api, somebody, code="000000") for _ in range(6)]
    right = await sign_in(api, somebody, code=phone.code())
    alone = await sign_in(api, somebody)

    assert [one.status for one in told] == [401] * 5 + [429]
    assert int(told[-1].headers["Retry-After"]) >= 1
    assert (right.status, alone.status) == (429, 401), "the password is not what was guessed"
    async with api.parts.database.read() as session:
        letters = list(await session.scalars(select(Mail.to).where(Mail.letter == "codes_guessed")))
    assert letters == [somebody.user["email"]]


async def test_turning_it_on_takes_the_password_and_a_code_and_ends_other_sign_ins(
    api: Client,
) -> None:
    here = await api.registered()
    await phones.confirm(here)
    there = api.as_told(await sign_in(api, here))
    offered = (await here.post("/api/user/second-factor/offer")).json
    code, offer = Phone(offered["secret"]).code(), {"offer": offered["offer"]}

    for wrong in (proof(code, "guess"), proof("000"), proof(code) | {"offer": "made up"}):
        answer = await here.post("/api/user/second-factor", offer | wrong)
        assert (answer.status, len(answer.details)) == (422, 1), wrong
    before = (await here.get("/api/user/second-factor")).json
    done = await here.post("/api/user/second-factor", offer | proof(code))
    on = api.as_told_by(done.json["tokens"])
    twice = await on.post("/api/user/second-factor", offer | proof(code))

    assert before == {"on": False, "since": None, "recovery_codes": 0}
    assert (done.status, len(done.json["recovery_codes"])) == (200, 10)
    assert [(await one.get("/api/user/profile")).status for one in (here, there, on)] == [
        401,
        401,
        200,
    ]
    told = (await on.get("/api/user/second-factor")).json
    assert (told["on"], told["recovery_codes"]) == (True, 10)
    assert "secret" not in told
    assert (twice.status, twice.code) == (409, "not_possible")


async def test_turning_it_off_and_new_recovery_codes_take_the_password_and_a_code(
    api: Client,
) -> None:
    somebody, phone = await phones.turned_on(await api.registered())
    codes, place = "/api/user/second-factor/recovery-codes", "/api/user/second-factor"

    for wrong, field in ((proof(phone.code(), "guess"), "current_password"), (proof("0"), "code")):
        for answer in (await somebody.post(codes, wrong), await somebody.delete(place, wrong)):
            assert (answer.status, set(answer.details)) == (422, {field})
    renewed = await somebody.post(codes, proof(phone.code()))
    old = await somebody.delete(place, proof(phone.recovery_codes[0]))
    off = await somebody.delete(place, proof(renewed.json["recovery_codes"][0]))
    after = api.as_told_by(off.json["tokens"])

    assert (renewed.status, old.status, off.status) == (200, 422, 200)
    assert (await somebody.get("/api/user/profile")).status == 401
    assert (await after.get("/api/user/profile")).json["second_factor"] is False
    assert (await sign_in(api, somebody)).status == 200
    for answer in (await after.post(codes, proof("0")), await after.delete(place, proof("0"))):
        assert (answer.status, answer.code) == (409, "not_possible")


async def test_a_password_chosen_by_letter_is_not_enough_alone(api: Client) -> None:
    somebody, phone = await phones.turned_on(await api.registered())
    await api.post("/api/auth/request-password-reset", {"email": somebody.user["email"]})
    new = "another long and boring sentence"
    chosen = {"token": await apis.token_of(api, "reset"), "password": new}
    assert (await api.post("/api/auth/reset-password", chosen)).status == 200

    alone = await sign_in(api, somebody, password=new)
    both = await sign_in(api, somebody, password=new, code=phone.code())

    assert (alone.code, both.status) == ("second_factor_required", 200)


@pytest.fixture
def strict(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[Client]:
    """A stranger's client of a server whose administrators need a second factor."""
    chosen = apis.settings(schemas.sqlite(), tmp_path, admin_second_factor="required")
    yield from apis.opened(apis.served(chosen), loop)


async def test_where_it_is_demanded_no_administrator_does_anything_without_one(
    strict: Client,
) -> None:
    admin, user = await apis.administrator(strict), await strict.registered()
    ways: list[Any] = [one for one in table.own() if one.who == "admin"]
    paths = [(one.method, openapi.plain(one.path).format(id="0" * 26)) for one in ways]
    assert len(paths) > 20

    for method, path in [*paths, ("GET", "/metrics")]:
        answer = await admin.ask(method, path)
        assert (answer.status, answer.code) == (403, "second_factor_missing"), path
        assert (await user.ask(method, path)).code == "forbidden"
    assert (await admin.get("/api/user/profile")).status == 200
    strong, _ = await phones.turned_on(admin)

    assert (await strong.get("/admin/api/users")).status == 200
    assert (await strong.get("/metrics")).status == 200
