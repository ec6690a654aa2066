"""Buying, where nobody sells, where it is only pretended, and what a provider tells."""

from collections.abc import Iterator
from pathlib import Path

import apis
import pytest
from apis import Client
from databases import Schemas
from loops import Loop


@pytest.fixture
def shop(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[Client]:
    """A stranger's client of a server that simulates payments."""
    chosen = apis.settings(schemas.sqlite(), tmp_path, payments="off:simulated")
    yield from apis.opened(apis.served(chosen), loop)


async def test_where_nothing_is_sold_the_api_says_so(api: Client) -> None:
    somebody = await api.registered()

    answer = await somebody.post("/api/payments/create-session", {"tier": "personal"})
    tiers = await api.get("/api/payments/tiers")

    assert (answer.status, answer.code) == (409, "payments_off")
    assert tiers.json["payments"] == "off"
    prices = {tier["tier"]: tier["price_cents"] for tier in tiers.json["tiers"]}
    assert prices == {"free": 0, "personal": 299, "commercial": 999, "premium": 1999}


async def test_a_price_that_a_client_names_is_not_believed(shop: Client) -> None:
    somebody = await shop.registered()

    named = {"tier": "premium", "amount_cents": 1}
    answer = await somebody.post("/api/payments/create-session", named)
    free = await somebody.post("/api/payments/create-session", {"tier": "free"})

    assert answer.details == {"amount_cents": "is not known here"}
    assert (free.status, set(free.details)) == (422, {"tier"})


async def test_a_purchase_that_is_sent_again_is_the_same(shop: Client) -> None:
    somebody, stranger = await shop.registered(), await shop.registered()
    once = {"headers": {"Idempotency-Key": "once"}}

    first = await somebody.post("/api/payments/create-session", {"tier": "personal"}, **once)
    again = await somebody.post("/api/payments/create-session", {"tier": "personal"}, **once)
    other = await somebody.post("/api/payments/create-session", {"tier": "premium"}, **once)
    theirs = await stranger.post("/api/payments/create-session", {"tier": "personal"}, **once)
    wrong = await somebody.post(
        "/api/payments/create-session", {"tier": "personal", "idempotency_key": "é"}
    )
    both = await somebody.post(
        "/api/payments/create-session", {"tier": "golden", "idempotency_key": "é"}
    )

    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert (other.status, other.code) == (409, "idempotency_key_used")
    assert theirs.json["id"] != first.json["id"]
    assert wrong.details == {"Idempotency-Key": "must be 1 to 200 printable ASCII characters"}
    assert set(both.details) == {"Idempotency-Key", "tier"}


async def test_who_pretends_to_pay_gets_one_credit_however_often_it_is_told(shop: Client) -> None:
    somebody = await shop.registered()
    made = await somebody.post("/api/payments/create-session", {"tier": "personal"})
    assert (made.status, made.json["amount_cents"], made.json["simulated"]) == (201, 299, True)
    page = made.json["url"].removeprefix(shop.parts.settings.public_url)

    shown = await shop.get(page)
    paid = [await shop.post(page) for _ in range(3)]

    assert b"no money moves" in shown.body
    assert "form-action 'self'" in shown.headers["Content-Security-Policy"]
    here = f"/payments/{made.json['id']}"
    assert [(one.status, one.headers["Location"]) for one in paid] == [(303, here)] * 3
    profile = await somebody.get("/api/user/profile")
    assert profile.json["credits"] == {"free": 5, "personal": 1}
    history = await somebody.get("/api/payments/history")
    assert [one["status"] for one in history.json["payments"]] == ["paid"]
    assert history.json["payments"][0]["receipt"].startswith("OR-")
    one = await somebody.get(f"/api/payments/{made.json['id']}")
    assert one.json["status"] == "paid"


async def test_who_pays_from_the_studio_comes_back_to_it(shop: Client) -> None:
    somebody = await shop.registered()
    asked = {"tier": "personal", "back": "studio"}
    made = await somebody.post("/api/payments/create-session", asked)
    page = made.json["url"].removeprefix(shop.parts.settings.public_url)

    shown = await shop.get(page)
    paid = await shop.post(page)

    here = f"/?payment={made.json['id']}"
    assert f'href="{here}&amp;left=1"'.encode() in shown.body
    assert (paid.status, paid.headers["Location"]) == (303, here)


@pytest.mark.parametrize("body", [b"{}", b"", b"\xff", b'{"id": "x", "type": "y"}'])
async def test_an_event_that_nobody_signed_changes_nothing(shop: Client, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}

    answer = await shop.post("/api/payments/webhook", data=body, headers=kind)
    signed = {**kind, "Oriel-Signature": "0" * 64, "Stripe-Signature": "t=1,v1=00"}
    forged = await shop.post("/api/payments/webhook", data=body, headers=signed)

    for one in (answer, forged):
        assert (one.status, one.code) == (400, "bad_signature")


async def test_without_simulation_there_is_no_page_to_pretend_on(api: Client) -> None:
    answer = await api.get(f"/api/payments/simulated/simulated_{'0' * 26}")

    assert (answer.status, answer.code) == (404, "not_found")
