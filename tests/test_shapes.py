"""The shapes, held against Three.js itself, which Node runs (`tests/three/shapes.mjs`)."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from oriel import shapes
from oriel.errors import BadLook

ROOT = Path(__file__).parent.parent
SEED = 7
SIZES = (1.0, 4.0, 7.3)
TWENTY = [
    "cube",
    "sphere",
    "icosahedron",
    "torus",
    "dodecahedron",
    "torusKnot",
    "cone",
    "cylinder",
    "octahedron",
    "tetrahedron",
    "ring",
    "plane",
    "spikySphere",
    "torusLarge",
    "conePointy",
    "crystalTall",
    "twistedBox",
    "wavyPlane",
    "polyStar",
    "randomPoly",
]
FLAT = ("ring", "plane", "wavyPlane", "polyStar")
CLOSED = [name for name in TWENTY if name not in FLAT]


@pytest.fixture(scope="module")
def three() -> dict[str, list[dict[str, Any]]]:
    """What Three.js makes of each shape, at each of SIZES."""
    if shutil.which("node") is None:
        pytest.skip("no Node.js to run Three.js with: apt-get install nodejs npm")
    if not (ROOT / "node_modules" / "three").is_dir():
        pytest.skip("Three.js is not installed: npm ci")
    script = ["node", "tests/three/shapes.mjs", str(SEED), *map(str, SIZES)]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    dumped: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return dumped


@pytest.fixture(params=TWENTY)
def pairs(request: Any, three: Any) -> list[tuple[shapes.Mesh, dict[str, Any]]]:
    """One shape at each size: ours beside Three.js' own."""
    return [(shapes.mesh(request.param, at["size"], SEED), at) for at in three[request.param]]


def test_there_are_the_twenty_shapes_of_the_original():
    assert set(TWENTY) <= set(shapes.names())
    assert shapes.names() == sorted(shapes.names())


def test_vertices_lie_where_three_js_has_them_and_in_its_order(pairs):
    for ours, three in pairs:
        theirs = _vectors(three["positions"])

        assert ours.positions.shape == theirs.shape
        np.testing.assert_allclose(ours.positions, theirs, rtol=0, atol=1e-5 * three["size"])


def test_triangles_are_those_of_three_js(pairs):
    for ours, three in pairs:
        theirs = np.array(three["triangles"]).reshape(-1, 3)

        np.testing.assert_array_equal(ours.triangles, theirs)


def test_edges_are_those_that_three_js_draws_as_wireframe(pairs):
    for ours, three in pairs:
        theirs = _vectors(three["positions"])
        wireframe = _vectors(three["wireframe"]).reshape(-1, 2, 3)

        drawn = _edges(ours.positions[ours.edges], theirs, three["size"])
        expected = _edges(wireframe, theirs, three["size"])

        assert set(drawn) == set(expected)
        assert len(drawn) == len(set(drawn)), "an edge is listed twice"


