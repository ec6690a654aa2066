"""A shape's name, size and seed in; its mesh as bytes that a browser reads in place, out."""

import hashlib
import math
from functools import lru_cache

import numpy as np

from oriel import shapes
from oriel.fields import FIELDS
from oriel.web import errors
from oriel.web.assets import Asset


def asset(shape: str, size: str, seed: str) -> Asset:
    """The mesh; raises HTTPNotFound and HTTPBadRequest with a sentence.

    Little-endian: uint32 numbers of vertices n, edges k and triangles m; float32 positions (n, 3)
    and normals (n, 3); uint32 edges (k, 2) and triangles (m, 3).
    """
    if shape not in shapes.names():
        known = ", ".join(shapes.names())
        raise errors.not_found(f'There is no shape "{shape[:60]}"; choose one of {known}.')
    return _encoded(shape, _number("size", size), int(_number("seed", seed)))


@lru_cache(maxsize=64)
def _encoded(shape: str, size: float, seed: int) -> Asset:
    mesh = shapes.mesh(shape, size, seed)
    counts = [len(mesh.positions), len(mesh.edges), len(mesh.triangles)]
    body = b"".join(
        [
            np.array(counts, "<u4").tobytes(),
            mesh.positions.astype("<f4").tobytes(),
            mesh.normals.astype("<f4").tobytes(),
            mesh.edges.astype("<u4").tobytes(),
            mesh.triangles.astype("<u4").tobytes(),
        ]
    )
    tag = hashlib.sha256(body).hexdigest()[:16]
    return Asset(f"/meshes/{shape}", "application/octet-stream", body, tag)


def _number(key: str, text: str) -> float:
    """A number that the look's field of this name accepts; raises HTTPBadRequest."""
    field = FIELDS[key]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not field.accepts(number):
        raise errors.bad_request(f"{key} is {text[:60]!r} but must be {field.allowed}.")
    return number
