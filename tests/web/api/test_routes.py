"""The table of routes: described as it is served, and open to those alone whom it is for."""

import ast
import re
from itertools import chain
from pathlib import Path
from typing import Any, get_args, get_type_hints

import apis
import pytest
from apis import Client
from openapi_spec_validator import validate

import oriel
from oriel.jobs.workshop import Failed
from oriel.service import endings
from oriel.service.endings import Why
from oriel.service.errors import Refused
from oriel.service.limits import RATES
from oriel.web.api import codes, openapi, table
from oriel.web.api.route import Route
from oriel.web.pages import app as pages

SERVICE = Path(oriel.__file__).parent / "service"
PRIVATE = [route for route in table.own() if route.who != "anybody"]


def name_of(route: Route) -> str:
    return f"{route.method} {openapi.plain(route.path)}"


def test_the_document_is_valid_openapi() -> None:
    validate(table.document("http://127.0.0.1"))


async def test_the_document_describes_every_route_and_no_other(api: Client) -> None:
    application = api.application
    served = {
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    studio = {"/", "/assets/{name}", "/meshes/{shape}", "/demo/song.wav", "/demo/beats.json"}
    studio |= {"/health"}

    paths = (await api.get("/openapi.json")).json["paths"]

    told = {(method.upper(), path) for path, about in paths.items() for method in about}
    assert told - {("GET", path) for path in studio} == served
    for route in table.own():
        about = paths[openapi.plain(route.path)][route.method.lower()]
        ways_in = [] if route.who == "anybody" else [{"bearer": []}, {"cookie": []}]
        assert about["security"] == ways_in, name_of(route)
        refusals = about["responses"].get("403", {}).get("description", "")
        if route.who != "anybody":
            assert ("Administrators" in refusals) == (route.who == "admin"), name_of(route)


def test_every_operation_has_a_name_of_its_own_and_a_sentence() -> None:
    paths = table.document("/")["paths"]
    operations = [one for about in paths.values() for one in about.values()]

    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(one["summary"] for one in operations)


def test_every_operation_is_under_a_title_that_was_written_for_readers() -> None:
    document = table.document("/")
    titles = [one["name"] for one in document["tags"]]
    operations = [one for about in document["paths"].values() for one in about.values()]

    assert {title for one in operations for title in one["tags"]} == set(titles)
    assert all(re.fullmatch("[A-Z][A-Za-z ]+", title) for title in titles)


def test_the_longest_address_that_the_document_allows_fits_into_a_requests_first_line() -> None:
    def bytes_of(schema: dict[str, Any]) -> int:
        letters = schema.get("maxLength", max(map(len, schema.get("enum", [])), default=26))
        return len(schema.get("title", "")) + 2 + 12 * int(letters)

    for path, about in table.document("/")["paths"].items():
        for operation in about.values():
            given = [one for one in operation.get("parameters", ()) if one["in"] != "header"]
            assert len(path) + sum(bytes_of(one["schema"]) for one in given) < 8_000, path


def test_every_refusal_of_the_service_has_a_line_in_the_table_of_codes() -> None:
    def below(kind: type[Refused]) -> set[str]:
        return {kind.code}.union(*(below(one) for one in kind.__subclasses__()))

    assert below(Refused) <= set(codes.CODES)


def test_no_code_is_in_the_table_for_nothing() -> None:
    sources = "".join(path.read_text() for path in SERVICE.parent.rglob("*.py"))
    named = {"bad_request", "expectation_failed", "internal_error", "method_not_allowed"}

    for code in set(codes.CODES) - named:  # after their status
        assert len(re.findall(f'"{code}"', sources)) >= 2, code


def test_every_reason_that_a_worker_may_write_has_a_line_in_the_table_of_failures() -> None:
    sources = "".join(path.read_text() for path in SERVICE.parent.rglob("*.py"))
    written = re.findall(r'(?:\bFailed\(|: tuple\[Why, str\] = \()\s*"(\w+)"', sources)
    takers = (
        Failed.__init__,
        endings.fail,
        endings.started_in_vain,
    )  # mypy sees what they are given

    told = table.document("/")["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]

    assert {get_type_hints(one)["code"] for one in takers} == {Why}
    assert set(written) == set(get_args(Why)) == set(codes.FAILURES)
    assert told == list(codes.FAILURES)
    assert not codes.FAILURES.keys() & codes.CODES.keys(), "one word, one meaning"


def test_every_route_and_page_counts_for_a_rate_but_what_the_provider_and_balancers_ask() -> None:
    described = chain.from_iterable(table.sections().values())
    counted = {f"{one.method} {one.path}": one.limit for one in (*described, *pages.own())}

    unlimited = {name for name, limit in counted.items() if limit is None}
    assert unlimited == {"POST /api/payments/webhook", "GET /health"}
    assert set(counted.values()) - {None} <= set(RATES)


@pytest.mark.parametrize("token", [None, "nonsense", "eyJhbGciOiJub25lIn0.e30."])
async def test_no_private_route_answers_without_a_token_of_ours(
    api: Client, token: str | None
) -> None:
    told = {} if token is None else {"Authorization": f"Bearer {token}"}

    for route in PRIVATE:
        path = re.sub(r"\{id[^}]*\}\}?", "0" * 26, openapi.plain(route.path))
        answer = await api.ask(route.method, path, headers=told)
        assert (answer.status, answer.code) == (401, "not_signed_in"), name_of(route)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_no_route_for_administrators_answers_anybody_else(api: Client) -> None:
    somebody = await api.registered()

    for route in PRIVATE:
        if route.who == "admin":
            answer = await somebody.ask(route.method, openapi.plain(route.path).format(id="0" * 26))
            assert (answer.status, answer.code) == (403, "forbidden"), name_of(route)


async def test_what_is_somebody_else_s_is_not_there(api: Client) -> None:
    owner, other = await api.registered(), await api.registered()
    mine = await apis.belongings(owner)
    bodies = {"change_one": {"name": "x", "look": {}}}

    for route in PRIVATE:
        if route.who == "user" and "{id" in route.path:
            path = openapi.plain(route.path).format(id=mine[route.group])
            body = bodies.get(route.name)
            answer = await other.ask(route.method, path, json=body)
            assert (answer.status, answer.code) == (404, "not_found"), name_of(route)
    for group, path in (
        ("jobs", "/api/jobs/{}/status"),
        ("payments", "/api/payments/{}"),
    ):
        assert (await owner.get(path.format(mine[group]))).status == 200


async def test_whatever_answers_get_answers_head_with_the_same_status(api: Client) -> None:
    """As the document says; an event stream that goes on is asked for its head alone."""
    owner = await api.registered()
    mine = await apis.belongings(owner)

    for route in table.own():
        if route.method == "GET":
            path = re.sub(r"\{\w+\}", mine.get(route.group, "0" * 26), openapi.plain(route.path))
            head = await owner.ask("HEAD", path)
            streams = route.group == "events"
            get = None if streams else await owner.get(path)
            assert head.status == (get.status if get else 200), name_of(route)
            assert not head.body, name_of(route)


async def test_whoever_is_deactivated_has_no_access_from_then_on(api: Client) -> None:
    somebody, admin = await api.registered(), await apis.administrator(api)
    assert (await somebody.get("/api/user/profile")).status == 200

    done = await admin.post(f"/admin/api/users/{somebody.user['id']}/deactivate")

    assert done.status == 200
    assert (await somebody.get("/api/user/profile")).status == 401
    renewal = {"refresh_token": somebody.refresh_token}
    assert (await api.post("/api/auth/refresh", renewal)).status == 401


async def test_a_path_that_there_is_not_and_a_wrong_method_are_told_so(api: Client) -> None:
    lost = await api.get("/api/nothing")
    wrong = await api.ask("PATCH", "/api/auth/login")

    assert (lost.status, lost.code) == (404, "not_found")
    assert (wrong.status, wrong.code) == (405, "method_not_allowed")
    assert wrong.headers["Allow"] == "POST"


async def test_every_answer_is_strict_with_browsers_and_names_its_request(api: Client) -> None:
    for path in ("/status", "/docs", "/api/nothing", "/api/user/profile"):
        answer = await api.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert len(answer.headers["X-Request-Id"]) == 26


async def test_the_page_for_people_holds_every_route_and_no_script(api: Client) -> None:
    answer = await api.get("/docs")

    page = answer.body.decode()
    assert answer.headers["Content-Type"].startswith("text/html")
    for route in table.own():
        assert f"<code>{openapi.plain(route.path)}</code>" in page
    for code in (*codes.CODES, *codes.FAILURES):
        assert f'<th scope="row"><code>{code}</code></th>' in page
    links = re.findall('href="#([^"]+)"', page)
    assert len(links) > 10
    assert all(f'id="{link}"' in page for link in links)
    assert "<script" not in page
    assert "style=" not in page


def test_handlers_are_reached_only_through_the_table() -> None:
    """Whatever answers HTTP under web/api is tied by `route`; nothing adds a route by itself."""
    for path in (SERVICE.parent / "web" / "api").glob("*.py"):
        names = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute)
        }
        if path.name not in ("app.py",):
            assert "add_routes" not in names, path.name
