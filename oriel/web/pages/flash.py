"""A sentence in; the same on the next page that is shown, once, out.

It travels in a cookie that we sign: no other site can have us say its own words.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from aiohttp import web

from oriel.service import keys
from oriel.web.api import cookies
from oriel.web.api.call import Call

COOKIE = "oriel_said"
_SECONDS = 60


def say(call: Call, sentence: str) -> None:
    """Have the next page show it."""
    text = urlsafe_b64encode(sentence.encode()).decode()
    signed = f"{text}.{_signature(call.parts.settings.secret_keys[0], text)}"

    def keep(response: web.StreamResponse) -> None:
        response.set_cookie(
            *(cookies.called(COOKIE, secure=call.secure), signed),
            path="/",
            max_age=_SECONDS,
            httponly=True,
            secure=call.secure,
            samesite="Lax",
        )

    call.changes.append(keep)


def heard(call: Call) -> str | None:
    """What was to be said on this page; it is forgotten with the response."""
    cookie, secure = call.cookie(COOKIE), call.secure
    if cookie is None:
        return None
    name = cookies.called(COOKIE, secure=secure)
    call.changes.append(lambda response: response.del_cookie(name, path="/", secure=secure))
    text, _, signature = cookie.partition(".")
    secrets = call.parts.settings.secret_keys
    right = (_signature(one, text).encode() for one in secrets)
    if not any(hmac.compare_digest(one, keys.told(signature)) for one in right):
        return None
    return urlsafe_b64decode(text).decode()


def _signature(secret: str, text: str) -> str:
    return hmac.new(keys.derived(secret, "page's words"), keys.told(text), sha256).hexdigest()
