"""Windows of all sizes, and what lies where in them."""

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


def misplaced(page: Any, place: str, width: int, height: int) -> list[Any]:
    """What of a bar lies outside the window, or on something else; and the bar, where it is empty."""
    seen = page.evaluate(SEEN, place)
    outside = [one for one in seen if not _within(one, width, height)]
    on_top = [(a[0], b[0]) for a, b in _pairs(seen) if _overlap(a, b)]
    return [*outside, *on_top, *([] if len(seen) > 5 else [place])]


def resize(page: Any, width: int, height: int) -> None:
    """And wait until the page knows, and has then been laid out and painted anew."""
    page.set_viewport_size({"width": width, "height": height})
    playing.until(page, f"innerWidth === {width} && innerHeight === {height}")
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
