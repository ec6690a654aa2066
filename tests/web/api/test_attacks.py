"""What thieves and guessers try, against a whole server."""

import asyncio
import re
import zlib
from pathlib import Path
from urllib.parse import quote

import apis
import phones
import pytest
from apis import PASSWORD, Client, spoken
from databases import Schemas
from sqlalchemy import func, select

from oriel.service import users
from oriel.service.models import Mail

NEW = "another long and boring sentence"


async def test_a_crowd_of_guesses_at_once_is_no_more_than_one_after_the_other(
    schemas: Schemas, tmp_path: Path
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, rate_factor=1)
    async with apis.served(chosen) as api:
        await api.registered("grace@example.com")
        guesses = [f"guess {number}" for number in range(40)] + [PASSWORD]

        asked = [
            api.post("/api/auth/login", {"email": "grace@example.com", "password": guess})
            for guess in guesses
        ]
        told = [one.status for one in await asyncio.gather(*asked)]

    assert set(told) <= {200, 401, 429}
    assert 9 <= len(told) - told.count(429) <= 11, (
        "who registered was one of ten; a window that slides lets in more after seconds"
    )


@pytest.mark.parametrize(
    "spelling",
    ["Grace@Example.com", " grace@example.com", "grace@ｅxample.com", "grace@example。com"],
)
async def test_another_spelling_of_an_address_brings_no_more_guesses_and_letters(
    schemas: Schemas, tmp_path: Path, spelling: str
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, rate_factor=1)
    async with apis.served(chosen) as api:
        await api.registered("grace@example.com")
        for _ in range(9):  # who registers had one
            wrong = {"email": "grace@example.com", "password": "a guess"}
            assert (await api.post("/api/auth/login", wrong)).status == 401
        for _ in range(4):  # who registers had one
            asked = {"email": "grace@example.com"}
            assert (await api.post("/api/auth/request-password-reset", asked)).status == 202

        guess = await api.post("/api/auth/login", {"email": spelling, "password": PASSWORD})
        letter = await api.post("/api/auth/request-password-reset", {"email": spelling})

    assert (guess.status, letter.status) == (429, 429)


async def test_nobody_has_an_address_flooded_with_letters_by_moving_there(
    schemas: Schemas, tmp_path: Path
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, rate_factor=1)
    async with apis.served(chosen) as api:
        mallory, eve = await api.registered(), await api.registered()
        move = {"email": "victim@example.com", "current_password": PASSWORD}
        told = [(await mallory.put("/api/user/profile", move)).status for _ in range(6)]
        others = [
            (
                await mallory.put("/api/user/profile", {**move, "email": f"{name}@example.com"})
            ).status
            for name in "ab"
        ]
        joined = (await eve.put("/api/user/profile", move)).status

    assert told == [200] * 5 + [429]
    assert others == [429] * 2, "an account has so many letters sent, wherever they go"
    assert joined == 429, "to an address so many go, whoever has them sent"


async def test_nobody_has_an_address_flooded_with_letters_by_joining_and_leaving(
    schemas: Schemas, tmp_path: Path
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, rate_factor=1)
    account = {"email": "victim@example.com", "password": PASSWORD}
    async with apis.served(chosen) as api:
        told = []
        for _ in range(6):
            answer = await api.post("/api/auth/register", account)
            told.append(answer.status)
            if answer.status == 201:
                await api.as_told(answer).delete("/api/user", {"current_password": PASSWORD})

    assert told == [201] * 5 + [429]


async def moved_by_a_thief(api: Client) -> tuple[Client, str]:
    """An account whose password a thief knew, and the thief's link to another address."""
    owner = await api.registered()
    answer = await owner.put(
        "/api/user/profile", {"email": "thief@example.com", "current_password": PASSWORD}
    )
    assert answer.status == 200
    return owner, await apis.token_of(api, "verify")


async def test_a_new_password_ends_a_thief_s_link_to_another_address(api: Client) -> None:
    owner, link = await moved_by_a_thief(api)
    changed = await owner.put("/api/user/profile", {"password": NEW, "current_password": PASSWORD})

    opened = await api.post("/api/auth/verify-email", {"token": link})

    assert changed.status == 200
    assert (opened.status, opened.code) == (400, "bad_link")


async def test_a_password_chosen_by_letter_ends_it_too(api: Client) -> None:
    owner, link = await moved_by_a_thief(api)
    await api.post("/api/auth/request-password-reset", {"email": owner.user["email"]})
    reset = {"token": await apis.token_of(api, "reset"), "password": NEW}
    assert (await api.post("/api/auth/reset-password", reset)).status == 200

    opened = await api.post("/api/auth/verify-email", {"token": link})

    assert (opened.status, opened.code) == (400, "bad_link")


async def test_who_had_an_administrator_s_address_before_has_nothing_of_theirs(
    api: Client,
) -> None:
    before, link = await moved_by_a_thief(api)
    await phones.confirm(before)
    parts = api.parts
    await users.create_admin(
        parts.database, parts.plans, email=before.user["email"], password=NEW, now=parts.now()
    )

    opened = await api.post("/api/auth/verify-email", {"token": link})
    old = await before.get("/api/user/profile")

    assert (opened.status, opened.code) == (400, "bad_link")
    assert old.status == 401


@pytest.mark.parametrize(
    "name", ["Free money: https://evil.example", "www.evil.example", "HTTP://x"]
)
async def test_a_name_that_holds_a_link_goes_into_no_letter(api: Client, name: str) -> None:
    body = {"email": "victim@example.com", "password": PASSWORD, "name": name}

    answer = await api.post("/api/auth/register", body)

    assert (answer.status, set(answer.details)) == (422, {"name"})
    async with api.parts.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Mail)) == 0


async def test_a_sign_in_is_a_new_one_whatever_was_sent_along(api: Client) -> None:
    """A thief's cookies, planted beforehand, are not what the owner signs in with; and end."""
    thief, owner = await api.registered(), await api.registered()
    planted = {"Cookie": f"oriel_access={thief.token}; oriel_refresh={thief.refresh_token}"}
    credentials = {"email": owner.user["email"], "password": PASSWORD}

    answer = await api.post("/api/auth/login", credentials, headers=planted)

    signed = api.as_told(answer)
    assert signed.user["id"] == owner.user["id"]
    assert signed.token not in (thief.token, owner.token)
    assert signed.refresh_token not in (thief.refresh_token, owner.refresh_token)
    assert answer.cookies["oriel_access"].value == signed.token
    told = [(await one.get("/api/user/profile")).status for one in (thief, owner, signed)]
    assert told == [401, 200, 200], "a browser has one sign-in"


async def test_a_body_with_more_than_is_asked_for_changes_nothing(api: Client) -> None:
    more = {"role": "admin", "active": True, "verified": True, "credits": {"premium": 9}}
    somebody = await api.registered()
    account = {"email": "eve@example.com", "password": PASSWORD}

    for field, value in more.items():
        answers = [
            await api.post("/api/auth/register", {**account, field: value}),
            await somebody.put("/api/user/profile", {"name": "Eve", field: value}),
            await somebody.post("/api/payments/create-session", {"tier": "personal", field: value}),
        ]
        assert [(one.status, set(one.details)) for one in answers] == [(422, {field})] * 3
    profile = (await somebody.get("/api/user/profile")).json
    assert (profile["role"], profile["verified"], profile["name"]) == ("user", False, "")


async def test_a_body_that_swells_is_refused_at_the_limit_of_what_comes_out(api: Client) -> None:
    swelling = zlib.compress(bytes(64 << 20), 9)
    told = {"Content-Type": "application/json", "Content-Encoding": "deflate"}

    answer = await api.post("/api/auth/login", data=swelling, headers=told)

    assert len(swelling) < 100_000
    assert (answer.status, answer.code) == (413, "too_large")


async def test_behind_https_cookies_are_bound_to_it_and_no_neighbour_can_set_them(
    schemas: Schemas, tmp_path: Path
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, public_url="https://oriel.example")
    async with apis.served(chosen) as api:  # by a proxy that is not trusted with the scheme
        body = {"email": "grace@example.com", "password": PASSWORD}
        answer = await api.post("/api/auth/register", body)
        bound = {name: one.value for name, one in answer.cookies.items()}
        plain = {"Cookie": f"oriel_access={bound['__Host-oriel_access']}"}
        right = {"Cookie": f"__Host-oriel_access={bound['__Host-oriel_access']}"}

        planted = await api.get("/api/user/profile", headers=plain)
        kept = await api.get("/api/user/profile", headers=right)

    assert set(bound) == {"__Host-oriel_access", "__Host-oriel_refresh"}
    for cookie in answer.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert (planted.status, kept.status) == (401, 200)


