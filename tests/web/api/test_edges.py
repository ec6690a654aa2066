"""What surrounds the handlers: limits, other sites' pages, proxies, bodies of the wrong kind."""

from pathlib import Path
from typing import Any

import apis
import pytest
from apis import PASSWORD, Answer, Client
from databases import Schemas

from oriel.service.limits import CROWD
from oriel.service.payments.off import Simulated
from oriel.web import app
from oriel.web.api import table

PROXY = ("127.0.0.0/8", "10.0.0.0/8")


def service(schemas: Schemas, folder: Path, **changes: Any) -> Any:
    return apis.served(apis.settings(schemas.sqlite(), folder, **changes))


async def test_who_guesses_passwords_is_told_when_to_come_back(
    schemas: Schemas, tmp_path: Path
) -> None:
    async with service(schemas, tmp_path, rate_factor=1) as api:
        await api.registered("grace@example.com")
        wrong = {"email": "grace@example.com", "password": "a wrong guess"}

        told = [await api.post("/api/auth/login", wrong) for _ in range(12)]
        right = await api.post("/api/auth/login", {**wrong, "password": PASSWORD})

    # With whoever registered, which could have been a guess too, they are ten.
    assert [one.status for one in told] == [401] * 9 + [429] * 3
    assert 1 <= int(told[-1].headers["Retry-After"]) <= 3600
    assert told[-1].details["retry_after"] == int(told[-1].headers["Retry-After"])
    assert right.status == 429, "a guess that is right is no easier then"


async def test_many_accounts_at_one_address_are_counted_together_and_more_generously(
    schemas: Schemas, tmp_path: Path
) -> None:
    async with service(schemas, tmp_path, trusted_proxies=PROXY) as api:
        people = [await api.registered() for _ in range(CROWD + 2)]
        api.parts.limits.factor = 1 / 90  # one order a minute, and ten of an address
        form = {"song_hash": "0" * 64}
        elsewhere = {"X-Forwarded-For": "192.0.2.1"}

        told = [(await one.post("/api/jobs/submit", data=form)).status for one in people[:-1]]
        other = await people[-1].post("/api/jobs/submit", data=form, headers=elsewhere)

    assert 429 not in told[:CROWD]
    assert told[CROWD] == 429, "another account brings no more"
    assert other.status != 429


async def test_files_are_counted_by_address_and_whether_the_server_lives_is_told_always(
    schemas: Schemas, tmp_path: Path
) -> None:
    chosen = apis.settings(
        schemas.sqlite(), tmp_path, rate_factor=0.001, trusted_proxies=PROXY
    )  # twelve files
    async with apis.served(chosen, lambda settings: app.create(settings=settings)) as site:
        first = [(await site.get("/meshes/cube")).status for _ in range(12)]
        paths = ("/", "/meshes/cube", "/assets/main.js", "/demo/beats.json", "/files/videos/a.mp4")
        told = [await site.get(path) for path in paths]
        page = await site.get("/", headers={"Accept": "text/html"})
        other = await site.get("/meshes/cube", headers={"X-Forwarded-For": "192.0.2.1"})
        health = {(await site.get("/health")).status for _ in range(20)}

    assert first == [200] * 12
    for one in told:
        assert (one.status, one.code) == (429, "too_many")
        assert 1 <= int(one.headers["Retry-After"]) <= 3600
    assert page.status == 429
    assert "come back in" in page.body.decode()
    assert other.status == 200
    assert health == {200}


async def test_songs_that_are_sent_are_counted_more_strictly_than_orders(
    schemas: Schemas, tmp_path: Path
) -> None:
    async with service(schemas, tmp_path, rate_factor=1 / 15) as api:  # two songs, six orders
        somebody, other = await api.registered(), await api.registered()
        songs = [apis.a_song(seconds, 200) for seconds in (0.1, 6, 7, 0.2)]  # 4 kB, or 260 and more

        sent = [await somebody.order(song) for song in songs]
        known = sent[0].json["song_hash"]
        by_hash = await somebody.order(song_hash=known, size="640x360")
        broken = [(await other.order(b"no song")).status for _ in range(3)]

    assert [one.status for one in sent] == [202, 202, 429, 429]
    assert 1 <= int(sent[2].headers["Retry-After"]) <= 60
    assert by_hash.status == 202
    assert broken[1:] == [broken[0], 429], "it was sent, whatever it is"


