"""Draws the golden pictures anew: `make golden`, or with names, `make golden ARGS="look-vhs"`.

Also writes them all on one sheet, `tests/failures/sheet.png`: look at it before you commit.
"""

import sys

from oriel.gl import context
from tests import drawings, pictures


def main(names: list[str]) -> None:
    """Draw and write the pictures of these names, or all, and remove those of nothing."""
    wanted = drawings.golden()
    unknown = set(names) - set(wanted)
    if unknown:
        sys.exit(f"There is no golden picture of {', '.join(sorted(unknown))}")
    with context.opened(drawings.software()) as gl:
        for name in names or wanted:
            _update(name, drawings.picture(gl, wanted[name]))
    for left in pictures.GOLDEN.glob("*.png"):
        if left.stem not in wanted:
            left.unlink()
            print(f"{left.stem}: removed, nothing draws it")
    kept = [pictures.load(pictures.GOLDEN / f"{name}.png") for name in wanted]
    pictures.save(pictures.sheet(kept), pictures.FAILURES / "sheet.png")
    print(f"All of them are in {pictures.FAILURES / 'sheet.png'}")


def _update(name: str, drawn: pictures.Picture) -> None:
    place = pictures.GOLDEN / f"{name}.png"
    if place.is_file():
        apart = pictures.difference(drawn, pictures.load(place))
        if apart.within(pictures.bound(name)):
            return
        print(f"{name}: changed by {apart.mean:.2f} on average")
    else:
        print(f"{name}: new")
    pictures.save(drawn, place)


if __name__ == "__main__":
    main(sys.argv[1:])
