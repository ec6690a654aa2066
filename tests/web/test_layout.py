"""The page at sizes of all kinds: its bars hold their buttons, and nothing lies on anything else."""

from typing import Any

import playing

WINDOWS = {
    "smallest telephone": (320, 568),
    "small telephone": (375, 667),
    "telephone": (390, 844),
    "telephone on its side": (844, 390),
    "laptop enlarged twice": (720, 450),
    "tablet": (768, 1024),
    "tablet on its side": (1024, 768),
    "small laptop": (1152, 720),
    "laptop": (1280, 720),
    "desk": (1440, 900),
}
# What is seen of what can be pressed in the bars, each with its box.
SEEN = """
place => {
  const bar = document.querySelector(place);
  const all = [...bar.querySelectorAll("button, .slider, .wave, .meters-bars, #brand")];
  const shown = all.filter(one => one.checkVisibility({visibilityProperty: true}));
  return shown.map(one => {
    const {left, top, right, bottom} = one.getBoundingClientRect();
    return [one.getAttribute("aria-label") ?? one.className ?? one.id, left, top, right, bottom];
  });
}
"""


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


def test_nothing_lies_on_anything_else_or_outside_the_window(page: Any, studio: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    playing.opened(page, studio)
    page.locator("#play-demo").click()
    playing.until(page, "oriel.state.get('bands') !== null")

    for window, (width, height) in WINDOWS.items():
        _resize(page, width, height)
        for place in ("#bar", "#dock"):
            seen = page.evaluate(SEEN, place)
            assert len(seen) > 5, (window, place)
            assert [one for one in seen if not _within(one, width, height)] == [], window
            assert [(a[0], b[0]) for a, b in _pairs(seen) if _overlap(a, b)] == [], window
        assert page.evaluate("document.documentElement.scrollWidth") <= width, window


def test_each_control_of_a_look_has_its_room(page: Any, studio: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    playing.opened(page, studio)
    page.get_by_role("tab", name="Adjust").click()

    for window, (width, height) in WINDOWS.items():
        _resize(page, width, height)
        assert page.evaluate(LOST) == [], window


def _resize(page: Any, width: int, height: int) -> None:
    """And wait until the page knows, and has then been laid out and painted anew."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(f"innerWidth === {width} && innerHeight === {height}")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _within(one: list[Any], width: int, height: int) -> bool:
    _, left, top, right, bottom = one
    return bool(left >= -1 and top >= -1 and right <= width + 1 and bottom <= height + 1)


def _pairs(seen: list[Any]) -> list[tuple[Any, Any]]:
    return [(a, b) for index, a in enumerate(seen) for b in seen[index + 1 :]]


def _overlap(a: list[Any], b: list[Any]) -> bool:
    """By more than a point each way."""
    across = min(a[3], b[3]) - max(a[1], b[1])
    down = min(a[4], b[4]) - max(a[2], b[2])
    return bool(across > 1 and down > 1)
