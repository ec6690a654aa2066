"""A field more than is asked for, in any body, form or query: it is refused, and changes nothing."""

from collections.abc import Iterator

import apis
from apis import Client
from pydantic import BaseModel
from test_who_may import Way, filled, kept

from oriel.web.api import table
from oriel.web.api.models import Asked
from oriel.web.pages import app as pages

MORE = {"verified": "true"}  # a column of accounts, which nobody is asked for


def asking() -> Iterator[tuple[Way, type[BaseModel]]]:
    """Every route of the API that takes a body, and every page that takes a form."""
    for one in table.own():
        if one.body is not None:
            yield Way(one.method, one.path, one.who, body=one.body, pattern=one.path), one.body
    for page in pages.own():
        if page.form is not None:
            way = Way(page.method, page.path, page.who, form=page.form, pattern=page.path)
            yield way, page.form


def test_no_model_of_what_is_asked_takes_more() -> None:
    models = [model for one in table.own() for model in (one.body, one.form, one.query)]
    models += [page.form for page in pages.own()]

    for model in filter(None, models):
        schema = model.model_json_schema()
        assert issubclass(model, Asked), model
        for part in (schema, *schema.get("$defs", {}).values()):
            assert "properties" not in part or part.get("additionalProperties") is False, model


async def test_a_field_more_is_named_and_changes_nothing_wherever_something_is_sent(
    site: Client,
) -> None:
    owner, admin = await site.registered(), await apis.administrator(site)
    things = await apis.belongings(owner) | {"user": owner.user["id"]}
    known = {"current_password": apis.PASSWORD, "email": "new@example.com", "tier": "personal"}
    before = await kept(site)

    for way, model in asking():
        who = {"anybody": site, "user": owner, "admin": admin}[way.who]
        for thing in sorted({*things.values()}) if "{" in way.path else ("0" * 26,):
            for fields in (filled(model, thing, known) | MORE, MORE):
                sent = {"json" if way.form is None else "data": fields}
                answer = await who.ask(way.method, way.to(thing), **sent)
                if way.form is None:
                    assert (answer.status, *MORE) == (422, *(MORE.keys() & answer.details)), way
                else:  # which may stand on a page that is not there, or that leads elsewhere
                    assert answer.status in (303, 404, 422), way
    order = await owner.order(apis.a_song(2), **MORE)

    assert (order.status, order.details.keys()) == (422, MORE.keys())
    assert await kept(site) == before