def test_normals_are_those_of_three_js(pairs):
    for ours, three in pairs:
        theirs = _vectors(three["normals"])

        np.testing.assert_allclose(ours.normals, theirs, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", TWENTY)
def test_arrays_have_the_promised_types_and_cannot_be_written(name):
    mesh = shapes.mesh(name, 4)

    types = {field: str(array.dtype) for field, array in vars(mesh).items()}
    assert types == {
        "positions": "float32",
        "normals": "float32",
        "triangles": "uint32",
        "edges": "uint32",
    }
    for array in vars(mesh).values():
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("name", TWENTY)
def test_every_normal_is_of_unit_length(name):
    lengths = np.linalg.norm(shapes.mesh(name, 4).normals, axis=1)

    np.testing.assert_allclose(lengths, 1, atol=1e-6)


@pytest.mark.parametrize("name", CLOSED)
def test_a_solid_is_closed_so_each_edge_has_two_triangles(name):
    mesh = shapes.mesh(name, 4)

    assert len(mesh.edges) * 2 == len(mesh.triangles) * 3


@pytest.mark.parametrize("name", CLOSED)
def test_a_solid_is_not_inside_out(name):
    mesh = shapes.mesh(name, 4)

    a, b, c = (mesh.positions[corner].astype(float) for corner in mesh.triangles.T)
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
    along = np.einsum("ij,ij->i", np.cross(b - a, c - a), mesh.normals[mesh.triangles[:, 0]])

    assert volume > 0
    assert (along > 0).all()


@pytest.mark.parametrize("name", TWENTY)
def test_edges_name_each_corner_by_one_vertex(name):
    mesh = shapes.mesh(name, 4)

    corners = mesh.positions[np.unique(mesh.edges)]

    distance, _ = cKDTree(corners).query(corners, k=2)
    assert distance[:, 1].min() > 1e-3
    assert cKDTree(corners).query(mesh.positions)[0].max() < 1e-5


@pytest.mark.parametrize("name", ["spikySphere", "randomPoly"])
def test_a_random_shape_depends_on_its_seed_alone(name):
    shapes._built.cache_clear()
    first = shapes.mesh(name, 4, seed=1).positions
    shapes._built.cache_clear()

    assert np.array_equal(shapes.mesh(name, 4, seed=1).positions, first)
    assert not np.array_equal(shapes.mesh(name, 4, seed=2).positions, first)


@pytest.mark.parametrize("name", ["spikySphere", "randomPoly"])
def test_a_random_shape_keeps_each_corner_between_four_and_six_fifths(name):
    distance = np.linalg.norm(shapes.mesh(name, 4).positions, axis=1) / 2

    assert distance.min() >= 0.8 - 1e-6
    assert distance.max() <= 1.2 + 1e-6
    assert np.ptp(distance) > 0.35


@pytest.mark.parametrize("seed", [-1, 2**32, 2**80 + 3])
def test_any_integer_is_a_seed(seed):
    ours = shapes.mesh("randomPoly", 4, seed)

    assert np.array_equal(ours.positions, shapes.mesh("randomPoly", 4, seed % 2**32).positions)


def test_a_mesh_is_made_once():
    assert shapes.mesh("torusKnot", 4) is shapes.mesh("torusKnot", 4.0, seed=0)


def test_an_unknown_shape_is_refused_with_the_names_there_are():
    with pytest.raises(BadLook, match=r'no shape "cub".*cube.*wavyPlane'):
        shapes.mesh("cub", 4)


@pytest.mark.parametrize("name", ["", "_mesh", "torus_knot", "../cube", "Cube", "cube.x"])
def test_only_names_are_names(name):
    with pytest.raises(BadLook, match="no shape"):
        shapes.mesh(name, 4)


@pytest.mark.parametrize("size", [0, -1, float("nan"), float("inf")])
def test_a_size_must_be_positive(size):
    with pytest.raises(BadLook, match="positive number"):
        shapes.mesh("cube", size)


def test_adding_a_file_adds_a_shape(tmp_path, monkeypatch):
    (tmp_path / "big_cube.py").write_text(
        "from oriel.shapes.cube import build as cube\n\n\n"
        "def build(size, seed):\n    return cube(2 * size, seed)\n"
    )
    monkeypatch.setattr(shapes, "__path__", [*shapes.__path__, str(tmp_path)])

    added = shapes.mesh("bigCube", 2)

    assert "bigCube" in shapes.names()
    assert np.array_equal(added.positions, shapes.mesh("cube", 4).positions)


def test_the_shape_in_the_docs_works(tmp_path, monkeypatch):
    example = (ROOT / "docs" / "shapes.md").read_text().split("```python\n")[1].split("```")[0]
    (tmp_path / "low_globe.py").write_text(example)
    monkeypatch.setattr(shapes, "__path__", [*shapes.__path__, str(tmp_path)])

    globe = shapes.mesh("lowGlobe", 2)

    assert np.ptp(globe.positions[:, 0]) == pytest.approx(2, rel=0.05)
    assert np.ptp(globe.positions[:, 1]) == pytest.approx(1.4, rel=0.05)


def test_the_docs_name_every_shape():
    text = (ROOT / "docs" / "shapes.md").read_text()

    assert [name for name in shapes.names() if f"| `{name}` |" not in text] == []


def _vectors(numbers: list[float]) -> NDArray[np.float64]:
    return np.array(numbers).reshape(-1, 3)


def _edges(ends: NDArray[Any], reference: NDArray[np.float64], size: float) -> list[Any]:
    """Edges (k, 2, 3) as sorted pairs of corners: the first vertex of `reference` at that place."""
    found = cKDTree(reference).query_ball_point(ends.reshape(-1, 3), 1e-4 * size)
    corners = np.array([min(vertices) for vertices in found]).reshape(-1, 2)
    return [tuple(edge) for edge in np.sort(corners, axis=1).tolist()]
