"""Photograph Oriel for the README: the studio, an order, and the video that came of it.

    python scripts/photograph.py [FOLDER]

Writes studio.webp, ordering.webp and video.webp into docs/pictures, or that folder. Needs Oriel with
its extras `render`, `web` and `test`, npm's packages and Chromium.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

SIZE: ViewportSize = {"width": 1440, "height": 900}
AT_SECONDS = 17.72  # a bass drum
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--autoplay-policy=no-user-gesture-required",
]
ORDER = """
async () => {
  const form = new FormData();
  form.append("song", await (await fetch("/demo/song.wav")).blob(), "Demo song.wav");
  for (const [name, value] of Object.entries({look: "neon-knot", start: "14", end: "26"}))
    form.append(name, value);
  const told = await fetch("/api/jobs/submit", {method: "POST", body: form});
  return (await told.json()).id;
}
"""
STATUS = "async id => (await (await fetch(`/api/jobs/${id}/status`)).json()).status"


def main() -> None:
    """Serve, photograph, end the server."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
        sign_up(page, url)
        play(page, url)
        keep(page, folder / "studio.webp")
        page.get_by_role("tab", name="Video").click()
        page.wait_for_timeout(1_000)
        keep(page, folder / "ordering.webp")
        make(page, url)
        keep(page, folder / "video.webp")
        browser.close()


@contextmanager
def served() -> Iterator[str]:
    """The address of a whole Oriel in a folder of its own, which sells for no money."""
    command = [sys.executable, "-m", "oriel", "serve", "--port", "0"]
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "ORIEL_DATA": data, "ORIEL_PAYMENTS": "off:simulated"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        ) as server:
            try:
                assert server.stdout is not None
                told = server.stdout.readline()
                yield told[told.index("http://") :].split()[0]
            finally:
                server.terminate()


def sign_up(page: Any, url: str) -> None:
    """Make an account by the form."""
    page.goto(f"{url}/sign-up")
    page.fill("[name=email]", "ann@example.com")
    page.fill("[name=password]", "a long and boring sentence")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")


def play(page: Any, url: str) -> None:
    """Open the studio, let the song play to its loud part, and rest there, no message over it."""
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.locator(".look canvas[data-drawn]").nth(19).wait_for(timeout=60_000)
    page.click("#play-demo")
    page.wait_for_selector("#empty", state="hidden", timeout=30_000)
    while not page.evaluate("oriel.state.get('bands')?.beats.length"):
        page.wait_for_timeout(500)  # the server hears the beats
    page.evaluate(f"oriel.player.pause(); oriel.player.seek({AT_SECONDS})")
    page.evaluate("document.querySelector('#notices').hidden = true")
    page.mouse.move(5, 5)
    page.wait_for_timeout(1_500)


def make(page: Any, url: str) -> None:
    """Order a video, and open its page once it is made."""
    order = page.evaluate(ORDER)
    while page.evaluate(STATUS, order) != "done":
        page.wait_for_timeout(500)
    page.goto(f"{url}/videos/{order}")
    page.wait_for_timeout(1_500)


def keep(page: Any, path: Path) -> None:
    """Write what is seen."""
    Image.open(io.BytesIO(page.screenshot())).save(path, quality=86, method=6)


if __name__ == "__main__":
    main()
