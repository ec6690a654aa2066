"""Files of a submission stay while somebody needs them, and a few longer than that."""

import asyncio
from dataclasses import replace
from pathlib import Path

from databases import on_sqlite
from ordering import one, surely_claimed

from oriel.jobs.inputs import Inputs
from oriel.service.db import Database
from oriel.service.leases import Work
from oriel.service.storage.file import FileStorage


async def used(inputs: Inputs, work: Work) -> None:
    """Need a submission's folder for a moment."""
    async with inputs.folder(work) as place:
        file = place / "song"
        file.write_text(work.submission_id)
        await asyncio.sleep(0)
        assert file.read_text() == work.submission_id


@on_sqlite
async def test_pieces_of_work_that_end_at_once_do_not_disturb_each_other(
    database: Database, tmp_path: Path
) -> None:
    await one(database)
    work = await surely_claimed(database)
    inputs = Inputs(FileStorage(tmp_path, "http://here", (b"key",)), tmp_path / "inputs")
    works = [replace(work, submission_id=f"submission-{number}") for number in range(6)]
    for each in works[:4]:  # which are kept, until there are others
        await used(inputs, each)

    await asyncio.gather(*(used(inputs, each) for each in works[4:]))

    kept = sorted(path.name for path in (tmp_path / "inputs").iterdir())
    assert kept == [each.submission_id for each in works[2:]]
