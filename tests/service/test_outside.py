"""Addresses that strangers chose: what is told, and what is never reached."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import certificates
import pytest

from oriel.errors import BadOption
from oriel.service.outside import NotTaken, Outside, public, target_of

PRIVATE = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254"),
    *("169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::"),
    *("2001:0:a9fe:a9fe::1", "5f00::1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34"),
    *("2606:4700::1111", "64:ff9b::808:808", "2002:808:808::"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_only_we_can_reach_is_not_public(address: str) -> None:
    assert not public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_anybody_can_reach_is_public(address: str) -> None:
    assert public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *(f"http://{f'[{a}]' if ':' in a else a}/" for a in PRIVATE),
        "ftp://example.com/",
        "file:///etc/passwd",
        "http:///path",
        "http://user:secret@example.com/",  # pragma: allowlist secret (made up)
        "http://example.com:22/",
        "http://example.com:99999/",
        "http://example.com/a b",
        "http://example.com/\r\nHost: other",
        "http://example.com/" + "x" * 2000,
        "http://[::1/",
        "http://example.com/ä",
    ],
)
def test_no_order_can_name_it(url: str) -> None:
    with pytest.raises(BadOption, match=r"must|not public"):
        Outside().checked(url)


@pytest.mark.parametrize(
    ("url", "named", "path"),
    [
        ("https://example.com", "example.com", "/"),
        ("https://example.com:443/a?b=c", "example.com", "/a?b=c"),
        ("http://example.com:8080/hook#part", "example.com:8080", "/hook"),
        ("https://bücher.example/", "xn--bcher-kva.example", "/"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443", "/"),
    ],
)
def test_others_can_be_named(url: str, named: str, path: str) -> None:
    assert Outside().checked(url) == url
    assert (target_of(url).named, target_of(url).path) == (named, path)


def resolving(*addresses: str) -> Outside:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return Outside(resolve=resolve, seconds=1)


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("93.184.216.34", "10.0.0.1"), ("::ffff:169.254.169.254",), ()]
)
async def test_a_name_with_one_private_address_is_not_reached(addresses: tuple[str, ...]) -> None:
    with pytest.raises(NotTaken, match="not public"):
        await resolving(*addresses).post("http://innocent.example:8080/", b"{}", {})


@asynccontextmanager
async def answering(
    answer: bytes, heard: list[bytes] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """The port of a server that hears one request, answers so and then says nothing."""

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if heard is not None:
            heard.append(head + await reader.readexactly(length))
        writer.write(answer)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0, ssl=tls) as server:
        yield f"http://hook.example:{server.sockets[0].getsockname()[1]}/hook"


def here(seconds: float = 60) -> Outside:
    """One that may reach this machine, by any name."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    return Outside(allowed=lambda address: address.is_loopback, resolve=resolve, seconds=seconds)


async def test_a_body_is_told_to_the_address_that_was_checked() -> None:
    heard: list[bytes] = []

    async with answering(b"HTTP/1.1 204 No Content\r\n\r\n", heard) as url:
        status = await here().post(url, b'{"a":1}', {"Oriel-Signature": "t=1"})

    assert status == 204
    assert heard[0].startswith(b"POST /hook HTTP/1.1\r\nHost: hook.example:")
    assert b"\r\nOriel-Signature: t=1\r\n" in heard[0]
    assert heard[0].endswith(b'\r\n\r\n{"a":1}')


async def test_a_redirect_is_not_followed() -> None:
    inside: list[bytes] = []

    async with answering(b"HTTP/1.1 200 OK\r\n\r\n", inside) as secret:
        there = f"HTTP/1.1 307 Go\r\nLocation: {secret}\r\n\r\n".encode()
        async with answering(there) as url:
            status = await here().post(url, b"{}", {})

    assert (status, inside) == (307, [])


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH\r\n", b"\r\n", b"HTTP/1.1 what\r\n", b"x" * 100_000]
)
async def test_what_is_no_http_is_not_taken(answer: bytes) -> None:
    async with answering(answer) as url:
        with pytest.raises(NotTaken):
            await here().post(url, b"{}", {})


async def test_who_never_answers_is_left_in_time() -> None:
    async with answering(b"HTTP/1.1 2") as url:
        with pytest.raises(NotTaken, match=r"no answer within 0\.2 s"):
            await here(0.2).post(url, b"{}", {})


async def test_nobody_at_home_is_not_taken() -> None:
    with pytest.raises(NotTaken, match="cannot be told"):
        await here().post("http://hook.example:1024/", b"{}", {})


@pytest.mark.parametrize(
    ("trusted", "named", "why"),
    [
        (True, "127.0.0.1", None),
        (False, "127.0.0.1", "self-signed|self signed"),
        (True, "hook.example", "Hostname mismatch"),
    ],
    ids=["good", "of nobody we trust", "another's"],
)
async def test_certificates_are_checked(
    trusted: bool, named: str, why: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = certificates.served(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async with answering(b"HTTP/1.1 204 No Content\r\n\r\n", tls=context) as url:
        secure = url.replace("http:", "https:").replace("hook.example", named)
        if why is None:
            assert await here().post(secure, b"{}", {}) == 204
        else:
            with pytest.raises(NotTaken) as refused:
                await here().post(secure, b"{}", {})
            assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
            assert re.search(why, str(refused.value.__cause__))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_other_spellings_of_here_are_seen_through(host: str) -> None:
    with pytest.raises(NotTaken, match="not public"):
        await Outside().post(f"http://{host}:8080/", b"{}", {})


async def test_a_name_without_an_address_is_not_taken() -> None:
    with pytest.raises(NotTaken, match="has no address"):
        await Outside().post("http://nowhere.invalid/", b"{}", {})
