"""Fixtures: a folder with links that are answered to, and a bucket of each emulator.

A conftest.py takes in what it wants: `from storages import emulators, key_file, stored`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import buckets
import pytest
from aiohttp import web
from loops import Loop

from oriel.service import storage
from oriel.service.settings import Settings
from oriel.service.storage import NotStored, Storage, StorageFailed
from oriel.service.storage.file import FileStorage
from oriel.web import errors, files

SECRET = "a secret that is long enough to be one"


@dataclass(frozen=True)
class Stored:
    """A storage, and the name of what it is."""

    storage: Storage
    kind: str


def folder(root: Path, port: int = 1) -> FileStorage:
    """A folder as storage, not begun yet, whose links go to a port of this machine."""
    made = storage.of(
        Settings(
            storage=f"file://{root}",
            public_url=f"http://127.0.0.1:{port}",
            secret_keys=(SECRET,),
        )
    )
    assert isinstance(made, FileStorage)
    return made


@pytest.fixture(scope="session")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The endpoints of both emulators, by name."""
    with (
        buckets.emulated(buckets.KINDS[0], tmp_path_factory.mktemp("gcs")) as one,
        buckets.emulated(buckets.KINDS[1], tmp_path_factory.mktemp("gcs")) as other,
    ):
        yield dict(zip(buckets.KINDS, (one, other), strict=True))


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key file of a service account that nobody knows."""
    return buckets.credentials(tmp_path_factory.mktemp("key"))


def bucket(place: str, endpoint: str, key: Path, patience: float = 30) -> Storage:
    """A bucket of an emulator as storage, below a place in it."""
    options = f"endpoint={endpoint}&credentials={key}&patience={patience}"
    url = f"gs://{buckets.BUCKET}/{place}?{options}"
    return storage.of(Settings(storage=url, secret_keys=(SECRET,)))


async def says_that_it_is_away(storage: Storage, key: str, into: Path, why: str) -> None:
    """Asked in any way for what lies at a key, it fails, and never says that nothing lies there."""
    for asked in (storage.size(key), storage.exists(key), storage.copy_to(key, into)):
        with pytest.raises(StorageFailed, match=why) as caught:
            await asked
        assert not isinstance(caught.value, NotStored)


@pytest.fixture(params=["file", *buckets.KINDS])
def stored(request: pytest.FixtureRequest, tmp_path: Path, loop: Loop) -> Iterator[Stored]:
    """Each storage in turn."""
    if request.param == "file":
        port = buckets.free_port()
        made = folder(tmp_path / "storage", port)
        loop.run(made.begin())
        runner = loop.run(_serve(made, port))
        yield Stored(made, "file")
        loop.run(runner.cleanup())
        return
    endpoint = request.getfixturevalue("emulators")[request.param]
    key = request.getfixturevalue("key_file")
    yield Stored(bucket(tmp_path.name, endpoint, key), request.param)


async def _serve(made: FileStorage, port: int) -> web.AppRunner:
    app = web.Application(middlewares=[errors.middleware])
    app.add_routes([files.route(made)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner
