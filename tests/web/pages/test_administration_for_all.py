"""The operator's pages in a browser: that everybody can use them, at a desk and on a telephone."""

from typing import Any

import accessible
import apis
import pytest
from shop import Shop
from sqlalchemy import update

from oriel.service import audit, figures, workers
from oriel.service.models import Mail, Notification, PaymentEvent, Render, Song, User

SIDEWAYS = """[...document.querySelectorAll(".table")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel)"""
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
BETWEEN = (640, 768, 899, 900, 1024, 1199, 1200, 1280, 1439)  # where layouts change, and tablets
ADDRESS = "a-long-name.of-somebody-with-two@a-long-name-of-a-house.example.com"


@pytest.fixture(scope="module")
def places(shop: Shop) -> list[str]:
    """Every page of the operator's, with something on it."""
    return list(shop.run(_furnished(shop)))


async def _furnished(shop: Shop) -> list[str]:
    failed, payment = await shop.failed(), await shop.bought()
    waiting = (await shop.eve.order(apis.a_song(pitch=330))).json["id"]
    done = (await shop.eve.order(apis.a_song(pitch=440))).json["id"]
    await apis.finished(shop.client, done)
    parts = shop.client.parts
    await figures.sample(parts.database, parts.now())
    async with parts.database.begin() as session:
        session.add(PaymentEvent(id="evt_old", type="charge.refunded", body={}))
        session.add(
            PaymentEvent(
                id=f"evt_{'1' * 60}",
                type="customer.subscription.pending_update_expired",
                body={},
                handled_at=parts.now(),
                outcome="It told of nothing that was bought here. " * 4,
            )
        )
        eve = await session.get_one(User, shop.eve.user["id"])
        eve.email, eve.name = ADDRESS, "Maximiliane-Wilhelmina " * 4
        eve.second_factor_since = parts.now()
        await session.execute(update(Song).values(title="Of long ways and long words " * 4))
        (await session.get_one(Render, failed)).error_message = "It ends in the middle. " * 8
        session.add(
            Mail(
                user_id=shop.eve.user["id"],
                to=ADDRESS,
                letter="video_failed",
                words={},
                source=f"axe:{failed}",
                error=f"SendGrid answered 400: {'x' * 90}",
                gave_up_at=parts.now(),
            )
        )
        told = {"url": "https://example.org/a", "body": {}, "error": "answered 500"}
        session.add(Notification(render_id=failed, gave_up_at=parts.now(), **told))
        await audit.write(
            session,
            "user.second_factor_removed",
            actor=shop.eve.user["id"],
            subject=f"user:{shop.eve.user['id']}",
            details={"reason": "They lost their telephone. " * 4, "was": "x" * 90},
            address="2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        )
        await workers.seen(
            session, "gpu-1", parts.now(), host="gpu", device="gpu 0", doing=f"drawing {waiting}"
        )
    lists = ("", "users", "renders", "payments", "events", "mails", "system", "audit")
    ones = (
        f"users/{shop.eve.user['id']}",
        *(f"renders/{one}" for one in (failed, waiting, done)),
        f"payments/{payment.id}",
        "events/evt_old",
    )
    return [f"/admin/{place}" for place in (*lists, *ones, "renders?status=finishing")]


@pytest.mark.parametrize(("size", "theme"), [("desktop", "dark"), ("phone", "light")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(
    admin: Any, shop: Shop, places: list[str], size: str, theme: str
) -> None:
    width, height = SIZES[size]
    admin.set_viewport_size({"width": width, "height": height})
    admin.emulate_media(reduced_motion="reduce")
    accessible.wear(admin, theme)

    found = {place: _violations(admin, shop.url + place) for place in places}

    _leave_renders(admin)
    assert found == {place: [] for place in places}


def test_no_page_or_list_is_wider_than_its_window_between_a_phone_and_a_desk(
    admin: Any, shop: Shop, places: list[str]
) -> None:
    found = {place: _wider(admin, shop.url + place) for place in places}

    _leave_renders(admin)
    assert found == {place: [] for place in places}


def _wider(page: Any, url: str) -> list[str]:
    page.goto(url)
    told = []
    for width in BETWEEN:
        page.set_viewport_size({"width": width, "height": 900})
        told += [f"at {width}: {one}" for one in accessible.too_wide(page) + _sideways(page)]
    return told


def _leave_renders(page: Any) -> None:
    """Their videos are nowhere, so browsers complain of them."""
    page.complaints[:] = [one for one in page.complaints if "/renders/" not in one]


def _violations(page: Any, url: str) -> list[str]:
    page.goto(url)
    if url.endswith("/admin/"):
        page.wait_for_selector("#charts[data-ready]")
    for act in page.locator("details.confirm").all():
        act.locator("summary").click()
    return accessible.violations(page) + accessible.too_wide(page) + _sideways(page)


def _sideways(page: Any) -> list[str]:
    return [f"{one} scrolls sideways" for one in page.evaluate(SIDEWAYS)]
