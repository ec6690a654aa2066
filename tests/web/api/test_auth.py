"""Signing up, in, on and out."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median

import apis
import pytest
from apis import PASSWORD, Client
from ordering import count
from sqlalchemy import select

from oriel.service import db
from oriel.service.models import Mail, User

Pairs = list[tuple[float, float]]
MOST = 3  # times as often as is needed on a machine that is on time


async def test_who_registers_is_signed_in_and_has_welcome_credits(api_on_each: Client) -> None:
    answer = await api_on_each.post(
        "/api/auth/register", {"email": "Ada@Example.com", "password": PASSWORD, "name": "Ada"}
    )

    assert answer.status == 201
    assert answer.json["user"]["name"] == "Ada"
    assert answer.json["token_type"] == "Bearer"
    ada = api_on_each.as_told(answer)
    profile = await ada.get("/api/user/profile")
    assert profile.status == 200
    assert profile.json["email"] == "ada@example.com"
    assert profile.json["credits"] == {"free": 5}
    assert profile.json["statistics"]["renders"] == 0


async def test_every_wrong_field_is_named_at_once(api: Client) -> None:
    answer = await api.post("/api/auth/register", {"email": "no address", "password": "short"})

    assert (answer.status, answer.code) == (422, "invalid")
    assert set(answer.details) == {"email", "password"}


async def test_every_field_of_a_wrong_shape_is_named_at_once(api: Client) -> None:
    answer = await api.post("/api/auth/register", {"email": 7, "nonsense": 1})

    assert answer.details == {
        "email": "must be text",
        "password": "is missing",
        "nonsense": "is not known here",
    }


async def test_who_registers_again_is_signed_in_by_the_password_however_the_address_is_written(
    api_on_each: Client,
) -> None:
    grace = await api_on_each.registered("grace@example.com")

    again = {"email": " GRACE@EXAMPLE.com", "password": PASSWORD}
    answer = await api_on_each.post("/api/auth/register", again)

    assert (answer.status, answer.json["user"]["id"]) == (201, grace.user["id"])


async def test_who_knows_the_password_signs_in(api: Client) -> None:
    await api.registered("grace@example.com")

    right = await api.post("/api/auth/login", {"email": "grace@example.com", "password": PASSWORD})

    assert right.status == 200
    session = await api.as_told(right).get("/api/user/session/verify")
    assert session.json["user"]["email"] == "grace@example.com"


async def test_a_password_is_the_one_that_was_typed_to_its_last_space(api: Client) -> None:
    typed = {"email": "grace@example.com", "password": " A Sentence with Edges\t"}
    await api.post("/api/auth/register", typed)

    told = [
        (await api.post("/api/auth/login", {**typed, "password": one})).status
        for one in (typed["password"], typed["password"].strip(), typed["password"].lower())
    ]

    assert told == [200, 401, 401]


async def in_turns(
    api: Client, path: str, times: int, alike: Callable[[Pairs], bool], **body: str
) -> tuple[set[tuple[int, bytes]], Pairs]:
    """The answers to Grace and to nobody, asked for in turns; and the seconds that both took.

    As often as is said, and where these are not alike some times as often: other programs take their
    time too, and what is told by the clock is told each time.
    """
    told: set[tuple[int, bytes]] = set()
    pairs: Pairs = []
    while not pairs or ((len(pairs) % times or not alike(pairs)) and len(pairs) < MOST * times):
        took = []  # in turns, so that both meet the same machine
        for email in ("grace@example.com", "nobody@example.com"):
            began = time.perf_counter()
            answer = await api.post(path, {"email": email, **body})
            took.append(time.perf_counter() - began)
            told.add((answer.status, answer.body))
        pairs.append((took[0], took[1]))
    return told, pairs


async def test_a_wrong_password_and_no_account_are_told_alike_and_as_late(api: Client) -> None:
    await api.registered("grace@example.com")

    def alike(pairs: Pairs) -> bool:
        """Most of it is the hashing, which who has no account must wait for too."""
        return 0.6 < median(unknown / known for known, unknown in pairs) < 1.6

    told, pairs = await in_turns(api, "/api/auth/login", 15, alike, password="wrong wrong")

    assert {status for status, _ in told} == {401}
    assert len(told) == 1
    assert alike(pairs), pairs


def as_late(pairs: Pairs) -> bool:
    """To a tenth of a second."""
    return abs(median(known - unknown for known, unknown in pairs)) < 0.1


async def test_asking_for_a_reset_tells_nothing_of_who_has_an_account(api: Client) -> None:
    await api.registered("grace@example.com")

    told, pairs = await in_turns(api, "/api/auth/request-password-reset", 5, as_late)

    assert {status for status, _ in told} == {202}
    assert len(told) == 1
    assert as_late(pairs), pairs


async def test_a_reset_that_takes_long_to_write_is_answered_as_soon_and_written_all_the_same(
    database_url: str, tmp_path: Path
) -> None:
    """By the time that the server has ended, at the latest."""
    path = "/api/auth/request-password-reset"
    async with db.open_database(database_url) as other, AsyncExitStack() as lock:
        async with apis.served(apis.settings(database_url, tmp_path)) as api:
            await api.registered("grace@example.com")
            before = await count(other, Mail)
            session = await lock.enter_async_context(other.begin())
            await session.execute(select(User).with_for_update())

            async with asyncio.timeout(60):
                told, pairs = await in_turns(api, path, 3, as_late)

            held = await count(other, Mail)
            freed = asyncio.create_task(free_after(0.3, lock))
        await freed
        after = await count(other, Mail)

    assert ({status for status, _ in told}, len(told)) == ({202}, 1)
    assert as_late(pairs), pairs
    assert (held, after) == (before, before + len(pairs))


async def free_after(seconds: float, lock: AsyncExitStack) -> None:
    """Let go of what is held, so many seconds from now."""
    await asyncio.sleep(seconds)
    await lock.aclose()


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_sign_in(api: Client) -> None:
    somebody = await api.registered()
    new = await api.post("/api/auth/refresh", {"refresh_token": somebody.refresh_token})
    newer = await api.post("/api/auth/refresh", {"refresh_token": new.json["refresh_token"]})
    assert (new.status, newer.status) == (200, 200)

    stolen = await api.post("/api/auth/refresh", {"refresh_token": somebody.refresh_token})
    after = await api.post("/api/auth/refresh", {"refresh_token": newer.json["refresh_token"]})

    assert (stolen.status, stolen.code) == (401, "not_signed_in")
    assert after.status == 401
    assert (await api.as_told(newer).get("/api/user/profile")).status == 401


async def test_a_forgotten_password_is_chosen_anew_with_the_letter_s_token(api: Client) -> None:
    somebody = await api.registered("grace@example.com")
    await api.post("/api/auth/request-password-reset", {"email": "grace@example.com"})
    token = await apis.token_of(api, "reset")
    chosen = {"token": token, "password": "another long sentence"}

    answer = await api.post("/api/auth/reset-password", chosen)

    assert answer.status == 200
    assert (await somebody.get("/api/user/profile")).status == 401
    tried = [
        await api.post("/api/auth/login", {"email": "grace@example.com", "password": password})
        for password in (PASSWORD, chosen["password"])
    ]
    assert [one.status for one in tried] == [401, 200]
    again = await api.post("/api/auth/reset-password", chosen)
    assert (again.status, again.code) == (400, "bad_link")


async def test_the_letter_s_token_confirms_the_address(api: Client) -> None:
    somebody = await api.registered()
    assert somebody.user["verified"] is False
    token = await apis.token_of(api, "verify")

    answer = await api.post("/api/auth/verify-email", {"token": token})

    assert (answer.status, answer.json["verified"]) == (200, True)


async def test_a_password_of_ten_years_ago_is_as_good(api: Client) -> None:
    somebody = await api.registered()
    async with api.parts.database.begin() as session:
        user = await session.get_one(User, somebody.user["id"])
        user.created_at = user.sessions_since = user.seen_at = api.parts.now() - timedelta(
            days=3653
        )

    proof = {"email": somebody.user["email"], "password": PASSWORD}
    answer = await api.post("/api/auth/login", proof)

    assert answer.status == 200
    assert (await api.as_told(answer).get("/api/user/profile")).status == 200


async def test_to_follow_a_link_leads_to_a_button_and_uses_up_nothing(api: Client) -> None:
    somebody = await api.registered()
    token = await apis.token_of(api, "verify")

    led = [await api.get("/api/auth/verify", params={"token": word}) for word in (token, "a&b=/")]

    assert [one.status for one in led] == [303, 303]
    assert led[0].headers["Location"] == f"/verify-email?token={token}"
    assert led[1].headers["Location"] == "/verify-email?token=a%26b%3D%2F"
    assert (await somebody.get("/api/user/profile")).json["verified"] is False
    assert (await api.post("/api/auth/verify-email", {"token": token})).status == 200


async def test_signing_out_ends_this_sign_in_alone(api: Client) -> None:
    here = await api.registered("grace@example.com")
    login = {"email": "grace@example.com", "password": PASSWORD}
    there = api.as_told(await api.post("/api/auth/login", login))

    await here.post("/api/auth/logout", {"refresh_token": here.refresh_token})

    assert (await here.get("/api/user/profile")).status == 401
    assert (await there.get("/api/user/profile")).status == 200


async def test_signing_out_everywhere_ends_all(api: Client) -> None:
    here = await api.registered("grace@example.com")
    login = {"email": "grace@example.com", "password": PASSWORD}
    there = api.as_told(await api.post("/api/auth/login", login))

    answer = await here.post("/api/auth/logout", {"everywhere": True})

    assert answer.status == 200
    for one in (here, there):
        assert (await one.get("/api/user/profile")).status == 401


async def test_a_browser_is_signed_in_by_cookies_that_scripts_cannot_read(api: Client) -> None:
    login = {"email": "grace@example.com", "password": PASSWORD}
    answer = await api.post("/api/auth/register", login)
    access, refresh = answer.cookies["oriel_access"], answer.cookies["oriel_refresh"]

    for cookie in (access, refresh):
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["secure"], "it came by http"
    assert (access["path"], refresh["path"]) == ("/", "/")
    sent = {"Cookie": f"oriel_access={access.value}"}
    assert (await api.get("/api/user/profile", headers=sent)).status == 200
    renew = {"Cookie": f"oriel_refresh={refresh.value}"}
    assert (await api.post("/api/auth/refresh", headers=renew)).status == 200

    for page in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": api.url}):
        signed = await api.post("/api/auth/login", login, headers=page)
        renew = {"Cookie": f"oriel_refresh={signed.cookies['oriel_refresh'].value}"}
        renewed = await api.post("/api/auth/refresh", headers={**page, **renew})
        for answer in (signed, renewed):
            assert (answer.status, len(answer.cookies)) == (200, 2)
            assert not [one for one in answer.cookies.values() if one.value in str(answer.json)]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
async def test_another_site_s_page_changes_nothing(
    api: Client, told: dict[str, str], status: int
) -> None:
    somebody = await api.registered()
    cookie = {"Cookie": f"oriel_access={somebody.token}"}

    answer = await api.ask(
        "PUT", "/api/user/profile", json={"name": "Mallory"}, headers=cookie | told
    )

    assert answer.status == status
    if status == 403:
        assert answer.code == "cross_site"
