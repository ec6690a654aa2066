"""Two pictures go in; how far apart they are, in numbers and as a third picture, comes out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]

GOLDEN = Path(__file__).parent / "golden"
FAILURES = Path(__file__).parent / "failures"

_AMPLIFIED = 16


@dataclass(frozen=True)
class Difference:
    """How far apart two pictures are, in 255ths of full scale.

    `mean` is over all values; `high` the 99.9th percentile over pixels of the channel that is
    furthest off, so that a thin line counts and a lost pixel does not.
    """

    mean: float
    high: float

    def within(self, bound: "Difference") -> bool:
        """Whether neither number is above the bound's."""
        return self.mean <= bound.mean and self.high <= bound.high


# On one kind of processor nothing differs. llvmpipe without AVX looks textures up less exactly:
# with GALLIUM_OVERRIDE_CPU_CAPS=sse2 what is made of ink alone is 0.0002 and 0 away, what the
# bloom or an effect looks up again at most 0.38 and 7. A line 10% too wide or a colour 2% off
# moves ink alone by at least 3.
SHARP = Difference(0.1, 2.0)
SOFT = Difference(0.5, 8.0)


def difference(one: Picture, other: Picture) -> Difference:
    """Compare pictures (height, width, 3) of one size."""
    assert one.shape == other.shape, f"{one.shape} cannot be compared with {other.shape}"
    apart = np.abs(one.astype(np.int16) - other)
    return Difference(float(apart.mean()), float(np.percentile(apart.max(axis=2), 99.9)))


def check(name: str, drawn: Picture) -> None:
    """Fail unless the golden picture of this name is the same; leave it and the difference then."""
    place = GOLDEN / f"{name}.png"
    assert place.is_file(), f"There is no golden picture of {name}: make golden, and look at it"
    golden = load(place)
    apart = difference(drawn, golden)
    if not apart.within(bound(name)):
        save(drawn, FAILURES / f"{name}.png")
        save(amplified(drawn, golden), FAILURES / f"{name}-difference.png")
    assert apart.within(bound(name)), f"{name} is not as it was ({apart}): see {FAILURES}"


def bound(name: str) -> Difference:
    """How far the picture of this name may be from the golden one."""
    return SHARP if name.startswith("shape-") else SOFT


def amplified(one: Picture, other: Picture) -> Picture:
    """Grey where two pictures agree, 16 times brighter or darker where they do not."""
    apart = one.astype(np.int16) - other
    return np.clip(128 + _AMPLIFIED * apart, 0, 255).astype(np.uint8)


def load(path: Path) -> Picture:
    """A PNG's pixels, (height, width, 3)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def save(picture: Picture, path: Path) -> None:
    """Write a PNG, as small as it gets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, "PNG", optimize=True)


def sheet(pictures: list[Picture], columns: int = 5) -> Picture:
    """Pictures of one size side by side, in rows."""
    blank = np.zeros_like(pictures[0])
    padded = pictures + [blank] * (-len(pictures) % columns)
    rows = [np.concatenate(padded[i : i + columns], axis=1) for i in range(0, len(padded), columns)]
    return np.concatenate(rows)
