"""Every route that the server has, however it came there: asked by nobody, by a liar, by another, by the right one.

New routes are walked by themselves; what is new and open to anybody must say so where it is defined.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType
from typing import Any

import apis
from aiohttp import web
from apis import Client
from pydantic import BaseModel

from oriel.service.backup import rows
from oriel.service.limits import RATES
from oriel.web import routes as studio
from oriel.web.api import openapi, table
from oriel.web.api.route import Who
from oriel.web.pages import app as pages

PARAMETER = re.compile(r"\{\w+(?::(?P<pattern>(?:[^{}]|\{[^{}]*\})+))?\}")
FORGED = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJhZG1pbiJ9."
# Where nothing may ever be for anybody, whatever its definition says.
PRIVATE = (
    *("/admin", "/api/user", "/api/jobs", "/dashboard", "/account"),
    *("/videos", "/payments", "/presets", "/api/payments"),
)
OPEN = (  # what lies there and is for anybody: what is sold, who tells of payments, pretended ones
    *("/api/payments/tiers", "/api/payments/webhook", "/api/payments/simulated"),
)
ASKED_WITH = {
    "GET /admin/api/figures.csv": "?of=renders",
    "GET /api/user/songs": f"?sha256={'0' * 64}",
}
NOT_THERE = ("GET /admin/api/events/{id}", "GET /admin/events/{id}")  # of Stripe; test_operating.py
# What whoever may does not bring about here, by why; other tests do.
NOT_DONE = {
    "it takes a song, or the choices of a form": (
        "POST /api/jobs/submit",
        "POST /videos/{id}/again",
    ),
    "it takes a query": ("DELETE /api/user/presets",),
    "it takes a code of a phone, or a second factor that is on": (
        *("POST /api/user/second-factor", "DELETE /api/user/second-factor"),
        *("POST /api/user/second-factor/recovery-codes", "POST /account/second-factor/on"),
        *("POST /account/second-factor/off", "POST /account/second-factor/codes"),
        "POST /admin/api/users/{id}/remove-second-factor",
        "POST /admin/users/{id}/remove-second-factor",
    ),
    "it takes a finished video": ("POST /videos/{id}/share",),
    "the one before it deleted the preset, or cancelled the render": (
        *("POST /presets/{id}/rename", "PUT /admin/api/jobs/{id}/priority"),
        "POST /admin/renders/{id}/priority",
    ),
    "no money came, no letter and no notice was given up, and no provider told of anything": (
        *("POST /admin/api/payments/{id}/refund", "POST /admin/payments/{id}/refund"),
        *("POST /admin/api/mails/{id}/resend", "POST /admin/mails/{id}/resend"),
        *("POST /admin/api/notices/{id}/again", "POST /admin/notices/{id}/again"),
        *("POST /admin/api/events/{id}/replay", "POST /admin/events/{id}/replay"),
    ),
}
FILES = "/files/{key}"  # by signed links alone; tests/service/test_storage_file.py


@dataclass(frozen=True)
class Way:
    """One method of one path of the running server, and for whom it says it is."""

    method: str
    path: str
    who: Who
    body: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    pattern: str = ""

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def to(self, thing: str) -> str:
        """Its path with an identifier in the place of each parameter."""
        return PARAMETER.sub(lambda found: _fitting(found["pattern"], thing), self.pattern)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _fitting(pattern: str | None, thing: str) -> str:
    """The identifier, or what else a parameter of this pattern takes."""
    tries = (thing, f"simulated_{thing}", thing.ljust(43, "0"), *(pattern or "").split("|"))
    return next((one for one in tries if re.fullmatch(pattern or ".+", one)), thing)


def ways(application: web.Application) -> list[Way]:
    """What the application's own router answers to."""
    told = {("GET", FILES): Way("GET", FILES, "anybody", pattern=FILES)}
    for route in studio.ROUTES:
        place = route.method, openapi.plain(route.path)
        told[place] = Way(*place, who="anybody", pattern=route.path)
    for one in table.own():
        place = one.method, openapi.plain(one.path)
        body = None if one.optional_body else one.body
        told[place] = Way(*place, one.who, body=body, pattern=one.path)
    for page in pages.own():
        place = page.method, openapi.plain(page.path)
        told[place] = Way(*place, page.who, form=page.form, pattern=page.path)
    return [told[place] for place in sorted(_routed(application))]


def _routed(application: web.Application) -> Iterator[tuple[str, str]]:
    for route in application.router.routes():
        if route.method != "HEAD" and route.resource is not None:
            yield route.method, openapi.plain(route.resource.canonical)


