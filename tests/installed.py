"""What is installed in a place, and those of it that one extra of Oriel's brings, in another."""

import os
import shutil
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def names(place: Path) -> set[str]:
    """The packages that Python finds in a place."""
    return {canonicalize_name(one.name) for one in distributions(path=[str(place)])}


def narrowed(places: Sequence[Path], extra: str, folder: Path) -> Path:
    """A folder with Oriel, and of the packages in some places those that one extra brings.

    What is in several places is taken from the first, and what the folder has already stays.
    """
    found = list(distributions(path=list(map(str, places))))
    there = {canonicalize_name(one.name): one for one in reversed(found)}
    wanted: set[str] = set()
    asked = [("oriel", extra)]
    while asked:
        name, of = asked.pop()
        wanted.add(name)
        for line in there[name].requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": of}):
                other = canonicalize_name(needed.name)
                more = [(other, one) for one in ("", *needed.extras)]
                asked += [one for one in more if one[0] not in wanted or one[1]]
    for name in wanted:
        for file in there[name].files or ():
            source, target = Path(str(there[name].locate_file(file))), folder / file
            if source.exists() and ".." not in file.parts and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(source, target)
    return folder


def _link(source: Path, target: Path) -> None:
    """The same file, of the same time: what Python compiled of it stays good."""
    try:
        os.link(source, target)
    except OSError:  # it is on another disk
        shutil.copy2(source, target)
