"""A page in, what aiohttp calls for it out: who may see it, its form, what is shown, the error."""

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from oriel.errors import Fault
from oriel.service.errors import NotSignedIn, Refused, SecondFactorMissing
from oriel.web.api import origins, perform
from oriel.web.api.call import Call
from oriel.web.api.codes import CODES
from oriel.web.api.keys import PARTS
from oriel.web.pages import destination, forms, templates
from oriel.web.pages.page import Page
from oriel.web.pages.shown import Shown, go

_log = logging.getLogger(__name__)


def handler(page: Page) -> Handler:
    """The aiohttp handler of a page."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request[forms.FORM] = forms.Sent(page.name)
        call = Call(request, request.app[PARTS])
        try:
            response = await _answered(page, call)
        except NotSignedIn as refusal:
            call.note_refusal(refusal)
            response = go(destination.sign_in(request))
        except SecondFactorMissing:
            response = go(destination.second_factor(request))
        except Refused as refusal:
            call.note_refusal(refusal)
            response = templates.rendered(call, _told(refusal))
        except Fault as fault:
            _log.warning("%s %s waits: %s", request.method, request.rel_url.raw_path, fault)
            response = templates.rendered(call, problem(503, perform.AWAY))
        if not response.prepared:
            call.dress(response)
        return response

    return handle


def problem(status: int, message: str) -> Shown:
    """The page that says what went wrong."""
    return Shown("error.html", {"status": status, "message": message}, status)


async def _answered(page: Page, call: Call) -> web.StreamResponse:
    origins.check(call.request, ())
    if page.who == "anybody":
        await call.identify(required=False)
    await perform.admit(call, page.who, page.limit)
    given = {}
    try:
        if page.form is not None:
            given["form"] = await forms.read(page.form, call.request)
        return await _shown(call, page, **given)
    except Refused as refusal:
        if page.again is None or isinstance(refusal, NotSignedIn):
            raise
        call.note_refusal(refusal)
        return await _shown_again(page.again, call, refusal)


async def _shown(call: Call, page: Page, **given: object) -> web.StreamResponse:
    answer = await page.handler(call, **given)
    return templates.rendered(call, answer) if isinstance(answer, Shown) else answer


async def _shown_again(page: Page, call: Call, refusal: Refused) -> web.StreamResponse:
    """The page with a form that was refused, and why."""
    call.request[forms.FORM].refused(refusal)
    response = await _shown(call, page)
    if response.status == 200:
        response.set_status(CODES[refusal.code].status)
    return response


def _told(refusal: Refused) -> Shown:
    return problem(CODES[refusal.code].status, perform.sentence(str(refusal)))
