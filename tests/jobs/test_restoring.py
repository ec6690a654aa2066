"""A backup is put back somewhere else, and the service there goes on with its work."""

import os
import subprocess
import sys
from pathlib import Path

import ordering
from databases import Schemas
from working import Works, works

from oriel.service import db

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


def oriel(*words: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "oriel", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_a_service_goes_on_elsewhere_on_the_other_kind_of_database(
    workplace: Works, schemas: Schemas, short_song: Path, tmp_path: Path
) -> None:
    order = ordering.an_order(sizes=((64, 36),), end=2.0)
    worker = workplace.start()
    first = await workplace.order(short_song, order)
    done = await workplace.until(first, "done")
    video = (await workplace.fetched(done)).read_bytes()
    worker.terminate()
    worker.wait()
    second = await workplace.order(short_song, order)
    assert await ordering.claimed(workplace.database) is not None  # by a worker that then dies

    said = oriel("db", "backup", str(tmp_path / "backup"), environment=workplace.environment)
    assert "files" in said

    kind = OTHER[workplace.database.engine.dialect.name]
    url = getattr(schemas, kind)()
    (tmp_path / "elsewhere").mkdir()
    async with db.open_database(url) as database:
        with works(tmp_path / "elsewhere", database, url) as there:
            oriel("db", "restore", str(tmp_path / "backup"), environment=there.environment)

            assert (await there.fetched(await ordering.seen(database, done))).read_bytes() == video
            there.start()
            assert (await there.until(second, "done")).frames == 60
