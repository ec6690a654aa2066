"""A studio with the whole service behind it, and what people do there: sign up, order, pay, wait."""

import io
import itertools
import json
import math
import os
import subprocess
import sys
import wave
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import browsing
import playing
import serving

PASSWORD = "a long and boring sentence"
PATIENCE_SECONDS = 120.0  # for a render on a machine that does other things too
_people = itertools.count()


@dataclass(frozen=True)
class Video:
    """What came of a render: its size, frames, and a picture of its middle, (height, width, 3)."""

    width: int
    height: int
    frames: int
    seconds: float
    sound: bool
    picture: Any = field(repr=False)


@contextmanager
def service(folder: Path, *words: str, **environment: str) -> Iterator[str]:
    """The address of a whole Oriel that has a home of its own; nobody is limited."""
    home = {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "ORIEL_RATE_FACTOR": "0",
        **environment,
    }
    with serving.served(*words, cwd=folder, environment=home, complete=True) as server:
        yield server.url


@contextmanager
def worker(folder: Path, **environment: str) -> Iterator[None]:
    """A worker of such a service, as its own process; what it logs is in worker.log."""
    with (folder / "worker.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "oriel", "worker"],
            env={**os.environ, "HOME": str(folder), **environment},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=40)


@contextmanager
def visit(browser: Any, url: str, *, others: tuple[str, ...] = (), **how: Any) -> Iterator[Any]:
    """A page of the studio in a profile of its own; an error in it fails the test.

    It may go to the origins `others` too, as to pay. `page.complaints` is the list of errors.
    """
    context = browser.new_context(
        **{"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce", **how}
    )
    page = context.new_page()
    page.complaints = browsing.complaints_of(page)
    page.url_of_studio = url
    open_studio(page)
    yield page
    complaints = [one for one in page.complaints if not _is_of_others(one, url, others)]
    context.close()
    assert complaints == [], complaints


def _is_of_others(complaint: str, url: str, others: tuple[str, ...]) -> bool:
    """Whether it is that the page went where it may go, or what it met there."""
    back = bool(others) and complaint.startswith(f"left its origin: {url}")
    return back or any(other in complaint for other in others)


def open_studio(page: Any, query: str = "") -> None:
    """The studio, with all that it knows of the service."""
    page.goto(f"{page.url_of_studio}/{query}")
    wait_for_service(page)


def wait_for_service(page: Any) -> None:
    """Until the page knows who is there, and what is sold."""
    page.wait_for_selector("body[data-service=ready]", timeout=60_000)


def a_song(folder: Path, seconds: float = 2.0, pitch: float = 220.0, rate: int = 22_050) -> Path:
    """A WAV file of a tone that comes and goes; another pitch, another song."""
    samples = (
        int(12_000 * math.sin(2 * math.pi * pitch * t / rate) * (t * 2 % rate < rate // 3))
        for t in range(int(seconds * rate))
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((1, 2, rate, 0, "NONE", ""))
        made.writeframes(array("h", samples).tobytes())
    path = folder / f"song-{pitch:g}.wav"
    path.write_bytes(file.getvalue())
    return path


def choose(page: Any, song: Path) -> None:
    """Drop a song, and go to where its video is made."""
    playing.drop(page, song)
    playing.until(page, f"oriel.state.get('song')?.file === {song.name!r}", 60)
    page.get_by_role("tab", name="Video").click()


def sign_up(page: Any, email: str | None = None) -> str:
    """Make an account in the dialog that is open; its address."""
    address = email or f"somebody{next(_people)}@example.com"
    page.locator("#signin").wait_for()
    turn = page.locator("#signin").get_by_role("button", name="Make an account")
    if turn.is_visible():
        turn.click()
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.locator("#signin").wait_for(state="detached", timeout=30_000)
    return address


def sign_in(page: Any, email: str) -> None:
    """The same with an account that there is."""
    page.get_by_role("button", name="Sign in", exact=True).first.click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("#signin").get_by_role("button", name="Sign in").click()
    page.locator("#signin").wait_for(state="detached", timeout=30_000)


def join(page: Any) -> str:
    """Sign up from the bar."""
    page.get_by_role("button", name="Sign in", exact=True).first.click()
    return sign_up(page)


def tier(page: Any, name: str) -> None:
    """Choose what to order."""
    page.locator(f'.tier input[value="{name.lower()}"]').check()


def size(page: Any) -> Any:
    """Where the size is chosen; a look has one too."""
    return page.locator("#order").get_by_label("Size")


def also(page: Any, shape: str, wanted: bool = True) -> None:
    """Order the same in another shape too."""
    page.locator(f'.also input[value="{shape}"]').set_checked(wanted)


def part(page: Any, start: str, end: str) -> None:
    """Order this part of the song."""
    page.get_by_label("A part").check()
    page.get_by_role("textbox", name="From").fill(start)
    page.get_by_role("textbox", name="To", exact=True).fill(end)


def order(page: Any) -> None:
    """Press the button that orders."""
    page.locator(".order-button").click()


def finished(page: Any, count: int = 1) -> list[str]:
    """The identifiers of the renders that are shown, once so many are done."""
    done = page.locator(".render[data-status=done]")
    done.nth(count - 1).wait_for(timeout=PATIENCE_SECONDS * 1000)
    return [one.get_attribute("data-render") for one in done.all()]


def credits(page: Any) -> dict[str, int]:
    """What the server says is left."""
    told = page.request.get(f"{page.url_of_studio}/api/auth/session").json()
    return dict(told["credits"])


def renders(page: Any) -> list[dict[str, Any]]:
    """All renders of the account, the newest first."""
    return list(page.request.get(f"{page.url_of_studio}/api/jobs?limit=100").json()["renders"])


def downloaded(page: Any, render: str, folder: Path) -> Video:
    """The video behind the render's button, decoded."""
    with page.expect_download(timeout=60_000) as download:
        card = page.locator(f'.render[data-render="{render}"]')
        card.get_by_role("button", name="Download").click()
    path = folder / f"{render}.mp4"
    download.value.save_as(path)
    return decoded(path)


def decoded(path: Path) -> Video:
    """A file that was made."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        return Video(
            stream.width,
            stream.height,
            len(pictures),
            float(stream.duration * stream.time_base),
            bool(container.streams.audio),
            pictures[len(pictures) // 2],
        )


def origin(url: str) -> str:
    """Where an address is."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def look(page: Any) -> Any:
    """The look that the page shows."""
    return json.loads(page.evaluate("JSON.stringify(oriel.state.get('look'))"))