async def test_visitors_of_one_proxy_are_told_apart_and_others_are_not_believed(
    schemas: Schemas, tmp_path: Path
) -> None:
    async with service(schemas, tmp_path, trusted_proxies=PROXY) as api:
        addresses = {
            "203.0.113.9": "203.0.113.9",
            "198.51.100.1, 203.0.113.9": "203.0.113.9",
            "203.0.113.9, 10.1.2.3": "203.0.113.9",
            "nonsense": "127.0.0.1",
            "": "127.0.0.1",
        }
        for said, expected in addresses.items():
            headers = {"X-Forwarded-For": said, "X-Forwarded-Proto": "https"}
            body = {"email": f"{len(said)}@example.com", "password": PASSWORD}
            answer = await api.post("/api/auth/register", body, headers=headers)
            assert answer.cookies["__Host-oriel_access"]["secure"]
            profile = await api.as_told(answer).get("/api/user/profile")
            assert profile.json["sign_ins"][0]["address"] == expected, said


async def test_without_trusted_proxies_nobody_chooses_an_address(
    schemas: Schemas, tmp_path: Path
) -> None:
    async with service(schemas, tmp_path) as api:
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        body = {"email": "grace@example.com", "password": PASSWORD}

        answer = await api.post("/api/auth/register", body, headers=headers)
        profile = await api.as_told(answer).get("/api/user/profile")

    assert not answer.cookies["oriel_access"]["secure"]
    assert profile.json["sign_ins"][0]["address"] == "127.0.0.1"


async def test_pages_of_named_sites_may_ask_and_read_and_others_may_not(
    schemas: Schemas, tmp_path: Path
) -> None:
    friend, other = "https://app.example", "https://evil.example"
    async with service(schemas, tmp_path, cors_origins=(friend,)) as api:
        asks = {"Access-Control-Request-Method": "POST"}
        first = await api.ask("OPTIONS", "/api/auth/login", headers={"Origin": friend, **asks})
        read = await api.get("/api/payments/tiers", headers={"Origin": friend})
        refused = await api.get("/api/user/profile", headers={"Origin": friend})
        strange = await api.ask("OPTIONS", "/api/auth/login", headers={"Origin": other, **asks})
        stranger = await api.get("/api/payments/tiers", headers={"Origin": other})
        streamed = await streams(await api.registered(), {"Origin": friend})

    assert (first.status, first.headers["Access-Control-Allow-Origin"]) == (204, friend)
    assert "Authorization" in first.headers["Access-Control-Allow-Headers"]
    for answer in (read, refused, *streamed):
        assert answer.headers["Access-Control-Allow-Origin"] == friend
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert len(answer.headers["X-Request-Id"]) == 26
    assert strange.status == 405
    assert "Access-Control-Allow-Origin" not in stranger.headers
    assert stranger.headers["Vary"] == "Origin"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_a_named_site_changes_nothing_with_a_browser_s_cookies(
    schemas: Schemas, tmp_path: Path, site: str
) -> None:
    async with service(schemas, tmp_path, cors_origins=("https://app.example",)) as api:
        from_there = {"Origin": "https://app.example", "Sec-Fetch-Site": site}
        somebody = await api.registered()
        proof = {"email": somebody.user["email"], "password": PASSWORD}
        kept = {"oriel_access": somebody.token, "__Host-oriel_refresh": somebody.refresh_token}

        by_cookie = [
            await api.post(path, {}, headers={**from_there, "Cookie": f"{name}={value}"})
            for path in ("/api/user/presets", "/api/auth/refresh", "/api/auth/logout")
            for name, value in kept.items()
        ]
        by_token = await somebody.post("/api/auth/request-verification", headers=from_there)
        by_proof = await api.post("/api/auth/login", proof, headers=from_there)

    assert {(one.status, one.code) for one in by_cookie} == {(403, "cross_site")}
    assert (by_token.status, by_proof.status) == (202, 200)
    assert by_proof.json["access_token"], "which has no cookies to be told it by"


