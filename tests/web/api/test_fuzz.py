"""Whatever is sent, according to the document or not: no fault of ours, no answer undocumented."""

import warnings

import apis
import pytest
import schemathesis
from apis import Client
from hypothesis import HealthCheck, Phase, given, settings
from loops import Loop
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from oriel.web.api import openapi, table
from oriel.web.api.route import Route

EXAMPLES = 12  # of each kind for each of some sixty operations
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
GROUPS = sorted({route.group for route in table.own()})


@pytest.mark.parametrize("group", GROUPS)
def test_no_input_brings_a_fault_or_an_answer_that_is_not_documented(
    api: Client, loop: Loop, group: str
) -> None:
    schema = schemathesis.openapi.from_dict(table.document(api.url))

    for route in table.own():
        if route.group == group:
            somebody = loop.run(apis.administrator(api))
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                send(schema, route, mode, somebody)


def send(
    schema: schemathesis.BaseSchema, route: Route, mode: GenerationMode, somebody: Client
) -> None:
    """Ask a route in many ways; raises what schemathesis finds."""
    operation = schema[openapi.plain(route.path)][route.method]

    @settings(
        max_examples=EXAMPLES,
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
                base_url=somebody.url,
                headers={"Authorization": f"Bearer {somebody.token}"},
                checks=CHECKS,
                allow_redirects=False,
            )

    try:
        ask()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__:  # nothing wrong can be sent here
            raise
