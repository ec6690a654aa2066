"""Songs made to hurt, by their numbers, are sent to the server."""

from collections.abc import Iterator
from pathlib import Path

import apis
import pytest
from apis import Client
from databases import Schemas
from loops import Loop

from benchmarks import mutations
from oriel.service import credits

SENT = range(2_000_000, 2_000_080)


@pytest.fixture
def api(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[Client]:
    chosen = apis.settings(schemas.sqlite(), tmp_path, max_queued_per_user=1_000)
    yield from apis.opened(apis.served(chosen), loop)


async def test_each_is_taken_or_refused_by_the_server_and_nothing_is_left_of_the_latter(
    api: Client, tmp_path: Path
) -> None:
    somebody = await api.registered()
    async with api.parts.database.begin() as session:
        source = {"kind": "admin", "source": "test"}
        await credits.grant(session, somebody.user["id"], "free", 1_000, **source)

    answers = [await somebody.order(mutations.song(number)[1]) for number in SENT]

    told = [(answer.status, "" if answer.status == 202 else answer.code) for answer in answers]
    assert set(told) <= {(202, ""), (415, "not_a_song")}
    taken = {answer.json["song_hash"] for answer in answers if answer.status == 202}
    kept = [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    assert len(kept) == len(taken) > 20
    assert (await api.get("/status")).status == 200