async def streams(somebody: Client, headers: dict[str, str]) -> list[Answer]:
    """Answers that begin before their handler ends: a render's events, its song, its video."""
    render = (await somebody.order(apis.a_song())).json["id"]
    await apis.finished(somebody, render)
    video = (await somebody.get(f"/api/jobs/{render}/download")).headers["Location"]
    here = video.removeprefix(somebody.parts.settings.public_url)
    paths = (f"/api/jobs/{render}/events", f"/api/jobs/{render}/song", here)
    return [await somebody.get(path, headers=headers) for path in paths]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400, "bad_json"),
        ({"data": b"[1]", "headers": {"Content-Type": "application/json"}}, 422, "invalid"),
        ({"data": b"a=b"}, 415, "unsupported_media_type"),
        ({"data": b" " * (2 << 20)}, 413, "too_large"),
    ],
)
async def test_a_body_of_the_wrong_kind_is_told_so(
    schemas: Schemas, tmp_path: Path, sent: dict[str, Any], status: int, code: str
) -> None:
    async with service(schemas, tmp_path) as api:
        if len(sent["data"]) > 1 << 20:
            sent = {"data": apis.io.BytesIO(sent["data"])}

        answer = await api.post("/api/auth/login", **sent)

    assert (answer.status, answer.code) == (status, code)


async def test_a_storage_that_is_away_takes_no_song_and_no_credit(
    schemas: Schemas, tmp_path: Path
) -> None:
    async with service(schemas, tmp_path) as api:
        somebody = await api.registered()
        before = await somebody.order(apis.a_song(1))
        place = tmp_path / "storage"
        elsewhere = place.rename(tmp_path / "elsewhere")

        place.write_text("no folder")
        answers = [await somebody.order(apis.a_song(2), key="once")]
        place.unlink()
        place.mkdir()  # as where its disk is not mounted
        answers.append(await somebody.order(apis.a_song(2), key="once"))
        left = (await somebody.get("/api/user/profile")).json["credits"]
        told = (await api.get("/status")).json["parts"]["storage"]["state"]
        place.rmdir()  # nothing lies there
        elsewhere.rename(place)
        again = await somebody.order(apis.a_song(2), key="once")

    for away in answers:
        assert (away.status, away.code) == (503, "unavailable")
        assert int(away.headers["Retry-After"]) > 0
    assert told == "failing"
    assert left == {"free": 4}
    assert (before.status, again.status) == (202, 202)
    assert "Idempotency-Replayed" not in again.headers
    assert len(list(place.glob("songs/*/*"))) == 2


async def test_a_database_that_is_away_is_told_as_something_that_passes(
    schemas: Schemas, tmp_path: Path
) -> None:
    async with service(schemas, tmp_path, payments="off:simulated") as api:
        somebody = await api.registered()
        assert isinstance(api.parts.payments, Simulated)
        told, headers = api.parts.payments.webhook("simulated_01K")
        broken = api.parts.settings.database_url.removeprefix("sqlite:///")
        await api.parts.database.close()
        Path(broken).rename(f"{broken}.away")
        Path(broken).mkdir()

        answers = [
            await somebody.get("/api/user/profile"),
            await api.post("/api/payments/webhook", data=told, headers=headers),
        ]
        health = await api.get("/status")

    for answer in answers:
        assert (answer.status, answer.code) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    for path, method in (("/api/user/profile", "get"), ("/api/payments/webhook", "post")):
        assert "503" in table.document("/")["paths"][path][method]["responses"]
    assert health.json["parts"]["database"]["state"] == "failing"
