"""Whatever is sent, according to the document or not: no fault of ours, no answer undocumented.

`make bench ARGS="--only http"` sends many more, and others each time.
"""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import apis
import pytest
import schemathesis
from apis import Client
from databases import Schemas
from loops import Loop
from schemathesis import GenerationMode

from benchmarks.http import EXAMPLES, MODES, ROUTES, callers, send, told
from oriel.web import app
from oriel.web.api import openapi, table

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
                for mode in MODES:
                    send(schema, route, mode, client, EXAMPLES[who])


def test_an_answer_or_a_code_that_the_document_lacks_is_found(site: Client) -> None:
    [route] = [one for one in ROUTES if (one.method, one.path) == ("GET", "/api/jobs")]
    without, otherwise = (deepcopy(table.document(site.url)) for _ in range(2))
    answers = [one["paths"]["/api/jobs"]["get"]["responses"] for one in (without, otherwise)]
    del answers[0]["401"]
    answers[1]["401"] |= {"description": "`bad_code`: something else."}

    for described, said in (
        (without, "Undocumented status code"),
        (otherwise, "401 not_signed_in is not documented"),
    ):
        document = schemathesis.openapi.from_dict(described)
        with pytest.raises(BaseExceptionGroup) as wrong:
            send(document, route, GenerationMode.POSITIVE, site, 1)
        assert said in told(wrong.value)