async def test_behind_https_every_answer_says_so(schemas: Schemas, tmp_path: Path) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, public_url="https://oriel.example")
    async with apis.served(chosen) as api:
        somebody = await api.registered()
        render = (await somebody.order(apis.a_song())).json["id"]
        await apis.finished(somebody, render)
        link = (await somebody.get(f"/api/jobs/{render}/download")).headers["Location"]
        file = link.removeprefix("https://oriel.example")

        answers = [
            await somebody.get(path)
            for path in ("/status", "/docs", "/nothing", f"/api/jobs/{render}/events", file)
        ]
        answers.append(await api.get("/api/user/profile"))
        answers.append(await api.get("/status", headers={"Expect": "a miracle"}))
        unreadable = await spoken(api, b"no HTTP at all\r\n\r\n")

    assert [answer.status for answer in answers] == [200, 200, 404, 200, 200, 401, 417]
    told = [answer.headers["Strict-Transport-Security"] for answer in answers]
    told += re.findall(r"Strict-Transport-Security: (.+)\r\n", unreadable.decode())
    assert len(told) == len(answers) + 1
    for one in told:
        age, _, whom = one.partition("; ")
        assert int(age.removeprefix("max-age=")) >= 2 * 365 * 86_400
        assert whom == "includeSubDomains"


async def test_at_home_nobody_is_sent_to_https(api: Client) -> None:
    assert "Strict-Transport-Security" not in (await api.get("/status")).headers
    assert b"Strict-Transport-Security" not in await spoken(api, b"no HTTP at all\r\n\r\n")


async def test_no_account_fills_the_storage_with_songs_whose_renders_it_cancels(
    schemas: Schemas, tmp_path: Path
) -> None:
    async with apis.served(apis.settings(schemas.sqlite(), tmp_path, songs_limit_mb=1)) as api:
        somebody = await api.registered()
        songs = [apis.a_song(6, pitch) for pitch in range(200, 206)]  # of 265 kB each
        answers = []

        for song in songs:
            answers.append(await somebody.order(song))
            if answers[-1].status == 202:
                await somebody.post(f"/api/jobs/{answers[-1].json['id']}/cancel")
        again = await somebody.order(songs[0])

    assert [answer.status for answer in answers] == [202] * 3 + [400] * 3
    assert answers[-1].code == "refused"
    assert again.status == 202, "what is kept already takes no more room"
    kept = [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    assert len(kept) == 3


async def test_words_that_a_database_would_obey_are_words(api_on_each: Client) -> None:
    hostile = ("' OR 1=1 --", "'; DROP TABLE users; --", '" OR ""="', "\\'; SELECT 1; --", "%", "_")
    admin, somebody = await apis.administrator(api_on_each), await api_on_each.registered()

    for word in hostile:
        found = await admin.get("/admin/api/users", params={"search": word})
        made = await somebody.post("/api/user/presets", {"name": word, "look": {}})
        kept = await somebody.get("/api/user/presets")
        proof = {"email": f"{somebody.user['email']}{word}", "password": word}

        assert (found.status, found.json["users"]) == (200, []), word
        assert (made.status, made.json["name"]) == (201, word)
        assert word in [one["name"] for one in kept.json["presets"]]
        assert (await api_on_each.post("/api/auth/login", proof)).status in (401, 422)
        assert (await somebody.get(f"/api/jobs?after={quote(word)}")).status in (200, 404, 422)
    assert len((await admin.get("/admin/api/users")).json["users"]) == 2


async def test_a_parameter_that_is_sent_twice_is_refused(api: Client) -> None:
    somebody = await api.registered()

    twice = await somebody.get("/api/jobs?status=done&status=failed")
    other = await somebody.get("/api/jobs?limit=1&limit=2")

    assert [(one.status, one.code) for one in (twice, other)] == [(422, "invalid")] * 2
    assert [set(one.details) for one in (twice, other)] == [{"status"}, {"limit"}]
