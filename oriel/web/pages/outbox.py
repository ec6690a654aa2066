"""Letters that were never sent, for whoever tries Oriel on their own machine.

Only where mail goes into a folder, and only to who asks from this very machine, at an address that
nobody else can reach: letters hold links with which accounts are taken over.
"""

import asyncio
import re
from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from oriel.service import ids, mail
from oriel.service.errors import NotFound
from oriel.service.mail import Letter
from oriel.service.mail.outbox import Outbox
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import show

_MOST = 100
_OF_PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
_LINK = re.compile(r"https?://\S+")
_ONE = f"/outbox/{{id:{ID}}}"
# A letter brings its own styles and pictures, and may do nothing but lead somewhere when clicked.
_AS_IT_CAME = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
)


@page("GET", "/outbox", who="anybody")
async def listed(call: Call) -> Answer:
    """The letters that Oriel would have sent, the newest first."""
    box = _outbox(call)
    letters = await asyncio.to_thread(lambda: list(_newest(box)))
    return show("outbox/letters.html", letters=[(one, ids.moment(one.id)) for one in letters])


@page("GET", _ONE, who="anybody")
async def one(call: Call) -> Answer:
    """One of those letters: as it looks, and its text with its links."""
    letter = await _letter(call)
    written = ids.moment(letter.id)
    return show("outbox/letter.html", letter=letter, written=written, parts=_parts(letter.text))


@page("GET", f"{_ONE}/page", who="anybody")
async def as_it_looks(call: Call) -> Answer:
    """The HTML of one, to be shown within its page; a link in it opens in the whole window."""
    letter = await _letter(call)
    headers = {"Content-Security-Policy": _AS_IT_CAME}
    text = _whole(letter).replace("<head>", '<head><base target="_top">', 1)
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


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


async def _letter(call: Call) -> Letter:
    """The letter that the path names; raises NotFound."""
    box, wanted = _outbox(call), call.path("id")
    for letter in await asyncio.to_thread(lambda: list(_newest(box))):
        if letter.id == wanted:
            return letter
    raise NotFound("There is no such letter, or it is no longer among the newest.")


def _whole(letter: Letter) -> str:
    """Its HTML with its pictures in it."""
    text = letter.html
    for picture in letter.pictures:
        data = f"data:{picture.content_type};base64,{b64encode(picture.data).decode()}"
        text = text.replace(f"cid:{picture.name}", data)
    return text


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
