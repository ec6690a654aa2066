"""Finished videos are fetched by links that are signed and end."""

import time
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import apis
import pytest
from apis import Client, a_song
from documented import assert_told, kinds

from oriel.service.models import Render
from oriel.web.api import table


@pytest.mark.parametrize("path", ["/api/jobs/{}/download", "/api/user/download/{}"])
async def test_a_finished_video_is_behind_a_signed_link(api: Client, path: str) -> None:
    somebody = await api.registered()
    render = (await somebody.order(a_song(), size="640x360")).json["id"]
    early = await somebody.get(path.format(render))
    await apis.finished(somebody, render, b"0123456789")

    answer = await somebody.get(path.format(render))

    assert (early.status, early.code) == (409, "not_ready")
    assert early.json["error"]["message"].endswith(": wait until it is done.")
    assert answer.status == 302
    link = answer.headers["Location"].removeprefix(api.parts.settings.public_url)
    whole = await api.get(link)
    part = await api.get(link, headers={"Range": "bytes=2-4"})
    forged = await api.get(link.replace("until=1", "until=2"))
    assert abs(int(parse_qs(urlsplit(link).query)["until"][0]) - time.time() - 3600) < 60
    assert (whole.status, whole.body) == (200, b"0123456789")
    assert whole.headers["Content-Type"] == "video/mp4"
    assert "song 640x360.mp4" in whole.headers["Content-Disposition"]
    assert (part.status, part.body) == (206, b"234")
    assert (forged.status, forged.code) == (400, "bad_link")
    assert (
        "file"
        in table.document("/")["paths"]["/files/{key}"]["get"]["responses"]["400"]["description"]
    )
    for method in ("GET", "HEAD"):
        for kind, (asked, status) in kinds(in_lower_case(whole.headers)).items():
            answer = await api.ask(method, link, headers=asked)
            assert answer.status == status, kind
            told = in_lower_case(answer.headers)
            assert_told(table.document("/"), "/files/{key}", asked, answer.status, told)


def in_lower_case(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by names that are all written alike."""
    return {name.lower(): value for name, value in headers.items()}


async def test_a_video_that_was_deleted_is_gone(api: Client) -> None:
    somebody = await api.registered()
    render = (await somebody.order(a_song())).json["id"]
    await apis.finished(somebody, render)
    async with api.parts.database.begin() as session:
        (await session.get_one(Render, render)).deleted_at = api.parts.now()

    answer = await somebody.get(f"/api/jobs/{render}/download")

    assert (answer.status, answer.code) == (410, "gone")
