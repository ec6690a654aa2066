"""What the docs say is so."""

import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import oriel
from oriel import effects, fields
from scripts import make_docs

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#)(?P<place>[^)#\s]+)")
OURS = re.compile(r"`(?P<place>(?:benchmarks|deploy|docs|scripts|tests)/[\w./-]*\.\w+)`")
EXAMPLE = re.compile(r"```glsl\n(?P<code>.+?)```", re.DOTALL)


@pytest.mark.parametrize("page", make_docs.PAGES)
def test_what_a_page_says_of_fields_and_effects_is_what_they_are(page: str) -> None:
    text = (make_docs.DOCS / page).read_text("utf-8")

    assert make_docs.filled(text) == text, "run: make docs"
    assert "<!-- end " in text


def test_a_page_that_is_out_of_date_is_found_out() -> None:
    text = (make_docs.DOCS / "looks.md").read_text("utf-8")

    assert make_docs.filled(text.replace("from 0.1 to 12", "from 0.1 to 13")) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_is_there(page: Path) -> None:
    text = page.read_text("utf-8")

    missing = [f["place"] for f in LINK.finditer(text) if not (page.parent / f["place"]).exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_ours_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")

    missing = [f["place"] for f in OURS.finditer(text) if not (ROOT / f["place"]).exists()]

    assert missing == []


@pytest.mark.parametrize("key", [f"fields/{key}" for key in fields.FIELDS])
def test_a_field_s_picture_shows_that_it_changes_something(key: str) -> None:
    assert_tiles_differ(key)


@pytest.mark.parametrize("name", [f"effects/{name}" for name in effects.names()])
def test_an_effect_s_picture_shows_what_it_does(name: str) -> None:
    assert_tiles_differ(name)


def assert_tiles_differ(name: str) -> None:
    with Image.open(make_docs.DOCS / "pictures" / f"{name}.webp") as image:
        whole = np.asarray(image.convert("RGB")).astype(int)
    width, height = make_docs.TILE
    tiles = [
        whole[top : top + height, left : left + width]
        for top in range(0, whole.shape[0], height)
        for left in range(0, whole.shape[1], width)
    ]
    assert len(tiles) >= 2
    for one, other in pairwise(tiles):
        assert one.shape == (height, width, 3)
        assert np.abs(one - other).max() > 30


def test_the_example_of_an_effect_works_as_it_stands(tmp_path: Path, demo_song: Path) -> None:
    found = EXAMPLE.search((make_docs.DOCS / "effects.md").read_text("utf-8"))
    assert found is not None
    package = tmp_path / "oriel"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(oriel.__file__).parent, package, ignore=ignored)
    (package / "shaders" / "effects" / "swirl.glsl").write_text(found["code"], "utf-8")

    draw(tmp_path, demo_song, "plain.png")
    draw(tmp_path, demo_song, "rest.png", "--set", "effects.swirl.amount=0")
    draw(tmp_path, demo_song, "swirl.png", "--set", "effects.swirl={}")

    plain, rest, swirled = (read(tmp_path / f"{name}.png") for name in ("plain", "rest", "swirl"))
    assert np.abs(plain - rest).mean() < 1, "at 0 it leaves the picture alone"
    assert np.abs(plain - swirled).mean() > 1


def draw(folder: Path, song: Path, name: str, *options: str) -> None:
    words = ["frame", str(song), "--at", "14", "--size", "320x180", "--out", name, *options]
    subprocess.run([sys.executable, "-m", "oriel", *words], cwd=folder, check=True)


def read(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(np.int64)
