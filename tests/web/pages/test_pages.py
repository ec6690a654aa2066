"""What every page shares: who sees it, forms from here alone, sign-ins that last, errors as pages."""

import asyncio
import logging
import re
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import apis
import pytest
import visiting
from aiohttp import web
from apis import Client
from databases import Schemas
from visiting import HTML, Visitor

from oriel.service import users
from oriel.service.models import Payment, User
from oriel.service.settings import Settings
from oriel.web.app import create
from oriel.web.pages import app, destination, flash
from oriel.web.pages.page import Page

PRIVATE = [page for page in app.own() if page.who != "anybody"]
SHOWN = [page for page in app.own() if page.method == "GET"]


def path_of(page: Page) -> str:
    """The page's path with something for each of its parts."""
    known = page.path.replace("{file:video|poster|thumbnail}", "poster")
    return re.sub(r"\{[^}]*\{26\}\}|\{\w+\}", "0" * 26, known)


async def test_a_stranger_is_sent_to_sign_in_and_comes_back(visitor: Visitor) -> None:
    for page in PRIVATE:
        asked = visitor.get if page.method == "GET" else visitor.post
        answer = await asked(path_of(page))
        assert answer.status == 303, page.path
        assert answer.headers["Location"].startswith("/sign-in"), page.path

    first = await visitor.get("/dashboard?before=" + "0" * 26)
    where = first.headers["Location"]
    await visitor.sign_up()
    back = await visitor.get(where)

    assert back.status == 303
    assert back.headers["Location"] == "/dashboard?before=" + "0" * 26


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "dashboard",
        "/" + "a" * 2000,
        "",
    ],
)
async def test_nobody_is_sent_elsewhere_after_signing_in(visitor: Visitor, elsewhere: str) -> None:
    await visitor.sign_up()

    answer = await visitor.get(f"/sign-in?next={quote(elsewhere, safe='')}")

    assert answer.headers["Location"] == destination.HOME


async def test_where_somebody_goes_after_signing_in_is_decoded_once(visitor: Visitor) -> None:
    await visitor.sign_up()

    answer = await visitor.get("/sign-in?next=/%252F%252Fevil.example")

    assert answer.headers["Location"] == "/%2F%2Fevil.example"


async def test_no_form_is_taken_from_another_site(visitor: Visitor) -> None:
    await visitor.sign_up()

    for page in app.own():
        if page.method == "POST":
            answer = await visitor.post(path_of(page), origin="https://evil.example")
            assert answer.status == 403, page.path
            assert "another site" in answer.body.decode()


async def test_whoever_comes_back_after_an_hour_is_still_signed_in(visitor: Visitor) -> None:
    await visitor.sign_up()
    visitor.forget("oriel_access")

    page = await visitor.get("/dashboard")
    fetched = await visitor.get("/api/user/profile", accept="*/*")

    assert (page.status, fetched.status) == (200, 200)
    assert visitor.cookie("oriel_access")


