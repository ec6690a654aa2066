"""Both images, made by their own steps, and run as they are meant to be: by nobody special, root read-only.

Their steps ask package indexes, as an engine's would.
"""

import asyncio
import io
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import av
import composed
import images
import pytest
from aiohttp.web import Application
from apis import Client, a_song
from asking import ask
from composed import Composed
from images import Image
from installed import names, narrowed
from loops import once
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


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    place = tmp_path_factory.mktemp("web")
    yield images.built("Dockerfile.web", place)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    place = tmp_path_factory.mktemp("gpu")
    yield images.built("Dockerfile.gpu", place)
    shutil.rmtree(place)  # it is large


def test_the_web_image_serves_all_of_oriel_without_what_draws_or_hears(
    web: Image, tmp_path: Path
) -> None:
    data = folder_of_its_own(tmp_path / "data")

    command = web.container(*web.command, "--port", "0", data=data)
    with serves(command, cwd=tmp_path) as server:
        port = server.url.rpartition(":")[2]
        asks = [word.replace(":8000", f":{port}") for word in web.health]
        well = run(web.container(*asks, entrypoint=False, data=data))
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
    assert not unwanted & names(packages(web))
    written = [path.lstat() for path in data.rglob("*")]
    assert {one.st_uid for one in written} == {UID}


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
    alone = narrowed([packages(worker)], "render", tmp_path / "alone")
    rendering = ["render", "song.wav", "-o", "video.mp4", "--size", "64x36", "--frames", "0:3"]

    place = f"/{packages(worker).relative_to(worker.tree)}"
    run(worker.container(*rendering, work=work, bound=["--ro-bind", str(alone), place]))

    assert {"moderngl", "librosa"} <= names(alone)
    assert not {"sqlalchemy", "arq", "aiohttp", "sentry-sdk"} & names(alone)
    with av.open(str(work / "video.mp4")) as video:
        assert video.streams.video[0].frames == 3


def test_an_image_takes_as_much_room_as_the_page_says_and_no_more(
    web: Image, worker: Image, tmp_path: Path
) -> None:
    """What its steps made, with Debian's packages by what apt says: those that are named, and any Debian's."""
    page = (images.ROOT / "docs" / "gpu.md").read_text("utf-8")
    told = dict(re.findall(r"`(oriel-\w+)` takes ([\d.]+) GB", page))
    nothing = tmp_path / "status"
    nothing.touch()

    for name, image in {"oriel-web": web, "oriel-gpu": worker}.items():
        made = images.size(image.tree) - images.size(image.tree / "etc")
        whole = (made + images.size_of_debian(image.packages, nothing)) / 1e9
        assert -0.1 < whole - float(told[name]) < 0.05, name
    [python] = re.findall(r"([\d.]+) of Python's packages", page)
    assert -0.1 < images.size(packages(worker)) / 1e9 - float(python) < 0.05


def test_compose_brings_up_a_whole_oriel_where_a_video_is_ordered_drawn_and_fetched(
    web: Image, worker: Image, tmp_path: Path
) -> None:
    """By its own commands, settings, names and ports; only what is not Oriel's is another's build."""

    def ordered() -> bytes:
        with composed.up({"oriel-web": web, "oriel-gpu": worker}, tmp_path) as running:
            return once(whole_order(running))

    video = composed.in_a_network_of_its_own(ordered)

    with av.open(io.BytesIO(video)) as opened:
        [pictures] = opened.streams.video
        assert (pictures.width, pictures.height, pictures.frames) == (160, 90, 10)


async def whole_order(running: Composed) -> bytes:
    """The video of somebody who signs up, confirms the address by a letter, and orders one."""
    settings = composed.SERVICES["web"]["environment"]
    operator = {"email": settings["ADMIN_EMAIL"], "password": settings["ADMIN_PASSWORD"]}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        stranger = Client(settings["ORIEL_PUBLIC_URL"], http, Application())
        signed_in = await stranger.post("/api/auth/login", operator)
        assert signed_in.json["user"]["role"] == "admin"
        ada = await stranger.registered("ada@example.com")
        await confirm(ada, await letter(running, "ada@example.com", "token="))
        order = (await ada.order(a_song(1), size="160x90", fps="10")).json
        done = await letter(running, "ada@example.com", order["id"])
        assert done["From"] == settings["ORIEL_MAIL_FROM"]
        led = await ada.get(f"/api/jobs/{order['id']}/download")
        assert led.headers["Location"].startswith("http://localhost:4443/oriel/")
        async with http.get(led.headers["Location"]) as answer:
            return await answer.read()


async def letter(running: Composed, to: str, saying: str) -> EmailMessage:
    """The first one to somebody in whose text something stands, once it was taken."""
    async with asyncio.timeout(60):
        while True:
            for one in running.letters:
                if one["To"] == to and saying in text_of(one):
                    return one
            await asyncio.sleep(0.05)


async def confirm(somebody: Client, told: EmailMessage) -> None:
    """Follow a letter's link to the page, and do what its button does."""
    [link] = re.findall(rf"{somebody.url}/\S+token=\S+", text_of(told))
    async with somebody.http.get(link) as page:
        assert page.status == 200
    token = parse_qs(urlsplit(link).query)["token"][0]
    confirmed = await somebody.post("/api/auth/verify-email", {"token": token})
    assert confirmed.json["verified"] is True


def text_of(told: EmailMessage) -> str:
    """The part of it that is plain text."""
    return str(told.get_body(("plain",)).get_content())
