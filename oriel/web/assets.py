"""The page's files in; the same under names that tell their content, pointing at each other, out.

A name changes with its content and with whatever that content refers to, so a browser may keep
each file for ever.
"""

import gzip
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from posixpath import dirname, join, normpath, splitext

import rjsmin

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_HASH_DIGITS = 16

# `from "./a.js"`, `import "./a.js"`, `import("./a.js")` and `new URL("./a.js", import.meta.url)`.
_IN_SCRIPTS = re.compile(
    r"(?P<before>\b(?:from|import)\s*\(?\s*|\bnew URL\(\s*)"
    r"(?P<quote>[\"'])(?P<path>\.{1,2}/[^\"'\s]+)(?P=quote)"
)
_IN_STYLES = re.compile(
    r"(?P<before>\burl\(\s*|@import\s+)(?P<quote>[\"']?)(?P<path>[^\"'()\s:#]+)(?P=quote)"
)
# One that stands at the start of a line; what is within a text would have to look just so.
_STATIC_IMPORT = re.compile(
    r"^(?:import|export)\b[^;\"']*[\"'](?P<path>\.{1,2}/[^\"'\s]+)[\"']", re.MULTILINE
)
_DOCUMENTATION = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*$", re.MULTILINE | re.DOTALL)
_PATTERNS = {".js": _IN_SCRIPTS, ".css": _IN_STYLES}


@dataclass(frozen=True)
class Asset:
    """One file as it is sent: where, as what, and its bytes, which `tag` names."""

    url: str
    kind: str
    body: bytes
    tag: str

    @cached_property
    def packed(self) -> bytes | None:
        """The body as gzip, or None where that saves less than a tenth, as in fonts."""
        packed = _packed(self.body)
        return packed if len(packed) < 0.9 * len(self.body) else None


def build(files: Mapping[str, bytes]) -> dict[str, Asset]:
    """Assets by the names of their files; relative references among them lead to their URLs."""
    links = {name: set(_links(name, body, files)) for name, body in files.items()}
    tags = {name: _digest(sorted(closure(name, links)), files) for name in files}
    urls = {name: _url(name, tag) for name, tag in tags.items()}
    return {
        name: Asset(urls[name], kind(name), _pointed(name, body, urls), tags[name])
        for name, body in files.items()
    }


def single(name: str, body: bytes) -> Asset:
    """A file that refers to no other, such as one made at run time."""
    return build({name: body})[name]


def kind(name: str) -> str:
    """The content type of a file of this name."""
    return KINDS.get(splitext(name)[1], "application/octet-stream")


@lru_cache(maxsize=16)  # in a checkout, libraries stay while one's own files change
def minified(script: bytes) -> bytes:
    """A library's JavaScript without comments and needless blanks; its names stay.

    rjsmin takes some regular expressions for divisions, so this is for files of known versions.
    """
    small: str = rjsmin.jsmin(script.decode("utf-8"), keep_bang_comments=True)
    return small.encode()


def undocumented(script: bytes) -> bytes:
    """JavaScript without its `/** … */` blocks; each statement keeps the number of its line."""
    text = script.decode("utf-8")
    return _DOCUMENTATION.sub(lambda found: "\n" * found[0].count("\n"), text).encode()


def imports(files: Mapping[str, bytes]) -> dict[str, set[str]]:
    """For each script the scripts that it imports as it is loaded."""
    return {
        name: {
            _resolved(name, found["path"])
            for found in _STATIC_IMPORT.finditer(body.decode("utf-8"))
        }
        & files.keys()
        for name, body in files.items()
        if name.endswith(".js")
    }


def closure(name: str, links: Mapping[str, set[str]]) -> set[str]:
    """The name, and all that it leads to; they may lead back."""
    reached, waiting = {name}, [name]
    while waiting:
        new = links.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached


def redirected(text: str, pattern: re.Pattern[str], change: Callable[[str], str | None]) -> str:
    """The text with each `path` that the pattern finds changed; None leaves it as it is."""

    def replace(found: re.Match[str]) -> str:
        url = change(found["path"])
        if url is None:
            return found[0]
        return f"{found['before']}{found['quote']}{url}{found['quote']}"

    return pattern.sub(replace, text)


@lru_cache(maxsize=256)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def _links(name: str, body: bytes, files: Mapping[str, bytes]) -> Iterator[str]:
    pattern = _PATTERNS.get(splitext(name)[1])
    if pattern is not None:
        for found in pattern.finditer(body.decode("utf-8")):
            if (target := _resolved(name, found["path"])) in files:
                yield target


def _pointed(name: str, body: bytes, urls: Mapping[str, str]) -> bytes:
    pattern = _PATTERNS.get(splitext(name)[1])
    if pattern is None:
        return body
    text = body.decode("utf-8")
    return redirected(text, pattern, lambda path: urls.get(_resolved(name, path))).encode()


def _resolved(name: str, path: str) -> str:
    return normpath(join(dirname(name), path))


def _digest(names: list[str], files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name in names:
        whole.update(f"{name}\0{len(files[name])}\0".encode())
        whole.update(files[name])
    return whole.hexdigest()[:_HASH_DIGITS]


def _url(name: str, tag: str) -> str:
    stem, ending = splitext(name)
    return f"/assets/{stem}-{tag}{ending}"
