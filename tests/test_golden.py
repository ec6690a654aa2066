"""Every shape, style, effect and built-in look, held against the picture that a person looked at.

`make golden` draws them anew; a failure leaves the new picture and the difference, amplified, in
tests/failures.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import drawings
import moderngl
import pictures
import pytest

from oriel import look

GOLDEN = drawings.golden()


@pytest.mark.parametrize("name", GOLDEN)
def test_a_picture_is_as_it_was(gl: moderngl.Context, name: str) -> None:
    pictures.check(name, drawings.picture(gl, GOLDEN[name]))


def test_no_golden_picture_is_left_of_something_gone() -> None:
    kept = {path.stem for path in pictures.GOLDEN.glob("*.png")}

    assert kept == set(GOLDEN)


def _wider(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "lineWidth": 1.1 * document["lineWidth"]}


def _other_color(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "baseColor": "#fafafa"}  # 2% darker


def _slower(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "rotationSpeed": 0.98 * document["rotationSpeed"]}


@pytest.mark.parametrize("wrong", [_wider, _other_color, _slower])
@pytest.mark.parametrize("name", ["shape-cube", "shape-polyStar", "shape-torusKnot"])
def test_a_slightly_wrong_picture_is_noticed(
    gl: moderngl.Context,
    name: str,
    wrong: Callable[[dict[str, Any]], dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "FAILURES", tmp_path)
    drawn = drawings.picture(gl, wrong(look.load(GOLDEN[name]).to_json()))

    with pytest.raises(AssertionError, match="is not as it was"):
        pictures.check(name, drawn)

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"{name}.png", f"{name}-difference.png"}
    assert (pictures.load(tmp_path / f"{name}.png") == drawn).all()


def test_a_difference_is_grey_where_pictures_agree_and_amplified_elsewhere() -> None:
    golden = pictures.load(pictures.GOLDEN / "shape-cube.png")
    drawn = golden.copy()
    drawn[10, 20] += 3

    shown = pictures.amplified(drawn, golden)

    assert (shown[10, 20] == 128 + 48).all()
    assert (shown[11, 20] == 128).all()
