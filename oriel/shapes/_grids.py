"""Surfaces that are bent sheets of squares: plane, box, ring, sphere, torus, knot and cylinder.

Vertices, triangles and their order are those of the Three.js class named in each docstring.
"""

import numpy as np

from oriel.shapes._mesh import Floats, Indices, Surface
from oriel.shapes._normals import unit

TURN = 2 * np.pi


def plane(width: float, height: float, columns: int, rows: int) -> Surface:
    """`PlaneGeometry`: a rectangle across z = 0, cut into columns × rows squares."""
    y, x = np.meshgrid(_steps(height, rows), _steps(width, columns), indexing="ij")
    positions = _points(x, -y, np.zeros_like(x))
    return Surface(positions, _all(positions, (0, 0, 1)), _sheet(rows, columns))


def box(size: float, cuts: int) -> Surface:
    """`BoxGeometry`: a cube, each side cut into cuts × cuts squares with vertices of its own."""
    v, u = np.meshgrid(_steps(size, cuts), _steps(size, cuts), indexing="ij")
    half = np.full_like(u, size / 2)
    sides = [
        (_points(half, -v, -u), (1, 0, 0)),
        (_points(-half, -v, u), (-1, 0, 0)),
        (_points(u, half, v), (0, 1, 0)),
        (_points(u, -half, -v), (0, -1, 0)),
        (_points(u, -v, half), (0, 0, 1)),
        (_points(-u, -v, -half), (0, 0, -1)),
    ]
    return _joined(
        [Surface(at, _all(at, facing), _sheet(cuts, cuts)) for at, facing in sides],
    )


def ring(inner: float, outer: float, segments: int) -> Surface:
    """`RingGeometry`: a flat ring across z = 0, one row of squares."""
    radius, angle = np.meshgrid([inner, outer], _angles(segments), indexing="ij")
    positions = _points(radius * np.cos(angle), radius * np.sin(angle), np.zeros_like(angle))
    return Surface(positions, _all(positions, (0, 0, 1)), _sheet(1, segments))


def sphere(radius: float, columns: int, rows: int) -> Surface:
    """`SphereGeometry`: poles on the y axis; a single triangle, not a square, touches a pole."""
    theta, phi = np.meshgrid(np.arange(rows + 1) / rows * np.pi, _angles(columns), indexing="ij")
    y = radius * np.cos(theta)
    across = np.sqrt(radius * radius - y * y)
    positions = _points(-across * np.cos(phi), y, across * np.sin(phi))
    index = _index(rows, columns)
    squares = _halves(index[:-1, 1:], index[:-1, :-1], index[1:, :-1], index[1:, 1:])
    kept = np.ones(squares.shape[:3], dtype=bool)
    kept[0, :, 0] = False
    kept[-1, :, 1] = False
    return Surface(positions, unit(positions), squares[kept])


def torus(radius: float, tube: float, around_tube: int, around: int) -> Surface:
    """`TorusGeometry`: a ring about the z axis, the tube's centre `radius` from it."""
    v, u = np.meshgrid(_angles(around_tube), _angles(around), indexing="ij")
    outwards = _points(np.cos(v) * np.cos(u), np.cos(v) * np.sin(u), np.sin(v))
    centre = radius * _points(np.cos(u), np.sin(u), np.zeros_like(u))
    index = _index(around_tube, around)
    squares = _halves(index[1:, :-1], index[:-1, :-1], index[:-1, 1:], index[1:, 1:])
    return Surface(centre + tube * outwards, outwards, squares.reshape(-1, 3))


