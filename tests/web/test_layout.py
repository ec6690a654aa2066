"""The page at sizes of all kinds: its bars hold their buttons, and nothing lies on anything else."""

from typing import Any

import layouts
import playing

# Controls that lie outside the panel, or are squeezed to nothing.
LOST = """
() => {
  const edge = document.querySelector("#panel").getBoundingClientRect();
  const all = [...document.querySelectorAll("#controls :is(input, button, .shape)")];
  const shown = all.filter(one => one.checkVisibility({visibilityProperty: true}));
  return shown.flatMap(one => {
    const {left, right, width} = one.getBoundingClientRect();
    const there = left >= edge.left - 1 && right <= edge.right + 1 && width >= 20;
    return there ? [] : [`${one.id || one.ariaLabel || one.className}: ${left} to ${right}`];
  });
}
"""

# Words about the song that end in dots.
CUT = """
() => [...document.querySelectorAll(".transport-words > *")]
  .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth)
  .map(one => one.textContent)
"""


def test_nothing_lies_on_anything_else_or_outside_the_window(page: Any, studio: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    playing.opened(page, studio)
    page.locator("#play-demo").click()
    playing.until(page, "oriel.state.get('rhythm') !== null", playing.BEATS_SECONDS)

    for window, (width, height) in layouts.WINDOWS.items():
        layouts.resize(page, width, height)
        for place in ("#bar", "#dock"):
            assert layouts.misplaced(page, place, width, height) == [], window
        assert page.evaluate(CUT) == [], window
        assert page.evaluate("document.documentElement.scrollWidth") <= width, window


def test_each_control_of_a_look_has_its_room(page: Any, studio: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    playing.opened(page, studio)
    page.get_by_role("tab", name="Adjust").click()

    for window, (width, height) in layouts.WINDOWS.items():
        layouts.resize(page, width, height)
        assert page.evaluate(LOST) == [], window