def filled(model: type[BaseModel], thing: str, known: Mapping[str, str]) -> dict[str, Any]:
    """The fewest fields that a model takes, with an identifier in each that may be one.

    And those of its fields that are `known`.
    """
    schema = model.model_json_schema()
    fields = {name: schema["properties"][name] for name in schema.get("required", ())}
    right = {name: value for name, value in known.items() if name in schema["properties"]}
    return {name: _value(about, thing) for name, about in fields.items()} | right


def _value(about: dict[str, Any], thing: str) -> Any:
    if "enum" in about or "const" in about:
        return about.get("const") or about["enum"][0]
    if about.get("type") == "string":
        return thing if "pattern" in about else "a long word"[: about.get("maxLength")]
    return {"integer": about.get("minimum", 1), "object": {}, "boolean": True}[about["type"]]


async def asked(
    client: Client,
    way: Way,
    thing: str = "0" * 26,
    known: Mapping[str, str] = MappingProxyType({}),
    **headers: str,
) -> Any:
    """The status and headers of an answer; a body may never end."""
    if client.token is not None:
        headers["Authorization"] = f"Bearer {client.token}"
    request = client.http.request(
        way.method,
        client.url + way.to(thing),
        headers=headers,
        allow_redirects=False,
        json=None if way.body is None else filled(way.body, thing, known),
        data=None if way.form is None else filled(way.form, thing, known),
    )
    async with request as response:
        return response


def shut(answer: Any) -> bool:
    """Whether nobody came in: told to sign in, or sent to where one does."""
    sent = answer.status in (302, 303) and answer.headers["Location"].startswith("/sign-in")
    return answer.status == 401 or sent


def test_what_is_somebody_s_is_never_said_to_be_for_anybody(site: Client) -> None:
    for way in ways(site.application):
        if way.path.startswith(PRIVATE) and not way.path.startswith(OPEN):
            assert way.who != "anybody", way
        if way.path.startswith("/admin"):
            assert way.who == "admin", way


async def test_nobody_and_no_liar_comes_in(site: Client) -> None:
    forged = replace(site, token=FORGED)
    cookie = f"oriel_access={FORGED}; oriel_refresh=nonsense"

    for way in ways(site.application):
        if way.who != "anybody":
            assert shut(await asked(site, way)), way
            assert shut(await asked(forged, way)), way
            assert shut(await asked(site, way, Cookie=cookie)), way


async def test_no_user_does_what_administrators_do(site: Client) -> None:
    somebody, admin = await site.registered(), await apis.administrator(site)

    for way in ways(site.application):
        if way.who == "admin":
            assert (await asked(somebody, way)).status == 403, way
            assert (await asked(somebody, way, somebody.user["id"])).status == 403, way
            if not way.writes:
                assert (await asked(admin, way)).status not in (401, 403, 500), way


async def test_what_another_owns_is_not_there(site: Client) -> None:
    owner, other = await site.registered(), await site.registered()
    things = {*(await apis.belongings(owner)).values(), owner.user["id"]}
    before = await kept(site)

    for way in ways(site.application):
        if way.who == "user" and "{" in way.path:
            for thing in things:
                answer = await asked(other, way, thing)
                assert answer.status == 404, (way, answer.status)
    assert await kept(site) == before


async def test_who_may_comes_in(site: Client) -> None:
    somebody, admin = await site.registered(), await apis.administrator(site)
    things = await apis.belongings(somebody)
    await apis.finished(somebody, things["jobs"])
    names = sorted({*things.values(), somebody.user["id"]})

    for way in ways(site.application):
        if way.who != "anybody" and not way.writes:
            who = admin if way.who == "admin" else somebody
            whole = replace(way, pattern=way.pattern + ASKED_WITH.get(str(way), ""))
            found = {
                (await asked(who, whole, thing)).status
                for thing in (names if "{" in way.path else ("",))
            }
            assert not {401, 403, 500} & found, (way, found)
            assert (min(found) < 400) == (str(way) not in NOT_THERE), (way, found)


async def test_who_may_write_is_never_told_that_they_may_not(site: Client) -> None:
    admin = await apis.administrator(site)
    known = {"current_password": apis.PASSWORD, "email": "new@example.com", "tier": "personal"}
    owner, things, here = None, {}, {}
    told: dict[str, set[int]] = {}

    for way in ways(site.application):
        if way.writes and way.who != "anybody":
            if owner is None:
                owner = await site.registered()
                things = await apis.belongings(owner) | {"user": owner.user["id"]}
                [here] = (await owner.get("/api/user/profile")).json["sign_ins"]
                here["id"] = things["presets"]
            who = admin if way.who == "admin" else owner
            answers = [
                await asked(who, way, thing, known | here)
                for thing in (sorted({*things.values()}) if "{" in way.path else ("0" * 26,))
            ]
            found = told[str(way)] = {answer.status for answer in answers}
            ended = (await who.get("/api/user/session/verify")).status == 401
            assert not found & {401, 403, 500}, (way, found)
            assert ended or not any(map(shut, answers)), way
            if ended or way.method == "DELETE" or "/users/" in way.path:
                owner = None  # who has no account any more, or may not have all that they had

    not_done = {way for way, statuses in told.items() if min(statuses) >= 400}
    assert not_done == set(chain.from_iterable(NOT_DONE.values()))


