"""Photograph the studio as it plays the demo song, for the README: docs/pictures/studio.webp.

    python scripts/photograph_studio.py [OUT.webp]

Needs Oriel with its extras `render`, `web` and `test`, npm's packages and Chromium.
"""

import io
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

SIZE = {"width": 1440, "height": 900}
AT_SECONDS = 17.72  # a bass drum
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--autoplay-policy=no-user-gesture-required",
]


def main() -> None:
    """Serve, photograph, end the server."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/studio.webp")
    command = [sys.executable, "-m", "oriel", "serve", "--studio-only", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = server.stdout.readline()
            photograph(told[told.index("http://") :].split()[0], out)
        finally:
            server.terminate()


def photograph(url: str, out: Path) -> None:
    """Open the page, let the song play to its loud part, and keep what is seen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport=SIZE, color_scheme="dark", reduced_motion="reduce")
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        page.locator(".look canvas[data-drawn]").nth(19).wait_for(timeout=60_000)
        page.click("#play-demo")
        page.wait_for_selector("#empty", state="hidden", timeout=30_000)
        arrive(page)
        Image.open(io.BytesIO(page.screenshot())).save(out, quality=86, method=6)
        browser.close()


def arrive(page: Any) -> None:
    """To the moment, at rest, without a message over it."""
    page.wait_for_timeout(6_000)  # hearing the song, with the beats that the server hears
    page.evaluate(f"oriel.player.pause(); oriel.player.seek({AT_SECONDS})")
    page.evaluate("document.querySelector('#notices').hidden = true")
    page.mouse.move(5, 5)
    page.wait_for_timeout(1_500)


if __name__ == "__main__":
    main()
