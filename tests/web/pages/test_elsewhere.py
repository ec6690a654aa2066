"""Every form that leads on to a page leads to one of ours, whatever its address or its Referer says."""

import re
from urllib.parse import quote, urljoin, urlsplit

import phones
import pytest
import visiting
from apis import PASSWORD, Client
from phones import Phone
from test_factor_pages import PLACE, RIGHT, secret_in, turned_on
from visiting import Visitor

from oriel.web.pages import app, destination

ELSEWHERE = (
    *("https://evil.example/", "https:evil.example", "https:/evil.example", "//evil.example"),
    *("///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "@evil.example"),
    *("/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example", "\t//evil.example"),
    *(" //evil.example", "\0//evil.example", "/\0/evil.example", "/\x0b/evil.example"),
    *("/a\r\nLocation: //evil.example", "/\u2028/evil.example", "/\u00a0//evil.example"),
    *(
        "javascript:alert(1)",
        "data:text/html,evil",
        "//user:word@evil.example",
        "%2f%2fevil.example",
    ),
)
# These look bad, and every browser takes them for paths here.
HERE = (
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/@evil.example",
    "/:80@evil.example",
    "/%09/evil",
)


def by(form: str, elsewhere: str) -> str:
    """The form's address, to lead on to there."""
    return f"{form}?next={quote(elsewhere, safe='')}"


def at_home(site: Client, place: str) -> bool:
    """Whether browsers take it for a page of the server: https://url.spec.whatwg.org/#url-parsing."""
    read = re.sub("[\t\r\n]", "", place.strip("".join(map(chr, range(33))))).replace("\\", "/")
    return urlsplit(urljoin(site.url, read)).netloc == urlsplit(site.url).netloc


@pytest.mark.parametrize("form", ["/sign-in", "/sign-up"])
async def test_nobody_is_sent_elsewhere_by_signing_in_or_up(
    visitor: Visitor, site: Client, form: str
) -> None:
    await visitor.sign_up()

    for n, elsewhere in enumerate((*ELSEWHERE[:: 1 if form == "/sign-in" else 4], *HERE)):
        sent = {"email": f"{n}@example.com", "name": "Ada"} if form == "/sign-up" else RIGHT
        sent = {**sent, "password": PASSWORD}
        led = (await visitor.post(by(form, elsewhere), **sent)).headers["Location"]
        assert led == (elsewhere if elsewhere in HERE else destination.HOME), elsewhere
        assert at_home(site, led), elsewhere


async def test_nobody_is_sent_elsewhere_by_a_code_or_one_that_came_too_late(
    visitor: Visitor, site: Client
) -> None:
    client, phone = await turned_on(visitor, site)
    sent = visiting.hidden_in((await visitor.post("/sign-in", **RIGHT)).body.decode())

    for elsewhere in ELSEWHERE:
        late = await visitor.post(by("/sign-in/code", elsewhere), proved="made.up", code="000000")
        right = await visitor.post(by("/sign-in/code", elsewhere), **sent, code=phone.code())
        await phones.forget_step(client)
        assert late.headers["Location"] == "/sign-in", elsewhere
        assert right.headers["Location"] == destination.HOME, elsewhere
    for elsewhere, code in zip(ELSEWHERE, phone.recovery_codes, strict=False):
        answer = await visitor.post(by("/sign-in/recovery-code", elsewhere), **sent, code=code)
        assert answer.headers["Location"] == destination.HOME, elsewhere


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_nobody_is_led_elsewhere_from_new_recovery_codes(
    visitor: Visitor, site: Client, elsewhere: str
) -> None:
    await visitor.sign_up()
    await phones.confirm(await visitor.client(site))
    page = (await visitor.get(by(PLACE, elsewhere))).body.decode()
    code = Phone(secret_in(page)).code()

    sent = {**visiting.hidden_in(page), "code": code, "current_password": PASSWORD}
    answer = await visitor.post(by(f"{PLACE}/on", elsewhere), **sent)

    links = re.findall(r'href="([^"]*)"', answer.body.decode())
    assert answer.status == 200
    assert '<a class="button primary" href="/account">' in answer.body.decode()
    assert all(at_home(site, link) for link in links if not link.startswith("data:text/plain"))


async def test_who_must_sign_in_first_comes_back_to_no_page_but_ours(site: Client) -> None:
    host = urlsplit(site.url).netloc
    pages = [page for page in app.own() if page.method == "POST" and page.who != "anybody"]
    bad = [
        *("https://evil.example/", f"http://{host}@evil.example/", f"http://{host}.evil.example/"),
        *(f"http://evil.example/{host}", f"http://somebody@{host}/dashboard", "//evil.example"),
        *(f"http://{host}//evil.example", f"http://{host}/\\evil.example", f"javascript://{host}"),
        *(f"http://{host}/\t/evil.example", f"http://{host}", "http://[", "/dashboard"),
    ]

    for page in pages[:1]:
        for referer in bad:
            answer = await site.post(page.path, headers={"Referer": referer})
            assert (answer.status, answer.headers["Location"]) == (303, "/sign-in"), referer
    for page in pages:
        path = re.sub(r"\{\w+:?.*?\}+", "0" * 26, page.path)
        good = await site.post(path, headers={"Referer": f"http://{host}/videos?before=1"})
        led = await site.post(path, headers={"Referer": f"http://{host}//evil.example"})
        assert good.headers["Location"] == "/sign-in?next=/videos%3Fbefore%3D1", path
        assert led.headers["Location"] == "/sign-in", path