def torus_knot(radius: float, tube: float, along: int, around_tube: int) -> Surface:
    """`TorusKnotGeometry`: the (2, 3) knot, which winds twice about z and thrice about its ring."""
    u = np.arange(along + 1) / along * 2 * TURN
    here, ahead = _knot(u, radius), _knot(u + 0.01, radius)
    tangent, middle = ahead - here, ahead + here
    binormal = np.cross(tangent, middle)
    normal = unit(np.cross(binormal, tangent))
    binormal = unit(binormal)
    v = _angles(around_tube)[:, None]
    outwards = -np.cos(v) * normal[:, None] + np.sin(v) * binormal[:, None]
    positions = here[:, None] + tube * outwards
    return Surface(positions.reshape(-1, 3), outwards.reshape(-1, 3), _sheet(along, around_tube))


def cylinder(top: float, bottom: float, height: float, segments: int) -> Surface:
    """`CylinderGeometry`, and with top = 0 `ConeGeometry`: about the y axis, closed by caps."""
    parts = [_wall(top, bottom, height, segments)]
    if top > 0:
        parts.append(_cap(top, height / 2, segments, 1))
    if bottom > 0:
        parts.append(_cap(bottom, height / 2, segments, -1))
    return _joined(parts)


def _wall(top: float, bottom: float, height: float, segments: int) -> Surface:
    angle = np.tile(_angles(segments), 2)
    radius = np.repeat([top, bottom], segments + 1)
    y = np.repeat([height / 2, -height / 2], segments + 1)
    slope = np.full_like(angle, (bottom - top) / height)
    squares = _sheet(1, segments)
    return Surface(
        _points(radius * np.sin(angle), y, radius * np.cos(angle)),
        unit(_points(np.sin(angle), slope, np.cos(angle))),
        squares if top > 0 else squares[1::2],
    )


def _cap(radius: float, half_height: float, segments: int, sign: int) -> Surface:
    """A disc; as in Three.js each triangle has a centre vertex of its own."""
    angle = _angles(segments)
    y = np.full(segments, half_height * sign)
    centres = _points(np.zeros(segments), y, np.zeros(segments))
    rim = _points(radius * np.sin(angle), np.append(y, y[0]), radius * np.cos(angle))
    positions = np.concatenate([centres, rim])
    centre = np.arange(segments)
    here, after = centre + segments, centre + segments + 1
    around = [here, after] if sign > 0 else [after, here]
    return Surface(positions, _all(positions, (0, sign, 0)), np.stack([*around, centre], axis=1))


def _knot(u: Floats, radius: float) -> Floats:
    """Points (n, 3) of the (2, 3) torus knot at the angles u."""
    across = radius * (2 + np.cos(1.5 * u)) * 0.5
    return _points(across * np.cos(u), across * np.sin(u), radius * np.sin(1.5 * u) * 0.5)


def _steps(length: float, count: int) -> Floats:
    return np.arange(count + 1, dtype=np.float64) * (length / count) - length / 2


def _angles(count: int) -> Floats:
    return np.arange(count + 1, dtype=np.float64) / count * TURN


def _points(x: Floats, y: Floats, z: Floats) -> Floats:
    return np.stack([x, y, z], axis=-1).reshape(-1, 3)


def _all(positions: Floats, vector: tuple[float, float, float]) -> Floats:
    return np.tile(np.array(vector, dtype=np.float64), (len(positions), 1))


def _index(rows: int, columns: int) -> Indices:
    return np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)


def _halves(a: Indices, b: Indices, c: Indices, d: Indices) -> Indices:
    """Squares with corners a, b, c, d as pairs of triangles: (rows, columns, 2, 3)."""
    return np.stack([a, b, d, b, c, d], axis=-1).reshape(*a.shape, 2, 3)


def _sheet(rows: int, columns: int) -> Indices:
    """Triangles (rows × columns × 2, 3) of a sheet whose vertices are numbered row by row."""
    index = _index(rows, columns)
    squares = _halves(index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:])
    return squares.reshape(-1, 3)


def _joined(parts: list[Surface]) -> Surface:
    """The parts as one surface, vertices and triangles in the parts' order."""
    starts = np.cumsum([0] + [len(part.positions) for part in parts])
    return Surface(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate(
            [part.triangles + start for part, start in zip(parts, starts, strict=False)]
        ),
    )
