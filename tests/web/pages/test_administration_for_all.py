"""The operator's pages in a browser: that everybody can use them, at a desk and on a telephone."""

from typing import Any

import accessible
import apis
import pytest
from shop import EVE, Shop

from oriel.service import figures, workers
from oriel.service.models import Mail, Notification, PaymentEvent, Render, User

SIDEWAYS = """[...document.querySelectorAll(".table")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel)"""
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


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
        session.add(PaymentEvent(id="evt_done", type="x", body={}, handled_at=parts.now()))
        (await session.get_one(User, shop.eve.user["id"])).second_factor_since = parts.now()
        letter = (await session.get_one(Render, failed)).id
        session.add(
            Mail(
                user_id=shop.eve.user["id"],
                to=EVE,
                letter="video_failed",
                words={},
                source=f"axe:{letter}",
                error="SendGrid answered 400",
                gave_up_at=parts.now(),
            )
        )
        told = {"url": "https://example.org/a", "body": {}, "error": "answered 500"}
        session.add(Notification(render_id=failed, gave_up_at=parts.now(), **told))
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

    admin.complaints[:] = [one for one in admin.complaints if "/renders/" not in one]
    assert found == {place: [] for place in places}


def _violations(page: Any, url: str) -> list[str]:
    page.goto(url)
    if url.endswith("/admin/"):
        page.wait_for_selector("#charts[data-ready]")
    for act in page.locator("details.confirm").all():
        act.locator("summary").click()
    sideways = [f"{one} scrolls sideways" for one in page.evaluate(SIDEWAYS)]
    return accessible.violations(page) + accessible.too_wide(page) + sideways
