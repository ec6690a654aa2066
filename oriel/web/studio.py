"""The studio as it is served now: built once, and in a checkout anew when a file was changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path

from oriel import glsl
from oriel.watch import Watch
from oriel.web import assets, page
from oriel.web.assets import Asset
from oriel.web.catalog import catalog, forget
from oriel.web.page import Page
from oriel.web.places import LIBRARIES, Places


@dataclass(frozen=True)
class Site:
    """The page; each asset by its URL, and by the URL without the hash that its content gives."""

    page: Page
    assets: Mapping[str, Asset]
    plain: Mapping[str, Asset]


class Studio:
    """What is served; `now()` is asked at each request and costs a millisecond in a checkout."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._watch = Watch(_watched(places))
        self._site: Site | None = None

    def now(self) -> Site:
        """The site as its files are now."""
        if self._places.live and self._watch.changed():
            self._site = None
        if self._site is None:
            forget()
            self._site = build(self._places)
        return self._site


def build(places: Places) -> Site:
    """Read, rewrite and name every file of the page."""
    files = {name: _read(name, path) for name, path in places.sources().items()}
    named = assets.build(files)
    known = assets.single("catalog.json", json.dumps(catalog(), separators=(",", ":")).encode())
    template = (places.page / "index.html").read_text("utf-8")
    needed = assets.closure("main.js", assets.imports(files)) & files.keys()
    preloads = sorted(named[name].url for name in {*needed, "three.module.js", "three.core.js"})
    return Site(
        page=page.render(template, named, known, preloads),
        assets={asset.url: asset for asset in (*named.values(), known)},
        plain={f"/assets/{name}": asset for name, asset in named.items()},
    )


def _read(name: str, path: Path) -> bytes:
    """A file as it is sent: comments, which are half of three.js and a quarter of ours, stay here."""
    body = path.read_bytes()
    if not name.endswith(".js"):
        return body
    return assets.minified(body) if name in LIBRARIES else assets.undocumented(body)


def _watched(places: Places) -> list[Path]:
    libraries = [places.packages / place for place in LIBRARIES.values()]
    return [places.page, glsl.folder(), Path(str(package_files("oriel") / "looks")), *libraries]
