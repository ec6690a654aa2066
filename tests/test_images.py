"""Both images, made by their own steps, and run as they are meant to be: by nobody special, root read-only.

Their steps ask package indexes, as an engine's would.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import av
import images
import pytest
from asking import ask
from images import Image
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from serving import serves

from oriel import demo

UID = 10001

# The tables are made; a worker starts, is well as its image asks, and ends well when it is told to.
WORKING = """
oriel db upgrade
oriel worker --grace 1 &
until {health}; do kill -0 $!; sleep 0.2; done
kill $!
wait $!
"""


def folder_of_its_own(place: Path) -> Path:
    """An empty folder that an image's user may write in."""
    place.mkdir()
    os.chown(place, UID, UID)
    return place


def run(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def packages(image: Image) -> Path:
    """Where its Python finds packages."""
    [found] = (image.tree / "opt" / "oriel").glob("lib/python3*/site-packages")
    return found


def names(place: Path) -> set[str]:
    return {canonicalize_name(one.name) for one in distributions(path=[str(place)])}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    place = tmp_path_factory.mktemp("gpu")
    yield images.built("Dockerfile.gpu", place)
    shutil.rmtree(place)  # it is 1 GB


def test_the_web_image_serves_all_of_oriel_without_what_draws_or_hears(tmp_path: Path) -> None:
    image = images.built("Dockerfile.web", tmp_path / "image")
    data = folder_of_its_own(tmp_path / "data")

    command = image.container(*image.command, "--port", "0", data=data)
    with serves(command, cwd=tmp_path) as server:
        port = server.url.rpartition(":")[2]
        asks = [word.replace(":8000", f":{port}") for word in image.health]
        well = run(image.container(*asks, entrypoint=False, data=data))
        status = ask(server.url, "/status")
        page = ask(server.url)
        assets = {url: ask(server.url, url) for url in re.findall(r"/assets/[^\"]+", page.text)}
        mesh = ask(server.url, "/meshes/torusKnot")
        song = ask(server.url, "/demo/song.wav")
        beats = ask(server.url, "/demo/beats.json")

    assert "ok" in well
    told = {name: part["state"] for name, part in status.json["parts"].items()}
    assert (told["database"], told["queue"], told["storage"]) == ("ok", "ok", "ok"), told
    assert page.status == mesh.status == song.status == 200
    assert {url: answer.status for url, answer in assets.items()} == dict.fromkeys(assets, 200)
    assert any("three.module" in url for url in assets)
    assert beats.status == 404
    assert "render extra" in beats.json["error"]["message"]
    assert "link" not in song.headers
    unwanted = {"moderngl", "av", "librosa", "pip", "scipy", "setuptools"}
    assert not unwanted & names(packages(image))
    written = [path.lstat() for path in data.rglob("*")]
    assert {one.st_uid for one in written} == {UID}
    shutil.rmtree(image.tree)


def test_the_worker_image_renders_and_works_and_had_librosa_compiled(
    worker: Image, tmp_path: Path
) -> None:
    work, data = (folder_of_its_own(tmp_path / name) for name in ("work", "data"))
    demo.write(work / "song.wav", seconds=1)
    working = WORKING.format(health=shlex.join(worker.health))
    kept = worker.tree / "var" / "cache" / "oriel" / "numba"
    whole = "from oriel import compiled; print(compiled.is_whole(compiled.folder()))"

    rendering = ["render", "song.wav", "-o", "video.mp4", "--size", "64x36"]
    run(worker.container(*rendering, work=work, data=data))
    run(worker.container("sh", "-ec", working, entrypoint=False, work=work, data=data))

    with av.open(str(work / "video.mp4")) as video:
        assert video.streams.video[0].frames == 30
    assert run(worker.container("python3", "-c", whole, entrypoint=False)) == "True\n"
    assert kept.stat().st_uid == UID
    assert not {"aiohttp", "pip", "setuptools"} & names(packages(worker))
    assert (worker.tree / images.VENDORS / "10_nvidia.json").exists()


def test_what_renders_needs_no_more_than_its_extra_says(worker: Image, tmp_path: Path) -> None:
    """`pip install oriel[render]` alone, of the same packages: nothing of the service's is there."""
    work = folder_of_its_own(tmp_path / "work")
    demo.write(work / "song.wav", seconds=1)
    alone = narrowed(packages(worker), "render", tmp_path / "alone")
    rendering = ["render", "song.wav", "-o", "video.mp4", "--size", "64x36", "--frames", "0:3"]

    command = worker.container(*rendering, work=work)
    at = command.index("--perms")
    place = f"/{packages(worker).relative_to(worker.tree)}"
    run([*command[:at], "--ro-bind", str(alone), place, *command[at:]])

    assert {"moderngl", "librosa"} <= names(alone)
    assert not {"sqlalchemy", "arq", "aiohttp", "sentry-sdk"} & names(alone)
    with av.open(str(work / "video.mp4")) as video:
        assert video.streams.video[0].frames == 3


def narrowed(place: Path, extra: str, folder: Path) -> Path:
    """A folder with Oriel, and of the packages in a place those that one extra brings."""
    there = {canonicalize_name(one.name): one for one in distributions(path=[str(place)])}
    wanted: set[str] = set()
    asked = [("oriel", extra)]
    while asked:
        name, of = asked.pop()
        wanted.add(name)
        for line in there[name].requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": of}):
                other = canonicalize_name(needed.name)
                more = [(other, one) for one in ("", *needed.extras)]
                asked += [one for one in more if one[0] not in wanted or one[1]]
    for name in wanted:
        for file in there[name].files or ():
            source = place / file
            if source.exists() and ".." not in file.parts:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                os.link(source, folder / file)  # the same file, of the same time
    return folder