async def test_whatever_is_asked_at_once_after_an_hour_is_answered(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    visitor.forget("oriel_access")

    paths = [
        "/dashboard",
        "/docs",
        "/api/user/profile",
        "/api/jobs",
        "/dashboard?before=" + "0" * 26,
    ]
    answers = await asyncio.gather(*(visitor.get(path) for path in paths))
    later = await visitor.get("/dashboard")

    assert [answer.status for answer in answers] == [200] * len(paths)
    assert later.status == 200


async def test_a_refresh_token_of_long_ago_ends_the_sign_in_on_pages_too(visitor: Visitor) -> None:
    await visitor.sign_up()
    stolen = visitor.cookie("oriel_refresh")
    for _ in range(2):
        visitor.forget("oriel_access")
        await visitor.get("/dashboard")
    visitor.forget("oriel_access")
    visitor.keep("oriel_refresh", stolen)

    answer = await visitor.get("/dashboard")

    assert answer.status == 303
    assert answer.cookies["oriel_refresh"]["max-age"] == "0"


async def test_administration_is_for_administrators(visitor: Visitor) -> None:
    await visitor.sign_up()

    for page in PRIVATE:
        if page.who == "admin":
            asked = visitor.get if page.method == "GET" else visitor.post
            answer = await asked(path_of(page))
            assert answer.status == 403, page.path


async def test_what_an_administrator_typed_into_a_refused_form_is_still_there(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    admin, other = await visitor.client(site), await site.registered()
    async with site.parts.database.begin() as session:
        await users.set_role(session, admin.user["id"], "admin", by=None)
        (await session.get_one(User, other.user["id"])).second_factor_since = site.parts.now()
        price = {"tier": "personal", "amount_cents": 299, "currency": "usd"}
        paid = Payment(user_id=other.user["id"], provider="simulated", status="paid", **price)
        session.add(paid)
    person, long = f"/admin/users/{other.user['id']}", "too long " * 40

    granted = await visitor.post(
        f"{person}/grant", tier="premium", amount="7", source="mine", reason=long
    )
    removed = await visitor.post(f"{person}/remove-second-factor", reason=long)
    refunded = await visitor.post(f"/admin/payments/{paid.id}/refund", reason=long)

    for answer in (granted, removed, refunded):
        assert answer.status == 422
        assert answer.body.decode().count(f'value="{long}"') == 1
    assert b'value="premium" selected' in granted.body
    assert b'name="amount" value="7"' in granted.body
    assert [one.body.count(b" open>") for one in (granted, removed, refunded)] == [0, 1, 1]


async def test_a_page_is_strict_and_kept_by_nobody(visitor: Visitor) -> None:
    answer = await visitor.get("/sign-in")

    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "form-action 'self';" in policy
    assert not re.search(r"unsafe|\*", policy)
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(rb"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", answer.body)


async def test_passwords_are_masked_and_may_be_pasted_and_kept_by_a_manager(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    inside = [(await visitor.get("/account")).body.decode()]
    visitor.http.cookie_jar.clear()
    paths = ("/sign-in", "/sign-up", "/reset-password?token=x")
    pages_ = [(await visitor.get(path)).body.decode() for path in paths] + inside

    fields = [re.findall(r'<input[^>]* name="(?:\w+_)?password"[^>]*>', page) for page in pages_]

    assert [len(found) > 0 for found in fields] == [True] * 4
    for field in chain.from_iterable(fields):
        assert 'type="password"' in field
        assert re.search('autocomplete="(current|new)-password"', field)
    scripts = list((Path(__file__).parents[3] / "web").rglob("*.js"))
    assert len(scripts) > 50
    assert [one for one in scripts if re.search("onpaste|'paste'|\"paste\"", one.read_text())] == []


async def test_what_is_not_there_is_a_page_for_people_and_json_for_programs(
    visitor: Visitor, site: Client
) -> None:
    page = await visitor.get("/nowhere")
    told = await visitor.get("/nowhere", accept="application/json")
    api = await visitor.get("/api/nowhere", accept=HTML)

    assert page.status == told.status == api.status == 404
    assert "There is nothing here" in page.body.decode()
    assert told.code == api.code == "not_found"


async def test_a_fault_is_a_page_that_tells_nothing_of_it(
    schemas: Schemas, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(request: web.Request) -> web.Response:
        raise RuntimeError("a secret")

    def made(settings: Settings) -> web.Application:
        application = create(settings=settings)
        application.router.add_get("/broken", broken)
        return application

    served = apis.served(apis.settings(schemas.sqlite(), tmp_path), made)
    async with served as site, visiting.visitor(site) as visitor:
        answer = await visitor.get("/broken")
        program = await site.get("/broken")

    assert (answer.status, program.status, program.code) == (500, 500, "internal_error")
    assert "it was noted down" in answer.body.decode()
    for one in (answer, program):
        assert "secret" not in one.body.decode()
        assert "Traceback" not in one.body.decode()
    noted = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert [str(one.exc_info[1]) for one in noted if one.exc_info] == ["a secret"] * 2


async def test_what_was_done_is_said_once(visitor: Visitor) -> None:
    await visitor.sign_up("grace@example.com")

    first, second = await visitor.get("/dashboard"), await visitor.get("/dashboard")

    assert "grace@example.com when you can" in first.body.decode()
    assert "when you can" not in second.body.decode()


async def test_behind_https_no_neighbour_can_set_what_is_said(
    schemas: Schemas, tmp_path: Path
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, public_url="https://oriel.example")
    async with apis.served(chosen, lambda settings: create(settings=settings)) as site:
        form = {"name": "Ada", "email": "ada@example.com", "password": apis.PASSWORD}
        said = (await site.post("/sign-up", data=form, headers={"Origin": site.url})).cookies
        kept = "; ".join(f"{name}={one.value}" for name, one in said.items())
        page = await site.get("/dashboard", headers={"Accept": visiting.HTML, "Cookie": kept})
        plain = {"Accept": visiting.HTML, "Cookie": kept.replace("__Host-oriel_said", "oriel_said")}
        planted = await site.get("/dashboard", headers=plain)

    assert {name for name in said if not name.startswith("__Host-")} == set()
    assert len(said) == 3
    assert "ada@example.com when you can" in page.body.decode()
    assert "when you can" not in planted.body.decode()
    [gone] = page.cookies.values()
    assert (gone["max-age"], gone["path"], gone["domain"], gone["secure"]) == ("0", "/", "", True)


async def test_nobody_else_can_have_us_say_something(visitor: Visitor) -> None:
    await visitor.sign_up()
    text, _, signature = visitor.cookie(flash.COOKIE).partition(".")

    for forged in (f"{text[:-4]}AAAA.{signature}", text, ".", f"{text}.é"):
        visitor.keep(flash.COOKIE, forged)
        answer = await visitor.get("/sign-in?next=/nowhere")
        page = await visitor.get("/dashboard")
        assert answer.status == 303
        assert 'class="heard"' not in page.body.decode()


async def test_an_empty_list_of_the_operator_s_says_what_will_be_there_or_how_to_see_more(
    site: Client,
) -> None:
    admin = await apis.administrator(site)
    empty = {"renders": "No render yet", "payments": "No payment yet"}
    narrowed = {"renders?status=failed", "payments?status=paid", "mails?state=failed"}

    for place, words in empty.items():
        assert words in (await admin.get(f"/admin/{place}")).body.decode()
    for place in narrowed:
        assert "None fits what was asked for: choose All." in (
            (await admin.get(f"/admin/{place}")).body.decode()
        )
    acts = (await admin.get("/admin/audit?action=none")).body.decode()
    assert "No act fits what was asked for: search for less." in acts
