"""The document's links: they lead to what there is, and whoever follows them finds no fault."""

import itertools
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apis
import pytest
import schemathesis
from apis import PASSWORD, Client
from databases import Schemas
from hypothesis import HealthCheck, Phase, seed, settings
from loops import Loop
from schemathesis import Case
from schemathesis.core.transport import Response
from schemathesis.generation.stateful.state_machine import APIStateMachine
from schemathesis.specs.openapi.checks import ensure_resource_availability, use_after_free

from benchmarks.http import CHECKS
from oriel.service import credits
from oriel.service.plans import PLANS
from oriel.web.api import table

DOCUMENT = table.document("http://127.0.0.1")
OPERATIONS = {
    one["operationId"]: one for about in DOCUMENT["paths"].values() for one in about.values()
}
MOST_WALKS = 16  # until all was reached that has to be
numbers = itertools.count()
NAMED = {"tier": "personal", "look": {}}  # which no chance finds
WALKED = [*CHECKS, use_after_free, ensure_resource_availability]
LINKS = [
    (operation, link)
    for operation in OPERATIONS.values()
    for response in operation["responses"].values()
    for link in response.get("links", {}).values()
]


@dataclass(frozen=True)
class Walker:
    """Who walks, along which routes, and where their walks have to come: by links alone.

    `ready` makes them anew, with what they begin with, and gives the hash of a song.
    """

    ready: Callable[[Client], Awaitable[tuple[Client, str]]]
    routes: str
    reached: frozenset[str]


def named(operation: Mapping[str, Any], link: Mapping[str, Any]) -> str:
    return f"{operation['operationId']} → {link['operationId']}"


@pytest.mark.parametrize(("operation", "link"), LINKS, ids=[named(*one) for one in LINKS])
def test_a_link_gives_what_the_other_route_takes_of_what_this_one_tells(
    operation: Mapping[str, Any], link: Mapping[str, Any]
) -> None:
    other = OPERATIONS[link["operationId"]]

    takes = {one["name"] for one in other.get("parameters", ())}
    assert set(link.get("parameters", {})) <= takes
    assert set(link.get("requestBody", {})) <= set(fields(body(other)))
    for place in [*link.get("parameters", {}).values(), *link.get("requestBody", {}).values()]:
        source, _, path = place.partition("#/")
        told = {"$response.body": answer, "$request.body": body}[source](operation)
        for step in path.split("/"):
            told = resolved(told)["items"] if step.isdecimal() else fields(told)[step]


def body(operation: Mapping[str, Any]) -> Any:
    """The schema of what is sent."""
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema", {})


def answer(operation: Mapping[str, Any]) -> Any:
    """The schema of what is told when all is well."""
    good = next(one for one in operation["responses"].values() if "links" in one)
    return good["content"]["application/json"]["schema"]


def fields(schema: Any) -> dict[str, Any]:
    return dict(resolved(schema).get("properties", {}))


def resolved(schema: Any) -> Any:
    name = schema.get("$ref", next((o["$ref"] for o in schema.get("anyOf", ()) if "$ref" in o), ""))
    return DOCUMENT["components"]["schemas"][name.rpartition("/")[2]] if name else schema


