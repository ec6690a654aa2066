"""A handler, its path and who may see it, tied together: one page, or one form of a page."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_type_hints

from aiohttp import web
from pydantic import BaseModel

from oriel.web.api.route import Who
from oriel.web.pages.shown import Shown

Answer = Shown | web.StreamResponse
Handler = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True)
class Page:
    """One method of one path.

    `form` is the model of the handler's parameter of that name. `again` is the page on which a
    form stands: where the form is refused, that is shown again, with what was typed and what was
    wrong.
    """

    method: str
    path: str
    handler: Handler
    who: Who = "user"
    limit: str = "read"
    form: type[BaseModel] | None = None
    again: "Page | None" = None

    @property
    def name(self) -> str:
        """What the handler is called; templates tell a page's forms apart by it."""
        return self.handler.__name__


def page(method: str, path: str, **about: Any) -> Callable[[Handler], Page]:
    """Tie a handler, which takes a Call, to a method and a path; `about` are fields of Page."""

    def tied(handler: Handler) -> Page:
        about.setdefault("form", get_type_hints(handler).get("form"))
        if method != "GET":
            about.setdefault("limit", "write")
        return Page(method, path, handler, **about)

    return tied


def pages(modules: Iterable[ModuleType]) -> Iterator[Page]:
    """The pages of these files, in their order."""
    for module in modules:
        yield from (value for value in vars(module).values() if isinstance(value, Page))
