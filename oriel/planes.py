"""Frames that FFmpeg encodes: their planes of pixels, filled, marked and filled again."""

import queue

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from oriel.errors import Fault

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

_BT709 = 1  # in each of the tables of ITU-T H.273
_LIMITED = 1  # FFmpeg's AVCOL_RANGE_MPEG: luma 16-235, chroma 16-240


class Supply:
    """Frames of one size in 4:2:0, to be filled by one thread and given back by another."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size  # (width, height) in pixels
        self._blank: tuple[VideoFrame, Plane] | None = None  # the frame given out, and its luma
        self._encoded: queue.SimpleQueue[VideoFrame] = queue.SimpleQueue()

    def blank(self) -> Planes:
        """The planes of the frame that is filled next, if these are what `filled` is given."""
        frame = self._empty()
        y, u, v = (_pixels(plane) for plane in frame.planes)
        self._blank = frame, y
        return y, u, v

    def filled(self, y: Plane, u: Plane, v: Plane) -> VideoFrame:
        """A frame of these pixels, which are copied unless `blank` gave them; raises Fault."""
        if self._blank is not None and self._blank[1] is y:
            frame, self._blank = self._blank[0], None
            return frame
        frame = self._empty()
        for plane, pixels in zip(frame.planes, (y, u, v), strict=True):
            _fill(plane, pixels)
        return frame

    def give_back(self, frame: VideoFrame) -> None:
        """Have a frame that was encoded filled again."""
        self._encoded.put(frame)

    def _empty(self) -> VideoFrame:
        """A frame to fill: one that was encoded, whose memory the system need not clear again."""
        try:
            frame = self._encoded.get_nowait()
        except queue.Empty:
            return VideoFrame(*self._size, "yuv420p")
        frame.make_writable()  # an encoder may still look at it
        return frame


def tagged(frame: VideoFrame, pixel_format: str) -> VideoFrame:
    """The frame in this pixel format and marked as BT.709, which ProRes's encoder reads from it."""
    if pixel_format != frame.format.name:
        pts, time_base = frame.pts, frame.time_base
        frame = frame.reformat(format=pixel_format)
        frame.pts, frame.time_base = pts, time_base
    frame.color_primaries = frame.color_trc = frame.colorspace = _BT709
    frame.color_range = _LIMITED
    return frame


def _fill(plane: VideoPlane, pixels: Plane) -> None:
    """Copy (height, width) pixels into a frame's plane."""
    if pixels.shape != (plane.height, plane.width) or pixels.dtype != np.uint8:
        raise Fault(
            f"A plane of {pixels.shape} {pixels.dtype} came where "
            f"{(plane.height, plane.width)} uint8 was due."
        )
    _pixels(plane)[:] = pixels


def _pixels(plane: VideoPlane) -> Plane:
    """A frame's plane as (height, width); in memory its lines may be longer."""
    memory = np.frombuffer(memoryview(plane), np.uint8)
    lines = memory[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)
    return lines[:, : plane.width]
