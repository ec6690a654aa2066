"""Buying in the studio: with emulators that nobody here wrote, and what goes wrong with ours."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import buckets
import checkouts
import playing
import pytest
import stripe_words
import stripes
import studios
from databases import Schemas
from loops import Loop

from oriel.jobs import valkey


@dataclass(frozen=True)
class Shop:
    """A service that sells through our Stripe, which does as its account says."""

    url: str
    account: stripes.Account

    def told(self, kind: str, paid: stripes.Paid) -> str:
        """Have Stripe tell the service about a payment; what came of it."""
        body = json.dumps(paid.event(kind)).encode()
        headers = {"Content-Type": "application/json", **stripe_words.signed(body)}
        there = f"{self.url}/api/payments/webhook"
        with urllib.request.urlopen(
            urllib.request.Request(there, body, headers), timeout=30
        ) as got:
            return str(json.loads(got.read())["outcome"])

    def paid(self) -> stripes.Paid:
        """The newest payment, as Stripe has it."""
        return list(self.account.payments.values())[-1]


def keys() -> dict[str, str]:
    return {
        "ORIEL_STRIPE_KEY": "sk_test_of_these_tests",
        "ORIEL_STRIPE_WEBHOOK_SECRET": stripe_words.SECRET,
        "ORIEL_SECRET_KEYS": "a secret for tests that is long enough",
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """It keeps everything in its folder."""
    account = stripes.Account()
    with checkouts.hosted(account), stripes.ours(account) as stripe:
        folder = tmp_path_factory.mktemp("shop")
        with studios.service(folder, ORIEL_PAYMENTS=f"stripe:{stripe}", **keys()) as url:
            yield Shop(url, account)


@pytest.fixture(scope="module")
def outside(
    tmp_path_factory: pytest.TempPathFactory,
    schemas: Schemas,
    emulators: dict[str, str],
    key_file: Path,
) -> Iterator[tuple[str, str]]:
    """A service whose parts are all elsewhere, and the Stripe that it sells through; a worker too."""
    folder = tmp_path_factory.mktemp("outside")
    port = buckets.free_port()
    with ExitStack() as stack:
        webhook = f"http://127.0.0.1:{port}/api/payments/webhook"
        stripe = stack.enter_context(stripes.emulated(folder, webhook))
        loop = Loop()
        stack.callback(loop.close)
        queue = valkey.chosen(folder / "queue")
        process = loop.run(valkey.start(queue))
        stack.callback(lambda: loop.run(process.wait()))
        stack.callback(process.terminate)
        endpoint = emulators[buckets.KINDS[0]]
        options = f"endpoint={endpoint}&credentials={key_file}"
        environment = {
            "ORIEL_DATABASE_URL": schemas.postgresql(),
            "ORIEL_REDIS_URL": queue.url,
            "ORIEL_STORAGE": f"gs://{buckets.BUCKET}/studio?{options}",
            "ORIEL_PAYMENTS": f"stripe:{stripe}",
            **keys(),
        }
        url = stack.enter_context(studios.service(folder, "--port", str(port), **environment))
        stack.enter_context(studios.worker(folder, **environment, ORIEL_PUBLIC_URL=url))
        yield url, stripe


@pytest.fixture
def buyer(browser: Any, shop: Shop, tmp_path: Path) -> Iterator[Any]:
    """Somebody with an account and a song, who is about to buy."""
    with studios.visit(browser, shop.url, others=(shop.account.site,)) as page:
        studios.choose(page, studios.a_song(tmp_path, 1))
        studios.join(page)
        studios.tier(page, "Personal")
        yield page


def paying(page: Any, by: str) -> None:
    """Order, and press a button of the page to pay on."""
    studios.order(page)
    page.get_by_role("button", name=by, exact=True).click()


def test_each_tier_is_bought_and_makes_a_video_of_its_size_without_a_mark(
    browser: Any, outside: tuple[str, str], tmp_path: Path
) -> None:
    """PostgreSQL, a queue and a bucket elsewhere, and a Checkout and webhooks that are not ours."""
    url, stripe = outside
    wanted = {"Personal": "1920x1080", "Commercial": "1080x1920", "Premium": "3840x2160"}
    checkout = stripe.replace("127.0.0.1", "localhost")  # as the emulator calls itself

    with studios.visit(browser, url, others=(stripe, checkout)) as page:
        studios.choose(page, studios.a_song(tmp_path, 2))
        studios.join(page)
        for count, (tier, size) in enumerate(wanted.items(), start=1):
            shape = "9:16" if size.startswith("1080x") else "16:9"
            page.evaluate("shape => oriel.state.set({aspect: shape})", shape)
            studios.tier(page, tier)
            studios.size(page).select_option(size)
            page.get_by_label("Frame rate").select_option("24")
            studios.part(page, "0:00.5", "0:01")
            studios.order(page)
            page.locator("form button").click()
            studios.wait_for_service(page)
            studios.finished(page, count)
        made = studios.renders(page)
        credits = studios.credits(page)
        files = [page.request.get(f"{url}/api/jobs/{one['id']}/download").body() for one in made]

    assert [one["size"] for one in reversed(made)] == list(wanted.values())
    assert [one["tier"] for one in reversed(made)] == ["personal", "commercial", "premium"]
    assert not any(one["watermark"] for one in made)
    assert credits == {"free": 5, "personal": 0, "commercial": 0, "premium": 0}
    for one, file in zip(made, files, strict=True):
        place = tmp_path / f"{one['id']}.mp4"
        place.write_bytes(file)
        video = studios.decoded(place)
        assert (f"{video.width}x{video.height}", video.frames) == (one["size"], 12)


def test_a_card_that_is_declined_costs_nothing_and_another_one_pays(buyer: Any, shop: Shop) -> None:
    paying(buyer, "Pay with a card that is declined")
    buyer.get_by_text("Your card was declined.").wait_for()
    buyer.get_by_role("link", name="Back").click()
    studios.wait_for_service(buyer)
    buyer.locator(".ordering").get_by_text("nothing was charged").wait_for()
    before = studios.credits(buyer), studios.renders(buyer)

    buyer.get_by_role("button", name="Go on and pay").click()
    buyer.get_by_role("button", name="Pay", exact=True).click()
    studios.wait_for_service(buyer)
    studios.finished(buyer)

    assert before == ({"free": 5}, [])
    assert studios.credits(buyer) == {"free": 5, "personal": 0}


def test_a_payment_that_is_confirmed_late_is_waited_for_and_told_twice_counts_once(
    buyer: Any, shop: Shop
) -> None:
    paying(buyer, "Pay by a slow bank")
    studios.wait_for_service(buyer)
    waiting = buyer.locator('.ordering[data-step="confirming"]')
    waiting.get_by_text("not confirmed yet").wait_for(timeout=30_000)
    before = studios.renders(buyer)

    paid = shop.paid()
    paid.payment_status, paid.intent_status = "paid", "succeeded"
    outcomes = [shop.told("checkout.session.async_payment_succeeded", paid) for _ in range(2)]
    studios.finished(buyer)

    assert before == []
    assert outcomes == ["paid", "paid"]
    assert len(studios.renders(buyer)) == 1
    assert studios.credits(buyer) == {"free": 5, "personal": 0}


def test_a_payment_that_fails_in_the_end_says_so_and_can_be_made_anew(
    buyer: Any, shop: Shop
) -> None:
    paying(buyer, "Pay by a slow bank")
    studios.wait_for_service(buyer)
    buyer.locator('.ordering[data-step="confirming"]').wait_for(timeout=30_000)

    failed = shop.paid()
    failed.intent_status = "requires_payment_method"
    shop.told("checkout.session.async_payment_failed", failed)
    buyer.locator(".ordering").get_by_text("did not go through").wait_for(timeout=30_000)
    buyer.get_by_role("button", name="Go on and pay").click()
    buyer.get_by_role("button", name="Pay", exact=True).click()
    studios.wait_for_service(buyer)
    studios.finished(buyer)

    assert shop.paid() is not failed
    assert studios.credits(buyer) == {"free": 5, "personal": 0}


def test_who_closes_the_browser_while_paying_finds_the_video_ordered_on_coming_back(
    buyer: Any, shop: Shop
) -> None:
    """The way back from the page to pay on was never taken; the webhook came all the same."""
    studios.order(buyer)
    buyer.get_by_role("button", name="Pay", exact=True).wait_for()
    buyer.goto("about:blank")
    paid = shop.account.pay(shop.paid().session)
    assert shop.told("checkout.session.completed", paid) == "paid"

    studios.open_studio(buyer)
    studios.finished(buyer)

    assert playing.known(buyer, "song")["name"] == "song-220.wav"
    assert studios.credits(buyer) == {"free": 5, "personal": 0}


def test_several_videos_are_paid_one_by_one_and_ordered_together(buyer: Any, shop: Shop) -> None:
    studios.also(buyer, "1:1")
    assert "$5.98" in buyer.locator(".order-said").inner_text()

    paying(buyer, "Pay")
    studios.wait_for_service(buyer)
    buyer.locator(".ordering").get_by_text("Paid: 1 of 2 videos").wait_for()
    between = studios.renders(buyer)
    buyer.get_by_role("button", name="Go on and pay").click()
    buyer.get_by_role("button", name="Pay", exact=True).click()
    studios.wait_for_service(buyer)
    studios.finished(buyer, 2)

    assert between == []
    assert {one["size"] for one in studios.renders(buyer)} == {"1920x1080", "1080x1080"}
