"""The operator's figures in a browser: charts, their days, and what is shown anew by itself."""

import re
from pathlib import Path
from typing import Any

import apis
from shop import Shop


def test_charts_are_drawn_and_each_is_had_as_csv(admin: Any, shop: Shop) -> None:
    shop.run(shop.failed())

    admin.goto(f"{shop.url}/admin/")
    admin.wait_for_selector("#charts[data-ready]")
    drawn = admin.locator(".plot canvas").count()
    empty = admin.locator(".plot-empty").count()
    legend = admin.locator("[data-chart=renders] .legend").inner_text()
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Renders as CSV").click()

    lines = Path(download.value.path()).read_text().splitlines()
    assert drawn + empty == admin.locator("[data-chart]").count() >= 9
    assert drawn >= 1
    assert "Ordered" in legend
    assert lines[0] == "day,Done,Failed,Cancelled,Ordered"
    assert len(lines) == 31


def test_the_days_of_the_charts_are_chosen(admin: Any, shop: Shop) -> None:
    admin.goto(f"{shop.url}/admin/")
    admin.get_by_role("link", name="7 days").click()

    admin.locator("a[aria-current=true]", has_text="7 days").wait_for()
    admin.wait_for_selector("#charts[data-ready]")
    assert "first=" in admin.locator("#charts").get_attribute("data-from")


def test_charts_of_days_without_anything_say_so(admin: Any, shop: Shop) -> None:
    admin.goto(f"{shop.url}/admin/?first=2020-01-01&last=2020-01-07")
    admin.wait_for_selector("#charts[data-ready]")

    said = admin.locator(".plot").all_inner_texts()

    assert set(said) == {"Nothing yet in these days."}
    assert admin.locator(".plot canvas").count() == 0


def test_what_is_now_is_shown_anew_by_itself_while_somebody_looks(admin: Any, shop: Shop) -> None:
    asked: list[str] = []
    admin.on("request", lambda request: asked.append(request.url))
    admin.clock.install()
    admin.goto(f"{shop.url}/admin/")
    admin.wait_for_selector("#charts[data-ready]")
    waiting = admin.locator(".tile").first
    before = int(waiting.locator("strong").inner_text())
    admin.get_by_role("textbox", name="From").fill("2026-01-02")
    shop.run(shop.eve.order(apis.a_song(pitch=550)))

    asked.clear()
    admin.evaluate(
        "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })"
    )
    admin.clock.run_for(40_000)
    unseen = list(asked)
    admin.evaluate("delete document.hidden")
    admin.clock.run_for(2_000)
    waiting.locator("strong", has_text=re.compile(rf"^\s*{before + 1}\s*$")).wait_for()

    assert unseen == []
    assert admin.get_by_role("textbox", name="From").input_value() == "2026-01-02"
