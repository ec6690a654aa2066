"""An account on pages: changed, looked through, taken away, ended; its presets; the texts."""

import re
from pathlib import Path

import apis
import visiting
from apis import PASSWORD, Client
from databases import Schemas
from visiting import Visitor

from oriel.service import audit
from oriel.web.app import create

LOOK = {"shape": "torusKnot"}


async def test_the_name_is_changed(visitor: Visitor, site: Client) -> None:
    await visitor.sign_up()

    answer = await visitor.post("/account/name", name="Countess of Lovelace")
    page = (await visitor.get("/account")).body.decode()

    assert answer.headers["Location"] == "/account"
    assert "Your name is changed." in page
    assert 'value="Countess of Lovelace"' in page


async def test_a_new_address_and_a_new_password_need_the_old_password(visitor: Visitor) -> None:
    await visitor.sign_up()

    wrong = {"current_password": "not this one"}
    moved = await visitor.post("/account/email", email="ada@example.org", **wrong)
    changed = await visitor.post("/account/password", password="something longer", **wrong)
    right = await visitor.post(
        "/account/password", password="something longer", current_password=PASSWORD
    )

    for answer in (moved, changed):
        assert answer.status == 422
        assert (
            "Current password is not the account&#39;s password: type it again."
            in answer.body.decode()
        )
        assert answer.body.decode().count('aria-invalid="true"') == 1
    assert right.status == 303
    assert (await visitor.get("/account")).status == 200, "this sign-in goes on"


async def test_sign_ins_are_shown_and_ended_everywhere(visitor: Visitor, site: Client) -> None:
    await visitor.sign_up()
    async with visiting.visitor(site) as elsewhere:
        await elsewhere.post("/sign-in", email="ada@example.com", password=PASSWORD)
        page = (await visitor.get("/account")).body.decode()

        await visitor.post("/account/sign-out")

        assert page.count('class="here"') == 1
        assert len(re.findall(r"<li><strong>", page)) == 2
        assert (await elsewhere.get("/dashboard")).status == 303
    assert (await visitor.get("/dashboard")).status == 303


async def test_one_sign_in_is_ended_by_the_password_and_the_others_go_on(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    alone = (await visitor.get("/account")).body.decode()
    async with visiting.visitor(site) as elsewhere, visiting.visitor(site) as third:
        for one in (elsewhere, third):
            await one.post("/sign-in", email="ada@example.com", password=PASSWORD)
        page = (await visitor.get("/account")).body.decode()
        families = re.findall(r'<option value="(\w+)"', page)
        lost = {"family": families[1], "current_password": PASSWORD}
        other = await site.registered()
        foreign = (await other.get("/api/user/profile")).json["sign_ins"][0]["family"]

        wrong = await visitor.post("/account/sign-ins/end", **{**lost, "current_password": "guess"})
        stranger_s = await visitor.post("/account/sign-ins/end", **{**lost, "family": foreign})
        before = (await elsewhere.get("/dashboard")).status
        done = await visitor.post("/account/sign-ins/end", **lost)
        again = await visitor.post("/account/sign-ins/end", **lost)

        assert "sign-ins/end" not in alone
        assert len(families) == 2, "this one is ended by signing out"
        assert visiting.problems(wrong.body) == [
            "Current password is not the account&#39;s password: type it again."
        ]
        assert (wrong.status, stranger_s.status, before) == (422, 404, 200)
        assert (done.status, again.status) == (303, 404)
        assert (await elsewhere.get("/dashboard")).status == 303
        assert [(await one.get("/account")).status for one in (visitor, third)] == [200, 200]
    assert (await other.get("/api/user/profile")).status == 200


async def test_an_account_is_deleted_by_whoever_types_the_sentence(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()

    unsure = await visitor.post("/account/delete", sentence="yes", current_password="")
    wrong = await visitor.post(
        "/account/delete", sentence="delete my account", current_password="guess"
    )
    there = await visitor.get("/account")
    meant = await visitor.post(
        "/account/delete", sentence="delete my account", current_password=PASSWORD
    )
    back = await visitor.post("/sign-in", email="ada@example.com", password=PASSWORD)

    assert (unsure.status, wrong.status, there.status) == (422, 422, 200)
    assert visiting.problems(unsure.body) == [
        "Type these words as they are: delete my account.",
        "Current password must not be empty.",
    ]
    assert meant.status == 303
    assert back.status == 401


async def test_presets_are_renamed_and_deleted(visitor: Visitor, site: Client) -> None:
    await visitor.sign_up()
    client = await visitor.client(site)
    made = [
        (await client.post("/api/user/presets", {"name": name, "look": LOOK})).json["id"]
        for name in ("One", "Two")
    ]

    taken = await visitor.post(f"/presets/{made[0]}/rename", name="Two")
    await visitor.post(f"/presets/{made[0]}/rename", name="Three")
    await visitor.post(f"/presets/{made[1]}/delete")
    page = (await visitor.get("/presets")).body.decode()

    assert taken.status == 409
    assert "Name is in use: choose another." in taken.body.decode()
    assert "<h2>Three</h2>" in page
    assert "<h2>Two</h2>" not in page
    assert 'href="/#look=' in page
    async with visiting.visitor(site) as other:
        await other.sign_up("eve@example.com")
        assert (await other.post(f"/presets/{made[0]}/delete")).status == 404
        assert (await other.post(f"/presets/{made[0]}/rename", name="Mine")).status == 404


async def test_texts_are_ours_until_an_operator_writes_their_own(
    schemas: Schemas, tmp_path: Path, visitor: Visitor
) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "terms.html").write_text("<h1>Ours</h1>{{ keep_days }} days")
    chosen = apis.settings(schemas.sqlite(), tmp_path, texts=tmp_path / "texts")

    served = apis.served(chosen, lambda settings: create(settings=settings))
    async with served as site, visiting.visitor(site) as somebody:
        terms, privacy = await somebody.get("/terms"), await somebody.get("/privacy")

    assert "<h1>Ours</h1>30 days" in terms.body.decode()
    for path, title in (("/terms", "Terms"), ("/privacy", "Privacy"), ("/licence", "Licence")):
        assert f"<h1>{title}</h1>" in (await visitor.get(path)).body.decode()
    assert "<h1>Privacy</h1>" in privacy.body.decode()


async def test_addresses_in_the_audit_are_kept_as_long_as_the_privacy_page_says(
    visitor: Visitor,
) -> None:
    privacy = (await visitor.get("/privacy")).body.decode()
    told = (Path(__file__).parents[3] / "docs" / "security.md").read_text("utf-8")

    days = audit.ADDRESS_KEPT.days
    assert f"the address that it came from for {days} days" in privacy
    assert f"for {days} days with addresses of visitors" in told
