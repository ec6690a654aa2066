"""The studio in a browser, and as its files change on disk."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import playing
import pytest

from oriel.web import places
from oriel.web.studio import Studio, build

NAMED = re.compile(
    r"(?:\bsrc=|\bhref=|\bfrom\s*|\bimport\s*\(?|\burl\()[\"']?(\.\.?/[^\"')\s]+|/assets/[^\"')\s]+)"
)


@pytest.fixture
def checkout(tmp_path: Path) -> places.Places:
    """A copy of the page's folder, to be edited."""
    here = places.find()
    shutil.copytree(here.web, tmp_path / "web")
    return replace(here, web=tmp_path / "web")


def test_the_page_opens_without_a_complaint(page: Any, studio: str) -> None:
    page.goto(studio, wait_until="networkidle")

    assert page.title()
    playing.until(page, "document.fonts.check('1em \"Instrument Sans\"')")


def test_every_file_that_the_page_names_is_there(checkout: places.Places) -> None:
    site = build(checkout)

    lost = [
        (asset.url, word)
        for asset in (site.page.asset, *site.assets.values())
        if asset.kind.startswith("text/")
        for word in NAMED.findall(asset.body.decode())
        if word not in site.assets
    ]
    assert lost == []


def test_what_the_first_paint_waits_for_is_asked_for_first(checkout: places.Places) -> None:
    text = build(checkout).page.asset.body.decode()

    preloads = re.findall(
        r'rel="modulepreload" href="/assets/visualizer/(.+?)-[0-9a-f]{16}\.js"', text
    )
    first = preloads.index("main")
    assert "first" in preloads[:first]
    assert {"three.module", "three.core"} <= set(preloads[first:])
    assert len(preloads) == len(set(preloads))


def test_a_file_that_is_saved_is_served_at_the_next_reload(checkout: places.Places) -> None:
    studio = Studio(checkout)
    before = studio.now()
    assert studio.now() is before

    script = checkout.page / "main.js"
    script.write_text(script.read_text("utf-8") + "// saved\n", "utf-8")
    after = studio.now()

    new = after.assets.keys() - before.assets.keys()
    assert len(new) == 1
    assert after.assets[new.pop()].body.endswith(b"// saved\n")
    assert after.page.asset.tag != before.page.asset.tag


def test_a_mistake_in_the_page_is_mended_by_the_next_save(checkout: places.Places) -> None:
    studio = Studio(checkout)
    template = checkout.page / "index.html"
    right = template.read_text("utf-8")
    template.write_text(right + "{% nonsense", "utf-8")
    with pytest.raises(Exception, match="nonsense"):
        studio.now()

    template.write_text(right, "utf-8")

    assert studio.now().page.asset.body


def test_an_installed_studio_looks_at_its_files_once(checkout: places.Places) -> None:
    studio = Studio(replace(checkout, live=False))
    before = studio.now()

    (checkout.page / "main.js").write_text("// changed", "utf-8")

    assert studio.now() is before
