"""Whatever is sent, according to the document or not: no fault of ours, no answer undocumented."""

import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import apis
import pytest
import schemathesis
from apis import Client
from databases import Schemas
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from loops import Loop
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from oriel.web import app
from oriel.web.api import openapi, table
from oriel.web.api.route import Route

# Of each kind for each of some eighty operations. To most of them nobody is a stranger, and who is
# no administrator a stranger to many.
EXAMPLES = {"an administrator": 8, "somebody": 3, "nobody": 1}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ROUTES = tuple(chain.from_iterable(table.sections().values()))
GROUPS = sorted({route.group for route in ROUTES})


@pytest.fixture
def site(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[Client]:
    """A stranger's client of a whole server, which simulates payments, so that there are some."""
    chosen = apis.settings(schemas.sqlite(), tmp_path, payments="off:simulated")
    served = apis.served(chosen, lambda settings: app.create(settings=settings))
    yield from apis.opened(served, loop)


def test_every_path_of_the_document_is_asked() -> None:
    asked = {(openapi.plain(route.path), route.method.lower()) for route in ROUTES}

    paths = table.document("/")["paths"]

    assert asked == {(path, method) for path, about in paths.items() for method in about}


@pytest.mark.parametrize("group", GROUPS)
def test_no_input_brings_a_fault_or_an_answer_that_is_not_documented(
    site: Client, loop: Loop, group: str
) -> None:
    schema = schemathesis.openapi.from_dict(table.document(site.url))

    for route in ROUTES:
        if route.group == group:
            for who, client in callers(site, loop).items():
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    send(schema, route, mode, client, EXAMPLES[who])


def callers(site: Client, loop: Loop) -> dict[str, Client]:
    """Each kind of whom there are, anew: what one asks may end their account."""
    return {
        "an administrator": loop.run(apis.administrator(site)),
        "somebody": loop.run(site.registered()),
        "nobody": site,
    }


def send(
    schema: schemathesis.BaseSchema,
    route: Route,
    mode: GenerationMode,
    client: Client,
    examples: int,
) -> None:
    """Ask a route in many ways; raises what schemathesis finds."""
    token = {} if client.token is None else {"Authorization": f"Bearer {client.token}"}
    operation = schema[openapi.plain(route.path)][route.method]

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # schemathesis' own, about what it was given
            case.call_and_validate(
                base_url=client.url,
                headers=token,
                checks=CHECKS,
                allow_redirects=False,
            )

    try:
        ask()
    except Unsatisfiable:
        if mode == GenerationMode.POSITIVE:  # there, nothing wrong can be sent
            raise
