"""axe-core over the studio: every tab, three sizes, both themes; and what it cannot see."""

from typing import Any

import accessible
import pytest

SIZES = {"desktop": (1440, 900), "tablet": (768, 1024), "phone": (390, 844)}
TABS = ["Looks", "Adjust", "Sound", "Video"]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(page: Any, studio: str, size: str, theme: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(reduced_motion="reduce")
    page.goto(studio)
    page.wait_for_selector("body[data-ready]")
    accessible.wear(page, theme)

    found = {tab: _violations(page, tab) for tab in TABS}

    assert found == {tab: [] for tab in TABS}


def _violations(page: Any, tab: str) -> list[str]:
    page.get_by_role("tab", name=tab).click()
    if tab == "Adjust":
        page.evaluate("for (const one of document.querySelectorAll('.effect .switch')) one.click()")
    return accessible.violations(page)


def test_the_page_is_used_with_the_keyboard_alone(page: Any, studio: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(studio)
    page.wait_for_selector("body[data-ready]")

    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.textContent")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(_named(page))
    page.get_by_role("tab", name="Looks").focus()
    page.keyboard.press("ArrowRight")
    shown = page.locator("#tab-adjust").is_visible()
    page.locator("#field-size").focus()
    page.keyboard.press("ArrowRight")

    assert skip == "Skip to the controls"
    assert {"Randomise", "Share", "Choose a song", "Play the demo song"} <= reached
    assert shown
    assert page.evaluate("oriel.state.get('look').size") > 4


def _named(page: Any) -> str:
    name = page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
    )
    return str(name).strip()


def test_the_focus_is_seen_wherever_it_is(page: Any, studio: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(studio)
    page.wait_for_selector("body[data-ready]")

    unseen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """(() => {
                 const one = document.activeElement;
                 const around = [one, one.closest('label'), one.querySelector('canvas')].filter(Boolean);
                 return around.some((each) => {
                   const style = getComputedStyle(each);
                   return parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none'
                     || style.boxShadow !== 'none';
                 });
               })()"""
        )
        if not seen:
            unseen.append(_named(page))

    assert unseen == []
