"""A handler, what it takes and what it answers, tied together: one route of the API."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, get_args, get_type_hints

from pydantic import BaseModel

from oriel.service.errors import Refused
from oriel.web.api.leads import Lead

NAMED = {"Content-Disposition": "The name to save it under."}
"""The header of an answer that is to become a file."""

Who = Literal["anybody", "user", "admin"]
Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Other:
    """An answer that is no JSON of the route's model: its media type, and when it comes."""

    meaning: str
    kind: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """One method of one path.

    `limit` is the rate of `service.limits` that it counts for, None for what everybody may always.
    `body`, `query` and `answer` are the models of the handler's parameters and result; `form` is
    what a multipart body holds; `headers` are those of the request that the handler heeds; `leads`
    says which routes a successful answer is of use to.
    """

    method: str
    path: str
    handler: Handler
    who: Who = "user"
    limit: str | None = "read"
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    optional_body: bool = False
    raw: str | None = None
    refuses: tuple[type[Refused], ...] = ()
    others: Mapping[int, Other] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    leads: Sequence[Lead] = ()

    @property
    def name(self) -> str:
        """What the handler is called: "submit"."""
        return self.handler.__name__

    @property
    def group(self) -> str:
        """What the handler's file is called: "jobs"."""
        return self.handler.__module__.rpartition(".")[2]

    @property
    def operation(self) -> str:
        """Its name among all routes: "jobs_submit"."""
        return f"{self.group}_{self.name}"

    @property
    def writes(self) -> bool:
        """Whether asking changes something."""
        return self.method not in ("GET", "HEAD")

    @property
    def words(self) -> tuple[str, str]:
        """The first sentence of the handler's docstring, and the rest of it."""
        first, _, rest = inspect.cleandoc(self.handler.__doc__ or "").partition("\n\n")
        return " ".join(first.split()), rest


def route(method: str, path: str, **about: Any) -> Callable[[Handler], Route]:
    """Tie a handler to a method and a path; `about` are fields of Route.

    Parameters of the handler that are called `body` and `query` give their models by their types;
    the model of its result is that of a successful answer.
    """

    def tied(handler: Handler) -> Route:
        types = get_type_hints(handler)
        for part, name in (("body", "body"), ("query", "query"), ("answer", "return")):
            model = _model(types.get(name))
            if model is not None:
                about.setdefault(part, model)
        about.setdefault("optional_body", type(None) in get_args(types.get("body")))
        if "limit" not in about and method != "GET":
            about["limit"] = "write"
        return Route(method, path, handler, **about)

    return tied


def _model(kind: object) -> type[BaseModel] | None:
    """The model of a type, or of one that may be None."""
    for one in (kind, *get_args(kind)):
        if inspect.isclass(one) and issubclass(one, BaseModel):
            return one
    return None


def routes(modules: Iterable[ModuleType]) -> Iterator[Route]:
    """The routes of these files, in their order."""
    for module in modules:
        yield from (value for value in vars(module).values() if isinstance(value, Route))
