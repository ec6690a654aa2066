"""index.html as a template and the assets in; the page as it is sent, and its policy, out."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from posixpath import join, normpath

import jinja2
from markupsafe import Markup

from oriel import __version__
from oriel.web.assets import KINDS, Asset, redirected
from oriel.web.places import MODULES

_IN_PAGES = re.compile(
    r"(?P<before>\b(?:src|href)=)(?P<quote>[\"'])(?P<path>\.{1,2}/[^\"'\s#?]+)(?P=quote)"
)
_FOLDER = "visualizer"  # where the page lies
_INLINE_SCRIPT = re.compile(r"<script(?P<about>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """The page as an asset, and the scripts written in it as a policy names them: 'sha256-…'."""

    asset: Asset
    scripts: tuple[str, ...]


@dataclass(frozen=True)
class _Words:
    """What the template may ask for."""

    files: Mapping[str, Asset]
    catalog_url: str
    preloads: list[str]
    service: bool
    version: str = __version__

    @cached_property
    def import_map(self) -> Markup:
        """The import map's JSON, for <script type="importmap">."""
        places = {name: self.files[file].url for name, file in MODULES.items()}
        text = json.dumps({"imports": places}).replace("<", "\\u003c")
        return Markup(text)  # nosec B704 # JSON of ours, escaped

    def asset(self, name: str) -> str:
        """The URL of one of the page's files; one that leads nowhere where there is no such file."""
        return self.files[name].url if name in self.files else f"/assets/{name}"


def render(
    template: str,
    files: Mapping[str, Asset],
    catalog: Asset,
    preloads: list[str],
    service: bool = False,
) -> Page:
    """The page with its `src="./…"` and `href="../…"` leading to assets, and these filled in:

    `import_map`, `catalog_url`, `preloads` (URLs of the scripts that main.js imports), `version`,
    `service` (whether the API is beside it) and `asset(name)`, the URL of a file.
    """
    words = _Words(files, catalog.url, preloads, service)
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(template).render(_offered(words))
    body = redirected(text, _IN_PAGES, lambda path: words.asset(_named(path))).encode()
    tag = hashlib.sha256(body).hexdigest()[:16]
    return Page(Asset("/", KINDS[".html"], body, tag), _hashes(body.decode()))


def _named(path: str) -> str:
    """What the page's `./main.js` is called among the assets."""
    return normpath(join(_FOLDER, path))


def _offered(words: _Words) -> dict[str, object]:
    names = ("import_map", "catalog_url", "preloads", "service", "version", "asset")
    return {name: getattr(words, name) for name in names}


def _hashes(text: str) -> tuple[str, ...]:
    """What the policy must name for the page's inline import map; there are no other scripts."""
    return tuple(
        f"'sha256-{base64.b64encode(hashlib.sha256(found['text'].encode()).digest()).decode()}'"
        for found in _INLINE_SCRIPT.finditer(text)
        if 'type="importmap"' in found["about"]
    )
