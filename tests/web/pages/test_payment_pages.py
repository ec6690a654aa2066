"""Plans and payments on pages: bought, waited for, and shown as receipts."""

import asyncio
import re
from typing import Any

import visiting
from apis import Client, a_song
from visiting import Visitor

from oriel.service import plans


async def bought(visitor: Visitor, tier: str) -> str:
    """The path of a new payment's page."""
    begun = await visitor.post("/pricing", tier=tier)
    return begun.headers["Location"].removesuffix("/pay")


async def pay(visitor: Visitor, site: Client, here: str) -> Any:
    """What the provider answers who pays there."""
    onward = (await visitor.get(f"{here}/pay")).body.decode()
    provider = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', onward)[0]
    return await visitor.post(provider.removeprefix(site.parts.settings.public_url))


async def test_every_plan_is_shown_with_what_it_costs(visitor: Visitor) -> None:
    page = (await visitor.get("/pricing")).body.decode()

    for plan in plans.PLANS.values():
        assert f"<h2>{plan.name}</h2>" in page
    assert all(price in page for price in ("$2.99", "$9.99", "$19.99"))
    assert "Videos of up to 3 minutes" in page, "of a longer song a part can be ordered"
    assert "no money moves" in page


async def test_a_stranger_who_buys_signs_up_first_and_comes_back(visitor: Visitor) -> None:
    page = (await visitor.get("/pricing")).body.decode()
    asked = await visitor.post("/pricing", tier="personal")

    assert 'href="/sign-up?next=/pricing"' in page
    assert "Begin with 5 videos" in page
    assert asked.headers["Location"].startswith("/sign-in")


async def test_a_purchase_leads_to_the_provider_and_back_to_a_receipt(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    here = await bought(visitor, "commercial")
    waiting = (await visitor.get(here)).body.decode()

    paid = await pay(visitor, site, here)
    receipt = (await visitor.get(here)).body.decode()
    listed = (await visitor.get("/payments")).body.decode()

    assert "Waiting for the payment" in waiting
    assert paid.headers["Location"] == here
    number = re.findall(r"<h1>(OR-[\w-]+)</h1>", receipt)[0]
    assert "Commercial licence" in receipt
    assert "$9.99" in receipt
    assert "no money was asked for" in receipt
    assert ">Paid</span>" not in receipt + listed, "no money moved"
    assert number in listed
    assert "Commercial video left" in listed
    assert (await visitor.get(f"{here}/pay")).headers["Location"] == here


async def test_a_receipt_and_the_video_that_was_made_of_it_lead_to_each_other(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    here = await bought(visitor, "commercial")
    await pay(visitor, site, here)
    client = await visitor.client(site)

    before = (await visitor.get(here)).body.decode()
    render = (await client.order(a_song(), size="640x360", tier="commercial")).json["id"]
    after = (await visitor.get(here)).body.decode()
    video = (await visitor.get(f"/videos/{render}")).body.decode()

    assert ">Make the video</a>" in before
    assert f'href="/videos/{render}">See the video</a>' in after
    assert f'<dt>Receipt</dt><dd><a href="{here}">OR-' in video


async def test_a_form_that_is_sent_twice_begins_one_payment(visitor: Visitor, site: Client) -> None:
    await visitor.sign_up()
    forms = re.findall(
        r'<form .*?action="/pricing".*?</form>', (await visitor.get("/pricing")).body.decode()
    )
    form, other = visiting.hidden_in(forms[0]), visiting.hidden_in(forms[1])

    at_once = await asyncio.gather(*(visitor.post("/pricing", **form) for _ in range(4)))
    resent = await visitor.post("/pricing", **form)
    another = await visitor.post("/pricing", **other)

    assert {answer.headers["Location"] for answer in [*at_once, resent]} == {
        at_once[0].headers["Location"]
    }
    assert another.headers["Location"] != resent.headers["Location"]
    client = await visitor.client(site)
    begun = (await client.get("/api/payments/history")).json["payments"]
    assert [one["tier"] for one in begun] == [other["tier"], form["tier"]]


async def test_who_leaves_without_paying_can_go_back(visitor: Visitor) -> None:
    await visitor.sign_up()
    here = await bought(visitor, "personal")

    page = (await visitor.get(f"{here}?left=1")).body.decode()

    assert "nothing was charged" in page
    assert f'href="{here}/pay"' in page
    assert "data-payment" not in page


async def test_a_plan_that_is_not_sold_is_refused(visitor: Visitor) -> None:
    await visitor.sign_up()

    for tier in ("free", "gold"):
        answer = await visitor.post("/pricing", tier=tier)
        assert answer.status == 422
        assert "There is no such plan." in answer.body.decode()


async def test_nobody_sees_the_payments_of_others(visitor: Visitor, site: Client) -> None:
    await visitor.sign_up()
    here = await bought(visitor, "personal")

    async with visiting.visitor(site) as other:
        await other.sign_up("eve@example.com")
        assert (await other.get(here)).status == 404
        assert (await other.get(f"{here}/pay")).status == 404
