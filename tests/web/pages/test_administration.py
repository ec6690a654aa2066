"""What administrators do on their pages in a browser."""

from typing import Any

from browsing import complaints_of
from shop import EVE, Shop, confirm, sign_in

from oriel.service import workers
from oriel.service.models import Notification, PaymentEvent


def test_an_administrator_finds_a_failed_render_reads_its_log_and_retries_it(
    admin: Any, shop: Shop
) -> None:
    render = shop.run(shop.failed())

    admin.goto(f"{shop.url}/admin")  # as somebody types it
    admin.get_by_role("link", name="Renders", exact=True).click()
    admin.get_by_role("link", name="Failed").click()
    admin.get_by_role("row").nth(1).get_by_role("link").first.click()
    log = admin.locator(".log").inner_text()
    said = admin.get_by_role("heading", level=2).first.inner_text()
    confirm(admin, "Retry", "Yes, order it once more")

    assert (log, said) == ("Mesa: gone", "The song ends in the middle.")
    assert admin.get_by_role("status").inner_text().endswith("this is the new one.")
    assert admin.locator("main .state").first.inner_text() == "Queued"
    assert render not in admin.url


def test_a_refund_goes_through_stripe_and_takes_the_credit(admin: Any, shop: Shop) -> None:
    payment = shop.run(shop.bought())

    admin.goto(f"{shop.url}/admin/payments")
    admin.get_by_role("link", name=payment.receipt).click()
    admin.locator("summary", has_text="Refund").click()
    admin.get_by_label("Reason").fill("The video was lost")
    admin.get_by_role("button", name="Yes, refund $19.99").click()

    admin.locator("main .state", has_text="Refunded").first.wait_for()
    assert [key for *_, key in shop.account.asked][-1] == f"oriel-refund-{payment.id}"
    assert "-1" in admin.locator(".ledger").inner_text()
    assert admin.locator("summary", has_text="Refund").count() == 0


def test_a_refund_is_told_to_everybody_whom_it_concerns_and_clicked_twice_it_is_one(
    admin: Any, shop: Shop
) -> None:
    payment = shop.run(shop.bought())
    asked = len(shop.account.asked)
    shop.run(shop.spent(payment.id))

    admin.goto(f"{shop.url}/admin/payments/{payment.id}")
    admin.locator("summary", has_text="Refund").click()
    warned = admin.locator(".confirm").inner_text()
    admin.get_by_label("Reason").fill("Asked twice")
    admin.get_by_role("button", name="Yes, refund").dblclick()
    admin.get_by_text("It is refunded").wait_for()
    ledger = admin.locator(".ledger").inner_text()
    admin.get_by_role("link", name="What administrators did with it").click()
    deeds = admin.locator("tbody tr").all_inner_texts()
    admin.goto(f"{shop.url}/admin/")
    sold = admin.locator(".tile", has_text="Sold in 30 days").inner_text()
    admin.context.clear_cookies()
    sign_in(admin, shop.url, EVE)
    admin.goto(f"{shop.url}/payments/{payment.id}")
    receipt = admin.locator(".receipt").inner_text()

    assert "no unused Premium credit, so none is taken" in warned
    assert f"premium · refund, {payment.receipt}: it was spent" in ledger
    assert sum("refunds" in path for path, *_ in shop.account.asked[asked:]) == 1
    assert len(deeds) == 1
    assert "reason: Asked twice" in deeds[0]
    assert sold.endswith("refunded")
    assert "Refunded on" in receipt
    assert "came back the way you paid" in receipt
    assert admin.get_by_role("link", name="Make the video").count() == 0
    assert shop.run(shop.letters(payment.id)) == ["receipt", "refund"]


def test_what_stripe_refuses_is_said_on_the_page(admin: Any, shop: Shop) -> None:
    payment = shop.run(shop.bought())
    shop.account.down = 1

    admin.goto(f"{shop.url}/admin/payments/{payment.id}")
    admin.locator("summary", has_text="Refund").click()
    admin.get_by_label("Reason").fill("again")
    admin.get_by_role("button", name="Yes, refund").click()

    assert "Stripe did not do it: not now" in admin.get_by_role("alert").inner_text()
    admin.complaints.clear()  # Chromium tells of each answer that is an error


