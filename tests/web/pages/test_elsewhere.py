"""Every form that leads on to a page leads to one of ours, whatever its address or its Referer says."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import apis
import phones
import pytest
import stripe_words
import stripes
import visiting
from apis import PASSWORD, Client
from buckets import credentials
from databases import Schemas
from phones import Phone
from stripes import Account
from test_factor_pages import PLACE, RIGHT, secret_in, turned_on
from visiting import Visitor

from oriel.web.app import create
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


async def test_who_is_sent_to_another_host_is_sent_where_the_settings_say(
    schemas: Schemas, tmp_path: Path
) -> None:
    """To the bucket, and to the page that Stripe tells of; and from there back to the public address."""
    lie = dict.fromkeys(("Host", "X-Forwarded-Host", "X-Forwarded-Server"), "evil.example")
    lie["Forwarded"] = "host=evil.example;proto=https"
    database, account = schemas.sqlite(), Account()
    bucket = f"gs://videos?endpoint=https://bucket.example&credentials={credentials(tmp_path)}"
    async with apis.served(apis.settings(database, tmp_path)) as before:
        ada = await before.registered()
        render = (await ada.order(apis.a_song())).json["id"]
        await apis.finished(ada, render)

    with stripes.ours(account) as stripe:
        chosen = apis.settings(
            database,
            tmp_path,
            storage=bucket,
            payments=f"stripe:{stripe}",
            stripe_key="sk_test",
            stripe_webhook_secret=stripe_words.SECRET,
            public_url="https://oriel.example",
        )
        served = apis.served(chosen, lambda settings: create(settings=settings))
        async with served as site:
            asked = replace(ada, url=site.url, http=site.http, application=site.application)
            ways = (f"/api/jobs/{render}/download", f"/api/user/download/{render}")
            videos = [
                await asked.get(way, headers=lie) for way in (*ways, f"/videos/{render}/video")
            ]
            begun = await asked.post(
                "/api/payments/create-session", {"tier": "personal"}, headers=lie
            )
            paying = (
                await asked.get(f"/payments/{begun.json['id']}/pay", headers=lie)
            ).body.decode()

    assert [one.status for one in videos] == [302, 302, 302]
    assert {urlsplit(one.headers["Location"]).netloc for one in videos} == {"bucket.example"}
    assert re.findall(r'content="0; url=([^"]+)"', paying) == [begun.json["url"]]
    assert begun.json["url"].startswith("https://checkout.stripe.example/"), "as Stripe said"
    told = [one for path, one, _ in account.asked if path == "/v1/checkout/sessions"]
    for back in ("success_url", "cancel_url"):
        assert {urlsplit(one[back]).netloc for one in told} == {"oriel.example"}, back
