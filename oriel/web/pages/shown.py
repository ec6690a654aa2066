"""What a page's handler answers: a template with its words, or the way to another page."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True)
class Shown:
    """A template of oriel/web/templates/, and what it is filled with."""

    template: str
    words: Mapping[str, object]
    status: int = 200


def show(template: str, *, status: int = 200, **words: object) -> Shown:
    """Show this template."""
    return Shown(template, words, status)


def go(path: str) -> web.Response:
    """Send a browser to another page of ours; one that came with a form does not send it again."""
    return web.Response(status=303, headers={"Location": path})
