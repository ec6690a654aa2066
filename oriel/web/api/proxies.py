"""A request that came through our own proxies in; the same as the visitor sent it, out."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Networks = Sequence[IPv4Network | IPv6Network]


def middleware(trusted: Iterable[str]) -> Middleware:
    """A middleware that believes X-Forwarded-For and -Proto of proxies in these networks alone."""
    networks = [ip_network(network) for network in trusted]

    @web.middleware
    async def straight(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not networks or not _within(request.remote, networks):
            return await handler(request)
        scheme = request.headers.get("X-Forwarded-Proto", request.scheme).strip().lower()
        return await handler(
            request.clone(
                remote=visitor(request, networks),
                scheme=scheme if scheme in ("http", "https") else request.scheme,
            )
        )

    return straight


def visitor(request: web.Request, networks: Networks) -> str:
    """The last address that is no proxy of ours: what stands before it, anybody may have written."""
    address = request.remote or ""
    said = ",".join(request.headers.getall("X-Forwarded-For", ()))
    for hop in reversed([part.strip() for part in said.split(",") if part.strip()]):
        if not _within(address, networks) or _address(hop) is None:
            break
        address = hop
    return address


def counted(address: str) -> str:
    """What rate limits count by: an IPv4 address, or the /64 that one visitor has of IPv6."""
    found = _address(address)
    if found is None or isinstance(found, IPv4Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found) >> 64 << 64, 64)).network_address)


def _within(address: str | None, networks: Networks) -> bool:
    found = _address(address or "")
    return found is not None and any(found in network for network in networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
