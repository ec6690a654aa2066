"""A video in; its most telling picture, and a short moving one, out."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from oriel import pictures
from oriel.errors import BadOption

if TYPE_CHECKING:
    from av.container.input import InputContainer
    from av.video.frame import VideoFrame

_SHORTER_SIDE = 360  # pixels, of the moving picture
_SECONDS, _FPS = 3.0, 10
_MOST_LOOKED_AT = 240  # an hour has 1,800 keyframes


def poster(video: Path, out: Path, moving: Path | None = None) -> float:
    """Write the poster, PNG, JPEG or WebP, and around the same moment the moving one (WebP).

    Returns the moment in seconds. Raises BadOption for what is no video, BadOutput.
    """
    pictures.check(out)
    with _opened(video) as source:
        moment, pixels = max(_keyframes(source), key=lambda found: _telling(found[1]))
    pictures.save(pixels, out)
    if moving is not None:
        with _opened(video) as source:
            pictures.save_moving(list(_around(source, moment)), moving, _FPS)
    return moment


def _keyframes(source: "InputContainer") -> Iterator[tuple[float, NDArray[np.uint8]]]:
    stream = source.streams.video[0]
    stream.codec_context.skip_frame = "NONKEY"
    every = max(1, round((stream.frames or 1) / 60 / _MOST_LOOKED_AT))
    for number, frame in enumerate(source.decode(stream)):
        if number % every == 0:
            yield float(frame.time or 0.0), _rgb(frame)


def _telling(pixels: NDArray[np.uint8]) -> float:
    """How much there is to see: contrast, and colour, but nothing that is nearly all one tone."""
    small = pixels[::8, ::8].astype(np.float64)
    return float(small.mean(axis=2).std() + 0.5 * (small.max(axis=2) - small.min(axis=2)).mean())


def _around(source: "InputContainer", moment: float) -> Iterator[NDArray[np.uint8]]:
    """Pictures of a few seconds around a moment, ten a second, the shorter side made small."""
    stream = source.streams.video[0]
    begin = max(0.0, moment - _SECONDS / 2)
    if stream.time_base:
        source.seek(int(begin / stream.time_base), stream=stream)
    due = begin
    for frame in source.decode(stream):
        now = float(frame.time or 0.0)
        if now >= begin + _SECONDS:
            return
        if now >= due:
            due = max(due, now) + 0.999 / _FPS
            scale = min(1.0, _SHORTER_SIDE / min(frame.width, frame.height))
            yield _rgb(frame, round(frame.width * scale), round(frame.height * scale))


def _rgb(
    frame: "VideoFrame", width: int | None = None, height: int | None = None
) -> NDArray[np.uint8]:
    shown = frame.reformat(
        width=width, height=height, format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709"
    )
    return shown.to_ndarray().astype(np.uint8, copy=False)


def _opened(path: Path) -> "InputContainer":
    if not path.exists():
        raise BadOption(f"There is no video at {path}: see to its name and folder")
    try:
        source = av.open(str(path.absolute()), container_options={"protocol_whitelist": "file"})
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadOption(f"{path} is no video that Oriel can read: name one that it made") from error
    if not source.streams.video:
        source.close()
        raise BadOption(f"{path} is no video: it has no pictures; name one that has")
    return source