@pytest.fixture
def shop(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[Client]:
    """A stranger's client of a server that simulates payments, so that there are some."""
    chosen = apis.settings(schemas.sqlite(), tmp_path, payments="off:simulated")
    yield from apis.opened(apis.served(chosen), loop)


async def a_customer(client: Client) -> tuple[Client, str]:
    """Somebody with credits, and the hash of a song of theirs."""
    somebody = await client.registered()
    async with client.parts.database.begin() as session:
        for tier in PLANS:
            source = {"kind": "admin", "source": f"test:{tier}"}
            await credits.grant(session, somebody.user["id"], tier, 1_000, **source)
    made = await somebody.order(apis.a_song())
    return somebody, made.json["song_hash"]


async def an_operator(client: Client) -> tuple[Client, str]:
    """An administrator, and the hash of a song of the newest account's."""
    admin = await apis.administrator(client)
    return admin, (await a_customer(client))[1]


WALKERS = {
    "a user": Walker(
        a_customer,
        "^/api/",
        frozenset(
            {
                "GET /api/jobs/{id}/status",
                "GET /api/jobs/{id}/song",
                "POST /api/jobs/{id}/cancel",
                "PUT /api/user/presets/{id}",
                "DELETE /api/user/presets/{id}",
                "GET /api/payments/{id}",
                "GET /api/payments/simulated/{session}",
            }
        ),
    ),
    "an administrator": Walker(
        an_operator,
        "^/admin/",
        frozenset(
            {
                "GET /admin/api/users/{id}",
                "DELETE /admin/api/users/{id}",
                "POST /admin/api/users/{id}/deactivate",
                "POST /admin/api/users/{id}/credits",
                "GET /admin/api/jobs/{id}",
                "POST /admin/api/jobs/{id}/cancel",
                "PUT /admin/api/jobs/{id}/priority",
            }
        ),
    ),
}


@pytest.mark.parametrize("walker", WALKERS.values(), ids=WALKERS)
def test_whoever_goes_from_answer_to_answer_finds_no_fault_and_nothing_undocumented(
    shop: Client, loop: Loop, walker: Walker
) -> None:
    # A stream of events lasts as long as its render; test_following.py follows some.
    document = schemathesis.openapi.from_dict(table.document(shop.url))
    schema = document.exclude(operation_id="events_events").include(path_regex=walker.routes)
    reached: set[str] = set()
    gone: set[str] = set()  # of walks before too: a render still names an account that is deleted

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.somebody, self.song = loop.run(walker.ready(shop))

        def before_call(self, case: Case) -> None:
            if case.operation.label == "POST /api/jobs/submit":
                case.body = {"song_hash": self.song}
            elif case.operation.label == "POST /api/auth/register":
                case.body = {"email": f"walker{next(numbers)}@example.com", "password": PASSWORD}
            elif isinstance(case.body, dict):
                case.body |= {name: what for name, what in NAMED.items() if name in case.body}

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            # With its own token it would sign itself out, and be a stranger from there on.
            signed_in = not case.path.startswith("/api/auth/")
            headers = {"Authorization": f"Bearer {self.somebody.token}"} if signed_in else {}
            return {"base_url": shop.url, "headers": headers, "allow_redirects": False}

        def validate_response(self, response: Response, case: Case, **kwargs: Any) -> None:
            case.validate_response(response, checks=WALKED, recorder=self.recorder)
            assert response.status_code != 404 or not self.told(case), case.as_curl_command()
            if response.status_code < 400:
                reached.add(case.operation.label)
                if case.method == "DELETE":
                    gone.update(named_in(case))

        def told(self, case: Case) -> bool:
            """Whether the answer that led here named all of the path, and it is there still."""
            if gone and "/mails/" in case.path:  # they go with their account
                return False
            led = self.recorder.find_parent(case_id=case.id)
            answer = led and self.recorder.find_response(case_id=led.id)
            names = named_in(case)
            there = answer is not None and names and not names & gone
            # A letter that chance put there stands in every answer.
            return bool(there and all(len(name) > 9 and name in answer.text for name in names))

    # What has an identifier, which no chance finds, was reached by links alone. How many one walk
    # finds is chance too, and other with each change of the document.
    for number in range(MOST_WALKS):
        walk(Walk, number)
        if walker.reached <= reached:
            break

    assert walker.reached <= reached, walker.reached - reached


def named_in(case: Case) -> set[str]:
    """What a path and a query tell which thing is meant by."""
    return {
        str(one)
        for one in [*(case.path_parameters or {}).values(), (case.query or {}).get("id")]
        if one
    }


def walk(machine: type[APIStateMachine], number: int) -> None:
    """Five ways of ten steps each; another number, other ways."""
    seed(number)(machine)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # schemathesis' own, about what it was given
        machine.run(
            settings=settings(
                max_examples=5,
                stateful_step_count=10,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
        )
