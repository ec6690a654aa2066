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

_STARTS = ("visualizer/first.js", "visualizer/main.js")  # what index.html names, in its order


@dataclass(frozen=True)
class Site:
    """The page, each asset by its URL, and the URLs by the names of their files."""

    page: Page
    assets: Mapping[str, Asset]
    urls: Mapping[str, str]


class Studio:
    """What is served."""

    def __init__(self, places: Places, service: bool = False) -> None:
        self._places = places
        self._service = service
        self._watch = Watch(_watched(places))
        self._site: Site | None = None

    def asset(self, url: str) -> Asset | None:
        """What is at a URL that tells its content: nothing needs to be looked at anew for it."""
        return (self._site or self.now()).assets.get(url)

    def now(self) -> Site:
        """The site as its files are now; in a checkout, to look costs some milliseconds."""
        if self._places.live and self._watch.changed():
            self._site = None
        if self._site is None:
            forget()
            self._site = build(self._places, self._service)
        return self._site


def build(places: Places, service: bool = False) -> Site:
    """Read, rewrite and name every file of the page; `service`: whether it has the API beside it."""
    files = {name: _read(name, path) for name, path in places.sources().items()}
    named = assets.build(files)
    known = assets.single("catalog.json", json.dumps(catalog(), separators=(",", ":")).encode())
    template = (places.page / "index.html").read_text("utf-8")
    preloads = [named[name].url for name in _in_order_of_need(files)]
    return Site(
        page=page.render(template, named, known, preloads, service),
        assets={asset.url: asset for asset in (*named.values(), known)},
        urls={name: asset.url for name, asset in named.items()},
    )


def _in_order_of_need(files: Mapping[str, bytes]) -> list[str]:
    """The scripts that the page starts with: first those that its first paint waits for."""
    links = assets.imports(files)
    ordered: dict[str, None] = {}
    for start in _STARTS:
        ordered.update(dict.fromkeys(sorted(assets.closure(start, links) & files.keys())))
    return [*ordered, *(file for file in LIBRARIES if _is_script_of_the_page(file))]


def _is_script_of_the_page(name: str) -> bool:
    return name.startswith("visualizer/") and name.endswith(".js")


def _read(name: str, path: Path) -> bytes:
    """A file as it is sent: comments, which are half of three.js and a quarter of ours, stay here."""
    body = path.read_bytes()
    if not name.endswith(".js"):
        return body
    return assets.minified(body) if name in LIBRARIES else assets.undocumented(body)


def _watched(places: Places) -> list[Path]:
    libraries = [places.packages / place for place in LIBRARIES.values()]
    return [places.web, glsl.folder(), Path(str(package_files("oriel") / "looks")), *libraries]