async def test_another_site_s_page_changes_nothing_with_a_browser_s_cookies(site: Client) -> None:
    somebody = await site.registered()
    cookie = f"oriel_access={somebody.token}; oriel_refresh={somebody.refresh_token}"
    raw = {(one.method, openapi.plain(one.path)) for one in table.own() if one.raw is not None}

    for way in ways(site.application):
        if way.writes and (way.method, way.path) not in raw:
            for origin in (
                {"Origin": "https://evil.example"},
                {"Origin": "null"},
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site", "Origin": "https://neighbour.example"},
            ):
                answer = await asked(site, way, Cookie=cookie, **origin)
                assert answer.status == 403, (way, origin, answer.status)
    assert (await somebody.get("/api/user/profile")).status == 200


async def test_every_route_but_a_few_is_limited(site: Client) -> None:
    admin = await apis.administrator(site)
    limits = site.parts.limits
    limits.factor = 1e-9  # one of each, and one of a crowd
    for rate in RATES:
        await limits.count(rate, f"user:{admin.user['id']}")
        await limits.count(rate, "127.0.0.1")

    answers = [
        (str(way), (await asked(who, way)).status)
        for way in ways(site.application)
        for who in (site, admin)
    ]

    assert {way for way, status in answers if status != 429} == {
        "GET /health",
        "POST /api/payments/webhook",
    }


async def test_nothing_that_is_got_changes_anything(site: Client) -> None:
    somebody, admin = await site.registered(), await apis.administrator(site)
    things = {*(await apis.belongings(somebody)).values(), somebody.user["id"]}
    token = await apis.token_of(site, "verify")
    before = await kept(site)

    for way in ways(site.application):
        if not way.writes and not way.path.startswith("/demo/"):
            who = admin if way.who == "admin" else somebody
            for thing in things if "{" in way.path else ("", f"?token={token}"):
                place = way.to(thing) if "{" in way.path else way.path + thing
                assert (await asked(who, replace(way, pattern=place))).status < 500, way

    assert await kept(site) == before


async def kept(site: Client) -> list[tuple[str, dict[str, Any]]]:
    """All that the database knows."""
    async with site.parts.database.read() as session:
        return [row async for row in rows.read(session)]


async def test_every_answer_is_strict_with_browsers(site: Client) -> None:
    asking: dict[Who, Client] = {
        "anybody": site,
        "user": await site.registered(),
        "admin": await apis.administrator(site),
    }

    for way in ways(site.application):
        if way.path.startswith("/demo/"):  # these are made first, which takes long
            continue
        for who in (site,) if way.writes else (site, asking[way.who]):
            answer = await asked(who, way)
            told = answer.headers
            policy = told["Content-Security-Policy"]
            assert "default-src 'none'" in policy, way
            assert "unsafe" not in policy, way
            assert "base-uri 'none'" in policy, way
            assert "frame-ancestors 'none'" in policy, way
            assert told["X-Content-Type-Options"] == "nosniff", way
            assert told["Referrer-Policy"] == "same-origin", way
            assert "camera=()" in told["Permissions-Policy"], way
            assert told["Server"] == "Oriel", way
            kind = told.get("Content-Type", "")
            assert kind or told.get("Content-Length", "0") == "0", way
            written = kind.startswith(("text/", "application/json"))
            assert not written or "charset=utf-8" in kind or "event-stream" in kind, (way, kind)
            if way.who != "anybody":
                assert "no-store" in told["Cache-Control"], way


async def test_no_repository_no_folder_and_no_trace_is_shown(site: Client) -> None:
    ours = ("/.git/config", "/.git/HEAD", "/.svn/entries", "/.env", "/pyproject.toml", "/oriel.db")
    folders = ("/assets/", "/files/", "/files/songs/", "/demo/", "/meshes/", "/static/")

    shown = [(await site.get(path)).status for path in (*ours, *folders)]
    traced = [
        await site.ask("TRACE", path, headers={"X-Told": "a secret"})
        for path in ("/", "/health", "/api/user/profile", "/sign-in")
    ]

    assert set(shown) <= {400, 404}
    assert {one.status for one in traced} == {405}
    assert all(b"a secret" not in one.body for one in traced)
