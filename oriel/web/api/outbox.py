"""Letters that were never sent, for whoever tries Oriel on their own machine.

Only where mail goes into a folder, and only to who asks from this very machine, at an address that
nobody else can reach: letters hold links with which accounts are taken over.
"""

import asyncio
import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from oriel.service import mail
from oriel.service.errors import NotFound
from oriel.service.mail import Letter
from oriel.service.mail.outbox import Outbox
from oriel.web.api import docs
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.api.route import Other, route

_MOST = 100
_OF_PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
_LINK = re.compile(r"https?://\S+")
_PAGE = {200: Other("A page.", "text/html")}


@route("GET", "/outbox", who="anybody", others=_PAGE, refuses=(NotFound,))
async def listed(call: Call) -> web.StreamResponse:
    """To this machine alone: the letters that Oriel would have sent, the newest first."""
    letters = await asyncio.to_thread(lambda: list(_newest(_outbox(call))))
    return _shown(docs.rendered("outbox.html", letters=letters))


@route("GET", f"/outbox/{{id:{ID}}}", who="anybody", others=_PAGE)
async def one(call: Call) -> web.StreamResponse:
    """To this machine alone: one of those letters, with its links."""
    box, wanted = _outbox(call), call.path("id")
    letters = await asyncio.to_thread(lambda: list(_newest(box)))
    for letter in letters:
        if letter.id == wanted:
            return _shown(docs.rendered("letter.html", letter=letter, parts=_parts(letter.text)))
    raise NotFound("There is no such letter.")


def shown_to(call: Call) -> bool:
    """Whether there is an outbox, and whoever asks may look into it."""
    settings = call.parts.settings
    host = urlsplit(settings.public_url).hostname or ""
    return settings.mail.startswith("outbox:") and _is_here(host) and _from_here(call)


def _outbox(call: Call) -> Outbox:
    """The folder of letters; raises NotFound for whom it is not."""
    box = mail.of(call.parts.settings) if shown_to(call) else None
    if isinstance(box, Outbox):
        return box
    raise NotFound("There is no outbox here.")


def _from_here(call: Call) -> bool:
    """Whether somebody at this machine asks, and neither a proxy on it nor another site's page.

    A page may have its own name lead to this machine (DNS rebinding), so the name counts too.
    """
    asked = call.request.headers
    if any(name in asked for name in _OF_PROXIES):
        return False
    try:
        named = urlsplit(f"//{asked.get('Host', '')}").hostname or ""
    except ValueError:
        return False
    same = asked.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
    return same and _is_here(named) and _is_here(call.address)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _newest(box: Outbox) -> Iterator[Letter]:
    for number, letter in enumerate(box.letters()):
        if number == _MOST:
            return
        yield letter


def _parts(text: str) -> list[tuple[str, bool]]:
    """The text cut at its links, and whether each part is one."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        parts += [(text[at : found.start()], False), (found[0], True)]
        at = found.end()
    return [*parts, (text[at:], False)]


def _shown(text: str) -> web.Response:
    headers = {"Content-Security-Policy": docs.POLICY}
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)
