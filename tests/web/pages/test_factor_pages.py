"""A second factor by forms: turned on, asked for, lost, taken away; and where administrators need one."""

import re
from collections.abc import Iterator
from pathlib import Path

import apis
import phones
import pytest
import visiting
from apis import PASSWORD, Client
from databases import Schemas
from loops import Loop
from phones import Phone
from visiting import Visitor, problems

from oriel.service import users
from oriel.web import app

PLACE = "/account/second-factor"
RIGHT = {"email": "ada@example.com", "password": PASSWORD}


def secret_in(page: str) -> str:
    """What a page shows to be typed into an app."""
    return "".join(re.findall(r"<code>([A-Z2-7 ]+)</code>", page)).replace(" ", "")


async def turned_on(visitor: Visitor, site: Client) -> tuple[Client, Phone]:
    """A new account whose second factor is on, by the forms; nobody is signed in then."""
    await visitor.sign_up()
    client = await visitor.client(site)
    await phones.confirm(client)
    page = (await visitor.get(PLACE)).body.decode()
    phone = Phone(secret_in(page))
    sent = visiting.hidden_in(page) | {"code": phone.code(), "current_password": PASSWORD}
    answer = await visitor.post(f"{PLACE}/on", **sent)
    codes = re.findall(r"<li><code>([\w-]+)</code>", answer.body.decode())
    await phones.forget_step(client)
    assert (await visitor.post("/sign-out")).status == 303
    return client, Phone(phone.secret, codes)


