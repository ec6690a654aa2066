"""What Oriel is compared with: Three.js in a headless Chromium, filmed picture by picture.

Three ways of filming are in use: screenshots over the DevTools protocol as JPEG or PNG (Remotion,
timecut and the puppeteer recorders), and the canvas as a JPEG (timecut's canvas mode). `measure`
takes the one that proves fastest, overlaps it with the encoder, and leaves out the browser's start
and the compilation of shaders: whatever can be in the browser's favour is. Raw pixels posted to a
local server were three times slower than the JPEG (8 MB a picture through the browser's network
process). No way of filming can be faster than `drawing_fps`.

    python -m benchmarks.browser [--frames 60] [--size 1920x1080] [--way screenshot-jpeg]
"""

import argparse
import base64
import json
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
from av.video.frame import VideoFrame

from oriel import encoders

ROOT = Path(__file__).parent.parent
PAGE = "benchmarks/browser/index.html"
WAYS = ("screenshot-jpeg", "screenshot-png", "canvas-jpeg")
FPS = 30
WARM_UP = 5  # pictures: the first compiles the shaders, the next few fill caches
TRIAL = 6  # pictures that each way gets to show how fast it is

FLAGS = """--no-sandbox --use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader
    --ignore-gpu-blocklist --disable-background-networking --no-first-run
    --disable-component-update --disable-sync --hide-scrollbars"""


def missing() -> str | None:
    """What this benchmark lacks here, as a sentence; None when it can run."""
    if shutil.which("chromium") is None:
        return "Chromium is not installed: apt-get install chromium."
    if not (ROOT / "node_modules" / "three").is_dir():
        return "Three.js is not installed: npm ci."
    return None


def settings() -> dict[str, str]:
    """libx264's options as Oriel sets them for standard quality."""
    chosen = encoders.choose("h264", "standard", ".mp4")
    return encoders.options(chosen.encoder, chosen.crf, Fraction(FPS))


def measure(
    frames: int = 60,
    size: tuple[int, int] = (1920, 1080),
    options: dict[str, str] | None = None,
    way: str | None = None,
) -> dict[str, Any]:
    """Film `frames` pictures of `size` into libx264 and say how many a second were made.

    `options` are libx264's; without them Oriel's own of standard quality. `way` is one of WAYS; without it each is tried and the fastest taken. The result holds `fps`
    (the whole: drawing, filming, encoding), `drawing_fps` (drawing alone), `ways` (fps of each
    that was tried), and what was used: versions, renderer, settings.

    Raises FileNotFoundError when the browser or Three.js is not installed.
    """
    if (lack := missing()) is not None:
        raise FileNotFoundError(lack)
    options = options or settings()
    with _browser(size) as browser:
        film = partial(_film, browser, size=size, options=options)
        film(way or WAYS[0], WARM_UP)
        tried = {each: film(each, TRIAL) for each in ([way] if way else WAYS)}
        chosen = max(tried, key=lambda each: tried[each])
        return {
            "fps": film(chosen, frames),
            "drawing_fps": _drawing(browser, min(frames, 20)),
            "way": chosen,
            "ways": tried,
            "frames": frames,
            "size": list(size),
            "options": options,
            "chromium": browser.page.context.browser.version,
            "three": browser.page.evaluate("film.three"),
            "renderer": browser.page.evaluate("film.drawnBy()"),
        }


@dataclass(frozen=True)
class _Browser:
    page: Any
    devtools: Any


@contextmanager
def _browser(size: tuple[int, int]) -> Iterator[_Browser]:
    """A Chromium that shows the scene."""
    from playwright.sync_api import sync_playwright

    with _server() as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS.split()
        )
        page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
        page.goto(f"{url}/{PAGE}")
        page.wait_for_function("window.film !== undefined", timeout=60_000)
        yield _Browser(page, page.context.new_cdp_session(page))
        chromium.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _server() -> Iterator[str]:
    """Serves this checkout on a free port of this machine, to this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _film(
    browser: _Browser, way: str, frames: int, size: tuple[int, int], options: dict[str, str]
) -> float:
    """Frames a second of filming `frames` pictures one way, from the first to a whole file."""
    picture, decode = _camera(browser, way)
    with tempfile.TemporaryDirectory() as folder:
        encoder = _Encoder(Path(folder) / "film.mp4", size, options, decode)
        start = time.perf_counter()
        for index in range(frames):
            encoder.pictures.put(picture(index))
        encoder.close()
        return frames / (time.perf_counter() - start)


def _drawing(browser: _Browser, frames: int) -> float:
    """Frames a second of drawing alone."""
    start = time.perf_counter()
    for index in range(frames):
        browser.page.evaluate(f"film.finish({index})")
    return frames / (time.perf_counter() - start)


Decode = Callable[[bytes], VideoFrame]


def _camera(browser: _Browser, way: str) -> tuple[Callable[[int], bytes], Decode]:
    """How one picture is taken, given its index, and how its bytes are read."""
    if way == "canvas-jpeg":
        return partial(_canvas, browser), _decoder("mjpeg")
    kind = way.removeprefix("screenshot-")
    return partial(_screenshot, browser, kind), _decoder({"jpeg": "mjpeg", "png": "png"}[kind])


def _screenshot(browser: _Browser, kind: str, index: int) -> bytes:
    browser.page.evaluate(f"film.show({index})")
    quality = {"quality": 80} if kind == "jpeg" else {}
    options = {"format": kind, "optimizeForSpeed": True, **quality}
    return base64.b64decode(browser.devtools.send("Page.captureScreenshot", options)["data"])


def _canvas(browser: _Browser, index: int) -> bytes:
    return base64.b64decode(browser.page.evaluate(f"film.jpeg({index})"))


def _decoder(codec: str) -> Decode:
    context = av.CodecContext.create(codec, "r")
    assert isinstance(context, av.VideoCodecContext)

    def decode(data: bytes) -> VideoFrame:
        (frame,) = context.decode(av.Packet(data))
        return frame

    return decode


@dataclass
class _Encoder:
    """Decodes pictures and encodes them in a thread of its own, as a piped ffmpeg would."""

    out: Path
    size: tuple[int, int]
    options: dict[str, str]
    decode: Decode
    pictures: queue.Queue[bytes | None] = field(default_factory=lambda: queue.Queue(4))

    def __post_init__(self) -> None:
        self._error: Exception | None = None
        self._container = av.open(str(self.out), "w")
        self._stream = self._container.add_stream(
            "libx264", rate=FPS, options=self.options, width=self.size[0], height=self.size[1]
        )
        self._stream.pix_fmt = "yuv420p"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Encode what is left and end the file."""
        self.pictures.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            for index, data in enumerate(iter(self.pictures.get, None)):
                frame = self.decode(data).reformat(
                    format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
                )
                frame.pts = index
                self._container.mux(self._stream.encode(frame))
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except Exception as error:  # raised again where the film is made
            self._error = error
            while self.pictures.get() is not None:
                pass


def main() -> None:
    parser = argparse.ArgumentParser(description="Film Three.js in a headless Chromium.")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--way", choices=WAYS)
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    result = measure(asked.frames, (width, height), way=asked.way)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
