"""Requests by chance, as the document says and otherwise, go to every route, on each database.

What the tests send a few of, each time the same, goes here by the thousand, and others in each run:
none may bring a fault of ours, or an answer or a code that the document does not have.
"""

import random
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import apis
import hypothesis
import postgres
import schemathesis
from apis import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from loops import Loop, once
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.table import NONE, Row
from oriel.service import schema
from oriel.web import app
from oriel.web.api import openapi, table
from oriel.web.api.route import Route

SHORT, LONG = 5, 50  # rounds
# In a round, of each kind for each of some eighty operations. To most of them nobody is a stranger,
# and who is no administrator a stranger to many.
EXAMPLES = {"an administrator": 8, "somebody": 3, "nobody": 1}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
ROUTES = tuple(chain.from_iterable(table.sections().values()))
_ERRORS = {"$ref": "#/components/schemas/Error"}
_LONGEST = 2_000  # letters of what is told of a request that brought what it may not


def code_conformance(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """An error's code is among those that the document has for the route and the status."""
    told = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    content = told.get("content", {}).get("application/json", {})
    if content.get("schema") == _ERRORS:
        code = response.json()["error"]["code"]
        if f"`{code}`" not in told["description"]:
            raise AssertionError(f"{response.status_code} {code} is not documented")
    return None


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    code_conformance,
]


@dataclass
class Found:
    """How many requests were sent, how they were answered, and which brought what they may not."""

    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def rows(
    rounds: int = SHORT, seed: int | None = None, group: str | None = None
) -> tuple[list[Row], dict[str, Any]]:
    """What became of so many rounds of requests; of one group of routes alone, where it is named."""
    chosen = random.SystemRandom().randrange(2**32) if seed is None else seed
    found, seconds = {}, {}
    for name, opened in _DATABASES.items():
        began = time.monotonic()
        with (
            tempfile.TemporaryDirectory(prefix="oriel-http-") as folder,
            opened(Path(folder)) as url,
            _served(url, Path(folder)) as (site, loop),
        ):
            found[name] = measure(site, loop, rounds, chosen, group)
        seconds[name] = time.monotonic() - began
    found_on_each = [
        Row(
            f"requests by chance that brought a fault or an undocumented answer, on {name}",
            len(one.wrong),
            "",
            NONE,
            f"{one.answers.total():,} requests, seed {chosen}; {seconds[name]:.0f} s",
        )
        for name, one in found.items()
    ]
    return found_on_each, {
        "seed": chosen,
        "found": {name: vars(one) for name, one in found.items()},
    }


def measure(site: Client, loop: Loop, rounds: int, seed: int, group: str | None = None) -> Found:
    """Send so many rounds to a server."""
    found = Found()
    described = schemathesis.openapi.from_dict(table.document(site.url))
    chance = random.Random(seed)
    for _ in range(rounds):
        for route in ROUTES:
            if group in (None, route.group):
                for who, client in callers(site, loop).items():
                    for mode in MODES:
                        _send(described, route, mode, client, who, chance.getrandbits(32), found)
    return found


def _send(
    described: schemathesis.BaseSchema,
    route: Route,
    mode: GenerationMode,
    client: Client,
    who: str,
    seed: int,
    found: Found,
) -> None:
    try:
        send(described, route, mode, client, EXAMPLES[who], seed, found.answers)
    except (Exception, BaseExceptionGroup) as wrong:  # whatever it is, the others are sent too
        about = f"{route.method} {route.path}, {mode.value}, by {who}, seed {seed}"
        found.wrong.append(f"{about}: {told(wrong)}"[:_LONGEST])


def told(wrong: BaseException) -> str:
    """What is wrong, of each in a group."""
    if isinstance(wrong, BaseExceptionGroup):
        return "; ".join(told(one) for one in wrong.exceptions)
    return f"{type(wrong).__name__}: {wrong}"


def callers(site: Client, loop: Loop) -> dict[str, Client]:
    """Each kind of whom there are, anew: what one asks may end their account."""
    return {
        "an administrator": loop.run(apis.administrator(site)),
        "somebody": loop.run(site.registered()),
        "nobody": site,
    }


def send(
    described: schemathesis.BaseSchema,
    route: Route,
    mode: GenerationMode,
    client: Client,
    examples: int,
    seed: int | None = None,
    answers: Counter[int] | None = None,
) -> None:
    """Ask a route in many ways, without a seed always in the same; raises what schemathesis finds."""
    token = {} if client.token is None else {"Authorization": f"Bearer {client.token}"}
    operation = described[openapi.plain(route.path)][route.method]

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=seed is None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # schemathesis' own, about what it was given
            response = case.call(base_url=client.url, headers=token, allow_redirects=False)
            if answers is not None:
                answers[response.status_code] += 1
            case.validate_response(response, headers=token, checks=CHECKS)

    try:
        (ask if seed is None else hypothesis.seed(seed)(ask))()
    except Unsatisfiable:
        if mode == GenerationMode.POSITIVE:  # there, nothing wrong can be sent
            raise


@contextmanager
def _served(url: str, folder: Path) -> Iterator[tuple[Client, Loop]]:
    """A stranger's client of a whole server, which simulates payments, and the loop that it is in."""
    once(schema.upgrade(url))
    chosen = apis.settings(url, folder, payments="off:simulated")
    loop = Loop()
    try:
        context = apis.served(chosen, lambda settings: app.create(settings=settings))
        for site in apis.opened(context, loop):
            yield site, loop
    finally:
        loop.close()


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'oriel.db'}"


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    with postgres.running() as server:
        yield server.url()


_DATABASES: dict[str, Callable[[Path], Any]] = {"SQLite": _sqlite, "PostgreSQL": _postgresql}
