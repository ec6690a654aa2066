"""The page's picture against the renderer's, of the same moment of the same song.

Every shape, style, effect and built-in look, and all that the golden pictures hold. A failure
leaves both pictures and their difference, amplified, in tests/failures.
"""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import browsing
import drawings
import likeness
import moderngl
import numpy as np
import pictures
import pytest
from PIL import Image

from oriel import audio, effects, look
from oriel.bands import Bands
from oriel.gl.painter import Painter
from oriel.look import Look
from oriel.render import hear, prepare, rate_through

SIZE = (640, 360)
# Three moments of the demo song: between two beats, on a frame of no usual rate, with loud drums.
MOMENTS = (5.6, 14.253, 26.25)

# Measured are at least 0.9996 and at most 0.32: "tunnel", whose folded lines are as fine as pixels,
# of which SwiftShader and llvmpipe find the middle a little differently. All else is within 0.15.
LEAST_ALIKE = 0.999
FURTHEST_OFF = 0.5  # of 255, on average

LOOKS: dict[str, drawings.AnyLook] = {
    **drawings.golden(),
    "hearing-classic": {"hearing": "classic", "shape": "dodecahedron"},
    "hearing-calm": {"sensitivity": 1.7, "smoothing": 0.3, "shape": "octahedron"},
    "seed-large": {"shape": "polyStar", "seed": 2**31 - 1, "size": 11, "effects": {"grain": {}}},
}

Draw = Callable[[Look, float], pictures.Picture]


@pytest.fixture(scope="module")
def page_draws(browser: Any, studio: str) -> Iterator[Draw]:
    """Draws in one page, which shows a moment after the other."""
    context = browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]})
    page = context.new_page()
    complaints = browsing.complaints_of(page)
    page.goto(f"{studio}/?{_query(look.load('default'), 0.0)}")
    _drawn(page)

    def draw(chosen: Look, at: float) -> pictures.Picture:
        page.evaluate(
            "query => { history.pushState(null, '', query); dispatchEvent(new Event('popstate')) }",
            f"?{_query(chosen, at)}",
        )
        return _drawn(page)

    yield draw
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def renderer_draws(gl: moderngl.Context, demo_song: Path) -> Draw:
    """Draws as `oriel.render.picture` does, without opening a device and hearing it all each time."""
    sound = audio.load(demo_song)

    @cache
    def heard(rate: Fraction, beats: bool, *turned: tuple[str, Any]) -> Bands:
        document = {**dict(turned), "effects": {"zoom_pulse": {}} if beats else {}}
        return hear(sound, look.load(document), rate)

    def draw(chosen: Look, at: float) -> pictures.Picture:
        rate = rate_through(at) if chosen["hearing"] == "precise" else Fraction(30)
        turned = [(key, chosen[key]) for key in ("hearing", "bassFrequency", "trebleFrequency")]
        bands = heard(rate, effects.need_beat(chosen.effects), *turned)
        mesh, plan = prepare(chosen, bands, SIZE, round(Fraction(at) * rate), 1)
        return Painter(gl, chosen, mesh, SIZE).picture(plan, 0)

    return draw


@pytest.mark.parametrize("name", LOOKS)
def test_the_page_shows_what_the_renderer_draws(
    page_draws: Draw, renderer_draws: Draw, name: str
) -> None:
    chosen = look.load(LOOKS[name])

    pairs = {at: (page_draws(chosen, at), renderer_draws(chosen, at)) for at in MOMENTS}

    found = [_complaint(f"page-{name}-{at:g}", *pair) for at, pair in pairs.items()]
    assert [complaint for complaint in found if complaint] == []


@pytest.mark.parametrize(("name", "at"), [("tunnel", MOMENTS[1]), ("default", MOMENTS[2])])
def test_what_the_page_is_held_against_is_what_oriel_frame_draws(
    renderer_draws: Draw, demo_song: Path, tmp_path: Path, name: str, at: float
) -> None:
    place = tmp_path / "frame.png"
    asked = ["--look", name, "--size", f"{SIZE[0]}x{SIZE[1]}", "--at", f"{at}", "--out", str(place)]

    drawn = renderer_draws(look.load(name), at)
    # In a process of its own: two contexts would be in each other's way.
    subprocess.run([sys.executable, "-m", "oriel", "frame", demo_song, *asked], check=True)

    assert (pictures.load(place) == drawn).all()


@pytest.mark.parametrize(
    "wrong",
    [{"lineWidth": 0.0033}, {"rotationSpeed": 0.098}, {"baseColor": "#e8e8e8"}, {"glow": 0.5}],
)
def test_a_slightly_wrong_page_would_be_noticed(
    page_draws: Draw,
    renderer_draws: Draw,
    wrong: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "FAILURES", tmp_path)
    right = {"shape": "torusKnot", "lineWidth": 0.003, "glow": 0.6}

    shown = page_draws(look.load({**right, **wrong}), MOMENTS[0])
    complaint = _complaint("wrong", shown, renderer_draws(look.load(right), MOMENTS[0]))

    assert complaint
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"wrong.png", "wrong-renderer.png", "wrong-difference.png"}


def _complaint(name: str, shown: pictures.Picture, drawn: pictures.Picture) -> str | None:
    """What is wrong with what the page shows; then the pictures are left in tests/failures."""
    alike = likeness.ssim(shown, drawn)
    apart = pictures.difference(shown, drawn)
    if alike >= LEAST_ALIKE and apart.mean <= FURTHEST_OFF:
        return None
    pictures.save(shown, pictures.FAILURES / f"{name}.png")
    pictures.save(drawn, pictures.FAILURES / f"{name}-renderer.png")
    pictures.save(pictures.amplified(shown, drawn), pictures.FAILURES / f"{name}-difference.png")
    return f"{name}: similarity {alike:.4f}, {apart.mean:.3f} of 255 away: see {pictures.FAILURES}"


def _query(chosen: Look, at: float) -> str:
    """The address of one picture."""
    asked = {
        "song": "/demo/song.wav",
        "look": json.dumps(chosen.to_json()),
        "at": f"{at}",
        "size": f"{SIZE[0]}x{SIZE[1]}",
        "still": "",
    }
    return urlencode(asked)


def _drawn(page: Any) -> pictures.Picture:
    page.wait_for_selector("body[data-drawn], body[data-failed]")
    assert page.evaluate("document.body.dataset.failed") is None
    with Image.open(io.BytesIO(page.screenshot())) as image:
        return np.asarray(image.convert("RGB"))