def test_an_event_that_waits_is_replayed(admin: Any, shop: Shop) -> None:
    payment = shop.run(shop.bought())
    told = shop.account.payments[payment.session].event("charge.refunded", "evt_waits")
    shop.run(_kept(shop, told))

    admin.goto(f"{shop.url}/admin/events?state=waiting")
    admin.get_by_role("link", name="charge.refunded").click()
    confirm(admin, "Replay", "Yes, act upon it once more")

    assert admin.get_by_role("status").inner_text().endswith("once more: paid.")
    assert shop.run(shop.row(PaymentEvent, "evt_waits")).outcome == "paid"


async def _kept(shop: Shop, told: dict[str, Any]) -> None:
    async with shop.client.parts.database.begin() as session:
        session.add(PaymentEvent(id=told["id"], type=told["type"], body=told))


def test_the_system_is_asked_as_its_page_is_made(admin: Any, shop: Shop) -> None:
    admin.goto(f"{shop.url}/admin/system")
    before = admin.locator(".part", has_text="Payments").inner_text()
    shop.account.down = 5  # requests: Stripe's client tries again
    admin.reload()

    assert "Works" in before
    assert "Fails" in admin.locator(".part", has_text="Payments").inner_text()
    shop.account.down = 0


def test_the_system_s_page_tells_who_works_at_what_and_what_went_wrong(
    admin: Any, shop: Shop
) -> None:
    render = shop.run(shop.failed())
    shop.run(_works(shop, "gpu-7", f"drawing {render}"))

    admin.goto(f"{shop.url}/admin/system")
    worker = admin.locator("tr", has_text="gpu-7").inner_text()
    parts = [one.inner_text() for one in admin.locator(".part h2").all()]
    wrong = admin.locator(".wrongs").first.inner_text()
    versions = admin.locator(".versions dt").all_inner_texts()
    admin.get_by_role("link", name=f"drawing …{render[-8:]}").click()
    admin.wait_for_url(f"**/admin/renders/{render}")

    for told in ("Working", "GPU 3", "41.5 frames/s", "1.2.3"):
        assert told in worker
    assert {"Database", "Queue", "Storage", "Payments", "Mail"} <= set(parts)
    assert "The song ends in the middle." in wrong
    assert {"Oriel", "Database", "Python"} <= set(versions)


async def _works(shop: Shop, name: str, doing: str) -> None:
    about = {"host": "gpu", "device": "gpu 3", "version": "1.2.3", "frames_per_second": 41.5}
    parts = shop.client.parts
    async with parts.database.begin() as session:
        await workers.seen(session, name, parts.now(), doing=doing, **about)


def test_what_somebody_ordered_and_paid_is_on_their_page(admin: Any, shop: Shop) -> None:
    render, payment = shop.run(shop.failed()), shop.run(shop.bought())
    others = shop.run(shop.client.registered("carol@example.com"))

    admin.goto(f"{shop.url}/admin/users/{shop.eve.user['id']}")
    theirs = [
        admin.locator(f"a[href='/admin/{place}']").count()
        for place in (f"renders/{render}", f"payments/{payment.id}")
    ]
    admin.goto(f"{shop.url}/admin/users/{others.user['id']}")
    told = admin.locator("main").inner_text()

    assert theirs == [1, 1]
    assert "None were ordered." in told
    assert payment.receipt not in told


def test_credits_are_granted_with_a_reason_and_it_is_written_down(admin: Any, shop: Shop) -> None:
    admin.goto(f"{shop.url}/admin/users?search=EVE@")
    admin.get_by_role("link", name=EVE).click()
    admin.get_by_label("Tier").select_option("commercial")
    admin.get_by_label("Videos").fill("2")
    admin.get_by_label("Reason").fill("Sorry for the wait")
    admin.get_by_role("button", name="Grant").click()

    admin.locator(".figures", has_text="commercial credits left").wait_for()
    admin.goto(f"{shop.url}/admin/audit?action=credits.grant")
    assert "reason: Sorry for the wait" in admin.get_by_role("row").nth(1).inner_text()


