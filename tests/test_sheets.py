"""What a graphics card makes of printed blocks is, bit for bit, what a processor makes of them."""

from collections.abc import Sequence

import drawings
import moderngl
import numpy as np
import pytest

from oriel import effects
from oriel.gl import planes, plates
from oriel.gl.painter import Painter

EVERYTHING = {"shape": "randomPoly", "effects": {name: {} for name in effects.names()}}


@pytest.mark.parametrize("document", [EVERYTHING, "default", "golden-hour"], ids=str)
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (322, 182), (130, 66), (2, 2)])
def test_both_make_the_same_planes(
    gl: moderngl.Context,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    document: drawings.AnyLook,
) -> None:
    draw_on(monkeypatch, card=False)
    unpacked = drawings.film(gl, document, size, count=3)

    draw_on(monkeypatch, card=True)

    assert_same(drawings.film(gl, document, size, count=3), unpacked)


@pytest.mark.parametrize("card", [False, True])
def test_a_film_may_be_drawn_into_memory_whose_lines_lie_apart(
    gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch, card: bool
) -> None:
    draw_on(monkeypatch, card=card)
    chosen, mesh, plan = drawings.plan("default", count=5)
    film = Painter(gl, chosen, mesh, drawings.SIZE).film
    together = [tuple(plane.copy() for plane in frame) for frame in film(plan)]

    assert_same(list(film(plan, apart)), together)


def draw_on(monkeypatch: pytest.MonkeyPatch, *, card: bool) -> None:
    """Have planes made as on a card, or as on a processor, whatever draws."""
    monkeypatch.setattr(planes, "is_software", lambda renderer: not card)


def apart() -> plates.Planes:
    """New planes; after each line there are bytes that are none of theirs."""
    luma, blue, red = plates.empty((drawings.SIZE[0] + 32, drawings.SIZE[1]))
    return luma[:, :-32], blue[:, :-16], red[:, :-16]


def assert_same(some: Sequence[plates.Planes], others: Sequence[plates.Planes]) -> None:
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        for plane, expected in zip(one, other, strict=True):
            assert np.array_equal(plane, expected)
