"""Words in, HTML out: the templates of oriel/web/templates/, and what all of them may ask for."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from oriel import __version__
from oriel.service import keys, wording
from oriel.web.api.call import Call
from oriel.web.keys import STUDIO
from oriel.web.pages import flash, forms, outbox, policy
from oriel.web.pages.shown import Shown

FOLDER = Path(str(files("oriel.web") / "templates"))


def add(app: web.Application, texts: Path | None = None) -> None:
    """Have the application render templates; `texts` is an operator's folder of texts/."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=_loader(texts),
        default_helpers=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= wording.FILTERS
    environment.globals["new_key"] = keys.new


def rendered(call: Call, shown: Shown) -> web.Response:
    """The page, for whoever asks."""
    words = {**_shared(call), **shown.words}
    response = aiohttp_jinja2.render_template(
        shown.template, call.request, words, status=shown.status
    )
    response.headers["Content-Security-Policy"] = policy.of(call.parts.settings)
    return response


def _loader(texts: Path | None) -> jinja2.BaseLoader:
    ours = jinja2.FileSystemLoader(FOLDER)
    if texts is None:
        return ours
    theirs = jinja2.PrefixLoader({"texts": jinja2.FileSystemLoader(texts)})
    return jinja2.ChoiceLoader([theirs, ours])


def _shared(call: Call) -> dict[str, Any]:
    """What every template may ask for."""
    request = call.request
    return {
        "asset": request.app[STUDIO].now().urls.__getitem__,
        "here": request.path,
        "next": request.query.get("next", ""),
        "user": call.who and call.who.user,
        "sent": request.get(forms.FORM) or forms.Sent(),
        "heard": flash.heard(call),
        "outbox": outbox.shown_to(call),
        "version": __version__,
    }