async def test_a_code_that_was_mistyped_leaves_the_picture_as_it_is(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    before = (await visitor.get(PLACE)).body.decode()
    await phones.confirm(await visitor.client(site))
    page = (await visitor.get(PLACE)).body.decode()
    sent = visiting.hidden_in(page)
    proof = {"code": "000000", "current_password": PASSWORD}

    wrong = await visitor.post(f"{PLACE}/on", **sent, **proof)
    again = wrong.body.decode()
    right = await visitor.post(
        f"{PLACE}/on",
        **visiting.hidden_in(again),
        **proof | {"code": Phone(secret_in(page)).code()},
    )

    assert "Send another letter" in before
    assert (secret_in(page) != "", secret_in(before)) == (True, "")
    assert (wrong.status, problems(wrong.body)) == (
        422,
        ["Code is wrong, too old or was used before: give another."],
    )
    assert (secret_in(again), visiting.hidden_in(again)) == (secret_in(page), sent)
    assert "000000" not in again
    assert PASSWORD not in again
    assert (right.status, right.body.decode().count("<li><code>")) == (200, 10)
    assert right.headers["Cache-Control"] == "no-store"
    assert (await visitor.get("/account")).status == 200, "this sign-in goes on"


async def test_the_picture_is_drawn_without_styles_and_scripts(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    await phones.confirm(await visitor.client(site))

    page = (await visitor.get(PLACE)).body.decode()

    [picture] = re.findall(r"<svg class=\"qr\".*?</svg>|<svg [^>]*class=\"qr\".*?</svg>", page)
    assert "viewBox" in picture
    assert len(re.findall(r"<path", picture)) == 2
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|href", picture)


async def test_a_page_asks_for_the_code_after_the_password_and_leads_back(
    visitor: Visitor, site: Client
) -> None:
    _, phone = await turned_on(visitor, site)

    asked = await visitor.post("/sign-in?next=/pricing", **RIGHT)
    page = asked.body.decode()
    sent = visiting.hidden_in(page)
    before = await visitor.get("/dashboard")
    wrong = await visitor.post("/sign-in/code?next=/pricing", **sent, code="000000")
    kept = visiting.hidden_in(wrong.body.decode())
    done = await visitor.post("/sign-in/code?next=/pricing", **kept, code=phone.code())

    assert (asked.status, before.status) == (200, 303)
    assert PASSWORD not in page
    assert 'autocomplete="one-time-code"' in page
    assert (wrong.status, problems(wrong.body)) == (
        401,
        ["Code is wrong, too old or was used before: give another."],
    )
    assert (done.status, done.headers["Location"]) == (303, "/pricing")
    assert (await visitor.get("/dashboard")).status == 200
    assert (await visitor.get("/sign-in/code")).headers["Location"] == "/sign-in"


async def test_who_lost_the_phone_signs_in_by_a_recovery_code_and_turns_it_off_by_another(
    visitor: Visitor, site: Client
) -> None:
    _, phone = await turned_on(visitor, site)
    first, second, third = phone.recovery_codes[:3]

    sent = visiting.hidden_in((await visitor.post("/sign-in", **RIGHT)).body.decode())
    wrong = await visitor.post("/sign-in/recovery-code", **sent, code="AAAAA")
    signed = await visitor.post("/sign-in/recovery-code", **sent, code=first)
    shown = (await visitor.get(PLACE)).body.decode()
    proof = {"current_password": PASSWORD}
    renewed = await visitor.post(f"{PLACE}/codes", **proof, code=second)
    old = await visitor.post(f"{PLACE}/off", **proof, code=third)
    new = re.findall(r"<li><code>([\w-]+)</code>", renewed.body.decode())
    off = await visitor.post(f"{PLACE}/off", **proof, code=new[0])

    assert problems(wrong.body) == [
        "Recovery code is wrong, too old or was used before: give another."
    ]
    assert 'class="other lost" open' in wrong.body.decode()
    assert signed.headers["Location"] == "/dashboard"
    assert "9 of 10 are left" in shown
    assert (old.status, off.status) == (422, 303)
    await visitor.post("/sign-out")
    assert (await visitor.post("/sign-in", **RIGHT)).status == 303


async def test_a_proved_password_is_good_for_this_account_now_and_not_after_it_was_changed(
    visitor: Visitor, site: Client
) -> None:
    client, phone = await turned_on(visitor, site)
    sent = visiting.hidden_in((await visitor.post("/sign-in", **RIGHT)).body.decode())

    forged = await visitor.post("/sign-in/code", proved="made.up", code=phone.code())
    async with site.parts.database.begin() as session:
        user = await users.find(session, client.user["id"])
        user.sessions_since = site.parts.now()
    late = await visitor.post("/sign-in/code?next=/pricing", **sent, code=phone.code())

    assert forged.headers["Location"] == "/sign-in"
    assert late.headers["Location"] == "/sign-in?next=/pricing"
    assert "That took too long: sign in again." in (await visitor.get("/sign-in")).body.decode()


@pytest.fixture
def strict(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[Client]:
    """A stranger's client of a server whose administrators need a second factor."""
    chosen = apis.settings(schemas.sqlite(), tmp_path, admin_second_factor="required")
    yield from apis.opened(apis.served(chosen, lambda one: app.create(settings=one)), loop)


async def test_an_administrator_is_led_to_turn_it_on_and_back(strict: Client) -> None:
    async with visiting.visitor(strict) as visitor:
        await visitor.sign_up()
        client = await visitor.client(strict)
        await phones.confirm(client)
        async with strict.parts.database.begin() as session:
            await users.set_role(session, client.user["id"], "admin", by=None)

        led = (await visitor.get("/admin/users?kind=active")).headers["Location"]
        acted = await visitor.post(f"/admin/users/{client.user['id']}/deactivate")
        page = (await visitor.get(led)).body.decode()
        [form] = re.findall(rf'action="({PLACE}/on[^"]*)"', page)
        sent = visiting.hidden_in(page) | {"current_password": PASSWORD}
        done = await visitor.post(form, **sent, code=Phone(secret_in(page)).code())
        onward = re.findall(r'class="button primary" href="([^"]+)"', done.body.decode())

        assert led == f"{PLACE}?next=/admin/users%3Fkind%3Dactive"
        assert acted.headers["Location"].startswith(PLACE)
        assert "Administration is for those who have one" in page
        assert onward == ["/admin/users?kind=active"]
        assert (await visitor.get(onward[0])).status == 200


async def test_an_administrator_takes_it_away_with_a_reason_but_not_the_own(
    visitor: Visitor, site: Client
) -> None:
    lost, _ = await phones.turned_on(await site.registered("lost@example.com"))
    await visitor.sign_up()
    admin = await visitor.client(site)
    async with site.parts.database.begin() as session:
        await users.set_role(session, admin.user["id"], "admin", by=None)
    own, place = (f"/admin/users/{one.user['id']}" for one in (admin, lost))

    shown = (await visitor.get(place)).body.decode()
    silent = await visitor.post(f"{place}/remove-second-factor", reason="")
    mine = await visitor.post(f"{own}/remove-second-factor", reason="mine")
    done = await visitor.post(f"{place}/remove-second-factor", reason="showed the receipt")
    after = (await visitor.get(place)).body.decode()
    twice = await visitor.post(f"{place}/remove-second-factor", reason="again")

    assert "Take the second factor away" in shown
    assert (silent.status, mine.status, done.status, twice.status) == (422, 403, 303, 409)
    assert "Take the second factor away" not in after
    assert "user.remove_second_factor" in after
    assert "showed the receipt" in after
    assert (await lost.get("/api/user/profile")).status == 401
    known = {"email": "lost@example.com", "password": PASSWORD}
    assert (await site.post("/api/auth/login", known)).status == 200
