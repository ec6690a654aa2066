"""Shapes by name: a name, a size and a seed go in, a `Mesh` comes out.

Each shape is one file of this folder with a function `build(size, seed) -> Mesh`; the file
`torus_knot.py` is the shape `torusKnot`. Files with a leading underscore are what shapes share.
"""

import math
import re
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from oriel.errors import BadLook
from oriel.shapes._mesh import Mesh

__all__ = ["Mesh", "mesh", "names"]


def names() -> list[str]:
    """The name of every shape, sorted: the files found here, `torus_knot.py` as `torusKnot`."""
    return sorted(_camel(found.name) for found in iter_modules(__path__) if found.name[0] != "_")


def mesh(name: str, size: float, seed: int = 0) -> Mesh:
    """The shape `name`, centred on the origin, `size` world units big; its arrays are read-only.

    `seed` matters to the random shapes alone; any integer will do, its low 32 bits count. The
    same arguments give the same arrays, which are kept: asking again costs nothing.

    Raises BadLook if no shape has this name or the size is not a positive number.
    """
    return _built(name, float(size), int(seed) & 0xFFFFFFFF)


@lru_cache(maxsize=64)
def _built(name: str, size: float, seed: int) -> Mesh:
    if name not in names():
        raise BadLook(f'There is no shape "{name}"; choose one of {", ".join(names())}.')
    if not (math.isfinite(size) and size > 0):
        raise BadLook(f"The size of a shape must be a positive number, not {size}.")
    built: Mesh = import_module(f"{__name__}.{_snake(name)}").build(size, seed)
    return built


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)
