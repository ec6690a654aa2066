"""Headers as no browser sends them, to every route: never a fault of ours."""

import asyncio
import logging
from pathlib import Path
from urllib.parse import urlsplit

import apis
import pytest
from apis import Client
from test_who_may import Way, ways

from oriel.service.payments import BadSignature, stripe
from oriel.web.api import patience

NONSENSE = (b"\xff\xfe", b"http://[", b'=;,"\\', b"9" * 30)
HEADERS = {
    "Authorization": b"Bearer ",
    "Cookie": b"oriel_access=",
    "cookie": b"oriel_refresh=",
    "COOKIE": b"oriel_said=a.",
    "Origin": b"",
    "Referer": b"",
    "Host": b"",
    "Content-Type": b"",
    "Accept": b"text/html",
    "Accept-Encoding": b"gzip;q=",
    "If-None-Match": b"",
    "If-Modified-Since": b"",
    "Range": b"bytes=",
    "Last-Event-ID": b"",
    "Idempotency-Key": b"",
    "X-Request-Id": b"",
    "X-Forwarded-For": b"",
    "X-Forwarded-Proto": b"",
    "Oriel-Signature": b"",
    "Stripe-Signature": b"t=1,v1=",
    "traceparent": b"00-",
}


def kind(way: Way) -> tuple[object, ...]:
    """What is the same for ways that meet a header in the same places."""
    own = ("/outbox", "/files", "/api/auth", "/sign", "/metrics")
    alone = way.path if way.path.startswith(own) else ""
    return way.writes, way.who, way.path.startswith(("/api/", "/admin/api/")), alone


async def told(client: Client, way: Way, token: str, name: str, value: bytes) -> int:
    """The status of an answer to a request with this header."""
    place = urlsplit(client.url)
    lines = {b"Host": place.netloc.encode(), b"Authorization": f"Bearer {token}".encode()}
    lines |= {name.encode().title() if name == "cookie" else name.encode(): value}
    if name.lower() in ("cookie", "accept"):
        del lines[b"Authorization"]
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    head = b"".join(key + b": " + text + b"\r\n" for key, text in lines.items())
    first = f"{way.method} {way.to('0' * 26)} HTTP/1.1\r\n".encode()
    writer.write(first + head + b"Connection: close\r\n\r\n")
    try:
        return int((await reader.readline()).split()[1])
    finally:
        writer.transport.abort()


async def test_no_header_brings_a_fault(site: Client, caplog: pytest.LogCaptureFixture) -> None:
    somebody = await site.registered()
    kinds = {kind(way): way for way in ways(site.application)}

    for way in kinds.values():
        for name, before in HEADERS.items():
            if not way.path.startswith("/demo"):
                for value in NONSENSE:
                    status = await told(site, way, str(somebody.token), name, before + value)
                    assert status < 500, (str(way), name, value)
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_an_event_that_is_signed_with_nonsense_is_refused(site: Client) -> None:
    webhook = next(way for way in ways(site.application) if way.path.endswith("/webhook"))

    for value in NONSENSE:
        assert await told(site, webhook, "", "Oriel-Signature", value) == 400


def test_what_stripe_never_signs_so_is_refused(tmp_path: Path) -> None:
    chosen = {"stripe_key": "sk_test", "stripe_webhook_secret": "whsec_test"}
    sold = stripe.made(apis.settings("sqlite://", tmp_path, payments="stripe:", **chosen))

    for value in ("t=1,v1=\udcff", "t=\udcff", "v1=", "t=1", ""):
        with pytest.raises(BadSignature):
            sold.verify(b"{}", {"Stripe-Signature": value})


async def test_who_never_ends_a_page_s_form_is_told_so(
    site: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PIECE_SECONDS", 0.3)
    place = urlsplit(site.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n"

    writer.write(f"POST /sign-in HTTP/1.1\r\nHost: {place.netloc}\r\n{kind}\r\nemail=".encode())
    async with asyncio.timeout(20):
        status = (await reader.readline()).split()[1]
    writer.transport.abort()

    assert status == b"408"
