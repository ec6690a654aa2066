"""Meshes as bytes: the very arrays of `oriel.shapes`, or a sentence."""

import numpy as np
import pytest
from asking import Answer, ask

from oriel import shapes
from oriel.web.api import table


def arrays(body: bytes) -> dict[str, np.ndarray]:
    """The four arrays of an answer, read as docs/studio.md tells."""
    n, k, m = map(int, np.frombuffer(body, "<u4", 3))
    words = np.frombuffer(body, "<u4", offset=12)
    ends = np.cumsum([3 * n, 3 * n, 2 * k, 3 * m])
    assert len(words) == ends[-1]
    positions, normals, edges, triangles = np.split(words, ends[:-1])
    return {
        "positions": positions.view("<f4").reshape(-1, 3),
        "normals": normals.view("<f4").reshape(-1, 3),
        "edges": edges.reshape(-1, 2),
        "triangles": triangles.reshape(-1, 3),
    }


def assert_is(answer: Answer, mesh: shapes.Mesh) -> None:
    assert answer.status == 200
    for name, array in arrays(answer.content).items():
        np.testing.assert_array_equal(array, getattr(mesh, name), strict=True)


@pytest.mark.parametrize("name", shapes.names())
def test_a_mesh_is_the_shape_s_own(studio: str, name: str) -> None:
    answer = ask(studio, f"/meshes/{name}?size=4")

    assert_is(answer, shapes.mesh(name, 4))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize(("size", "seed"), [("0.1", "0"), ("2.5", "7"), ("12", "2147483647")])
def test_size_and_seed_are_what_is_asked_for(studio: str, size: str, seed: str) -> None:
    answer = ask(studio, f"/meshes/randomPoly?size={size}&seed={seed}", {"Accept-Encoding": "gzip"})

    assert_is(answer, shapes.mesh("randomPoly", float(size), int(seed)))


def test_without_size_and_seed_they_are_the_look_s_defaults(studio: str) -> None:
    assert_is(ask(studio, "/meshes/spikySphere"), shapes.mesh("spikySphere", 4, 0))


def test_a_mesh_that_is_known_is_not_sent_again(studio: str) -> None:
    tag = ask(studio, "/meshes/torus").headers["etag"]

    assert ask(studio, "/meshes/torus", {"If-None-Match": tag}).status == 304
    assert ask(studio, "/meshes/torus?size=5", {"If-None-Match": tag}).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "size=0",
        "size=-1",
        "size=13",
        "size=nan",
        "size=inf",
        "size=large",
        "size=",
        "seed=-1",
        "seed=0.5",
        "seed=2147483648",
        "seed=1e400",
        "seed=x",
        "size=" + "9" * 5_000,
    ],
)
def test_a_size_or_seed_that_no_look_may_have_is_refused(studio: str, query: str) -> None:
    answer = ask(studio, f"/meshes/cube?{query}")

    key = query.partition("=")[0]
    assert answer.status == 400
    assert "400" in table.document("/")["paths"]["/meshes/{shape}"]["get"]["responses"]
    assert answer.json["error"]["code"] == "bad_request"
    assert answer.json["error"]["message"].startswith(f"{key} is ")
    assert "must be a" in answer.json["error"]["message"]
    assert len(answer.json["error"]["message"]) < 150


@pytest.mark.parametrize("name", ["blob", "Cube", "torus_knot", "_mesh", "%20"])
def test_a_shape_that_there_is_not_is_told_with_those_that_there_are(
    studio: str, name: str
) -> None:
    answer = ask(studio, f"/meshes/{name}")

    assert answer.status == 404
    assert "torusKnot" in answer.json["error"]["message"]