def test_a_search_can_be_sent_again_where_one_stayed_on_its_page(admin: Any, shop: Shop) -> None:
    admin.goto(f"{shop.url}/admin/users")
    admin.route("**/admin/users?*", lambda route: route.fulfill(status=204))
    button = admin.get_by_role("button", name="Search")

    with admin.expect_request("**/admin/users?*"):
        button.click()
    admin.evaluate("new Promise((done) => setTimeout(done))")

    assert button.is_enabled()


def test_letters_are_sent_again(admin: Any, shop: Shop) -> None:
    admin.goto(f"{shop.url}/admin/mails?user={shop.eve.user['id']}")
    admin.get_by_role("button", name="Send now: welcome").click()

    assert "on its way" in admin.get_by_role("status").inner_text()
    assert admin.url.endswith(f"/admin/users/{shop.eve.user['id']}")


def test_whoever_is_deactivated_is_out_at_once_and_can_be_let_in_again(
    admin: Any, shop: Shop, browser: Any
) -> None:
    mallory = shop.run(shop.client.registered("mallory@example.com"))
    theirs = browser.new_context().new_page()
    complaints = complaints_of(theirs)
    sign_in(theirs, shop.url, "mallory@example.com")

    admin.goto(f"{shop.url}/admin/users/{mallory.user['id']}")
    confirm(admin, "Deactivate", "Yes, deactivate")
    admin.locator("main .state", has_text="Deactivated").first.wait_for()
    theirs.reload()
    where = theirs.url
    admin.get_by_role("button", name="Let in again").click()
    admin.get_by_role("button", name="Let in again").wait_for(state="detached")
    sign_in(theirs, shop.url, "mallory@example.com")
    theirs.context.close()

    assert "/sign-in" in where
    assert complaints == []


def test_a_notice_that_was_given_up_is_told_again(admin: Any, shop: Shop) -> None:
    notice = shop.run(_given_up(shop))

    admin.goto(f"{shop.url}/admin/")
    admin.get_by_role("link", name="1 notice was given up").click()
    said = admin.locator("#notices").inner_text()
    admin.get_by_role("button", name="Tell again: https://example.org/hook").click()
    told = admin.get_by_role("status").inner_text()

    assert "answered 500" in said
    assert told.endswith("https://example.org/hook is told again.")
    assert shop.run(shop.row(Notification, notice)).gave_up_at is None
    assert "None." in admin.locator("#notices").inner_text()


async def _given_up(shop: Shop) -> str:
    render, now = await shop.failed(), shop.client.parts.now()
    notice = Notification(
        render_id=render,
        url="https://example.org/hook",
        body={},
        attempts=9,
        error="answered 500",
        gave_up_at=now,
    )
    async with shop.client.parts.database.begin() as session:
        session.add(notice)
    return notice.id


def test_the_studio_leads_administrators_and_nobody_else_to_their_pages(
    admin: Any, shop: Shop
) -> None:
    entry = admin.get_by_role("menuitem", name="Administration")

    admin.goto(f"{shop.url}/")
    admin.get_by_role("button", name="Account", exact=True).click()
    entry.click()
    admin.wait_for_url("**/admin/")
    admin.set_viewport_size({"width": 390, "height": 844})
    admin.goto(f"{shop.url}/")
    admin.get_by_role("button", name="More for this look").click()
    at_a_phone = entry.is_visible()
    admin.context.clear_cookies()
    sign_in(admin, shop.url, EVE)
    admin.goto(f"{shop.url}/")
    admin.get_by_role("button", name="More for this look").click()
    admin.get_by_role("menuitem", name="Sign out").wait_for()

    assert at_a_phone
    assert entry.count() == 0
