"""One's second factor on pages: a picture to scan, recovery codes that are seen once, and the end of it."""

from oriel.service import factors, recovery
from oriel.web.api import factor
from oriel.web.api.call import Call
from oriel.web.pages import destination, flash, forms
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show

_PLACE = "/account/second-factor"


@page("GET", _PLACE)
async def second_factor(call: Call) -> Answer:
    """How it stands: a secret to begin with, or what can be changed of it."""
    if call.user.second_factor_since is None:
        return _offered(call)
    async with call.parts.database.read() as session:
        left = await recovery.left(session, call.user.id)
    return show("account/second_factor.html", left=left, most=recovery.COUNT)


@page("POST", f"{_PLACE}/on", again=second_factor)
async def turn_on(call: Call, form: factor.Start) -> Answer:
    """Turn it on; the recovery codes are shown this once."""
    made = await factor.turn_on.handler(call, form)
    return _codes(call, made.recovery_codes, destination.wanted(call.request, "/account"))


@page("POST", f"{_PLACE}/codes", again=second_factor)
async def renew_codes(call: Call, form: factor.Proof) -> Answer:
    """Have new recovery codes, shown this once."""
    made = await factor.renew_codes.handler(call, form)
    return _codes(call, made.recovery_codes, "/account")


@page("POST", f"{_PLACE}/off", again=second_factor)
async def turn_off(call: Call, form: factor.Proof) -> Answer:
    """Turn it off."""
    done = await factor.turn_off.handler(call, form)
    flash.say(call, done.message)
    return go("/account")


def _offered(call: Call) -> Answer:
    """A new secret, or the one whose code was mistyped."""
    before = call.request[forms.FORM].typed.get("offer", "")
    offer = factors.offer(call.parts.settings.secret_keys, call.user, before)
    demanded = call.user.role == "admin" and call.parts.settings.admin_second_factor == "required"
    return show(
        "account/second_factor_offer.html",
        offer=offer,
        picture=_picture(offer.uri),
        demanded=demanded,
    )


def _codes(call: Call, codes: list[str], onward: str) -> Answer:
    return show("account/recovery_codes.html", codes=codes, onward=onward)


def _picture(uri: str) -> str:
    """A QR code as SVG, dark on light in every theme, as not all apps read it the other way round."""
    import segno

    return segno.make(uri, micro=False).svg_inline(
        dark="#000", light="#fff", border=4, omitsize=True, svgclass="qr", lineclass=None
    )
