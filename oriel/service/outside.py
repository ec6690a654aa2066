"""An address that a stranger chose and a body in, the answer's status out.

Our machines sit where the stranger's do not reach, so the name is resolved once, every address
that it has must be public, the connection goes to one of these very addresses, and nothing that
the answer says is followed (OWASP ASVS 5.0, 1.3.6).
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from oriel.errors import BadOption, Fault

_SECONDS = 15.0  # for all of it, however slowly the other side speaks
_LONGEST = 2000  # letters of a URL
_PORTS = {80, 443, *range(1024, 65536)}  # what lies below has other manners than HTTP
_UNICAST = IPv6Network("2000::/3")  # all that the registries give out
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NotTaken(Fault):
    """It could not be sent, or the other side did not take it."""


@dataclass(frozen=True)
class Target:
    """Where a URL leads: `host` in ASCII, `path` with its query."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def public(address: Address) -> bool:
    """Whether it is anybody's: not private, loopback, link-local, metadata, multicast, reserved.

    IPv6 addresses that carry an IPv4 one (mapped, 6to4, Teredo, NAT64) are as public as that one.
    """
    if isinstance(address, IPv6Address):
        if carried := _carried(address):
            return all(public(one) for one in carried)
        if address not in _UNICAST:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


async def resolved(host: str, port: int) -> Sequence[str]:
    """All addresses of a name; raises NotTaken where it has none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotTaken(f"{host} has no address: {error.strerror}") from error
    return [str(place[0]) for *_, place in found]


@dataclass(frozen=True)
class Outside:
    """What may be reached; `allowed` and `resolve` are others in tests alone."""

    allowed: Callable[[Address], bool] = public
    resolve: Resolve = resolved
    seconds: float = _SECONDS

    def checked(self, url: str) -> str:
        """A URL that an order may name; raises BadOption. Names are resolved when it is told."""
        try:
            target = target_of(url)
            if (literal := _literal(target.host)) and not self.allowed(literal):
                raise NotTaken("leads to an address that is not public: name one that is")
        except NotTaken as problem:
            raise BadOption(str(problem)) from problem
        return url

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, a redirect's too; raises NotTaken where there is none."""
        target = target_of(url)
        try:
            async with asyncio.timeout(self.seconds):
                address = await self._address(target)
                return await _post(target, address, body, headers)
        except TimeoutError as error:
            raise NotTaken(f"no answer within {self.seconds:g} s") from error
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            raise NotTaken(f"{target.host} cannot be told: {error}") from error

    async def _address(self, target: Target) -> str:
        found = await self.resolve(target.host, target.port)
        if not found or not all(self.allowed(ip_address(one)) for one in found):
            raise NotTaken(f"{target.host} leads to an address that is not public")
        return found[0]


def target_of(url: str) -> Target:
    """Where a URL leads; raises NotTaken for what no webhook is."""
    if len(url) > _LONGEST or not url.isprintable() or " " in url:
        raise NotTaken(f"must be a URL of {_LONGEST} letters at most")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError as error:
        raise NotTaken("must be a URL such as https://example.com/hook") from error
    if parts.scheme not in ("http", "https") or not host:
        raise NotTaken("must be a URL such as https://example.com/hook")
    if parts.username is not None or parts.password is not None:
        raise NotTaken("must not hold a name or a password")
    if port not in _PORTS:
        raise NotTaken("must name port 80, 443 or one from 1024 on")
    return Target(parts.scheme == "https", host, port, _path(parts))


def _path(parts: SplitResult) -> str:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise NotTaken("must be in ASCII after its host; write %C3%A4 for ä")
    return path


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _carried(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses within an IPv6 one."""
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    within = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _NAT64) or int(address) >> 32 == 0:
        within.append(last)
    return [one for one in within if one is not None]


async def _post(target: Target, address: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Speak HTTP/1.1 as far as a webhook needs: the status line is all that is read."""
    trust = ssl.create_default_context() if target.secure else None
    reader, writer = await asyncio.open_connection(
        address, target.port, ssl=trust, server_hostname=target.host if trust else None
    )
    try:
        lines = {"Host": target.named, **headers, "Content-Length": len(body)}
        lines["Connection"] = "close"
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body)
        await writer.drain()
        version, status, *_ = (await reader.readline()).split(None, 2)
        if not version.startswith(b"HTTP/1."):
            raise NotTaken(f"{target.host} does not speak HTTP")
        return int(status)
    finally:
        writer.transport.abort()
