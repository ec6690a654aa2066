"""Planes of pixels and a song go in; a video file appears under its name once it is whole."""

import errno
import math
import os
import queue
import secrets
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from oriel import encoders, soundtrack
from oriel.audio import Audio
from oriel.errors import BadOption, BadOutput, EncoderFailed, Fault, OrielError

Plane = NDArray[np.uint8]

MAX_SIDE = 16_384
"""Pixels: what H.264's level 6.2 and the encoders allow."""

_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_BT709 = 1  # in each of the tables of ITU-T H.273
_LIMITED = 1  # FFmpeg's AVCOL_RANGE_MPEG: luma 16-235, chroma 16-240
_QUEUED = 4  # frames: enough to ride out a slow keyframe, and 50 MB at 4K
_GLANCE_SECONDS = 0.1  # how soon write() sees that the encoder died
_FAREWELL_SECONDS = 0.8  # how long an abandoned encoder may take to stop

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class Writer:
    """Writes frames to a video file in a thread of its own; a context manager.

    `size` is (width, height) in pixels, both even; `fps` an exact fraction; `frames` how many
    `write` calls will come; `quality` a name of `encoders.QUALITIES` or a number from 0 to 51;
    `start` where in the song, in seconds, frame 0 is. `encoder` names FFmpeg's encoder that is
    used and `note` says, in a sentence, when it is not the one that was asked for.

    The file appears under `out` when the context is left without an error, and not at all
    otherwise. Raises BadOption and BadOutput at once for what cannot work; `write` and the end
    of the context raise BadOutput (a full disk) or EncoderFailed soon after the thread died.
    """

    def __init__(
        self,
        out: Path,
        size: tuple[int, int],
        fps: Fraction,
        frames: int,
        *,
        codec: str = "auto",
        quality: str | int = "standard",
        audio: Audio | None = None,
        start: float = 0.0,
    ) -> None:
        _check_numbers(size, fps, frames, start)
        self._out = _checked_place(Path(out))
        self._suffix = encoders.suffix_of(self._out)
        self._choice = encoders.choose(codec, quality, self._suffix)
        self._size = size
        self._fps = Fraction(fps)
        self._frames = frames
        self._audio = audio
        self._start = start
        self._written = 0
        self._error: BaseException | None = None
        self._stop = threading.Event()
        self._queue: queue.Queue[VideoFrame | None] = queue.Queue(_QUEUED)
        self._thread = threading.Thread(target=self._run, name="oriel-encoder", daemon=True)

    @property
    def encoder(self) -> str:
        """The name of FFmpeg's encoder that is used, such as "libx264"."""
        return self._choice.encoder.name

    @property
    def note(self) -> str | None:
        """A sentence when another encoder than the one asked for is used."""
        return self._choice.note

    def __enter__(self) -> Self:
        self._part = _part_of(self._out)
        try:
            self._open()
        except BaseException as error:
            self._abandon()
            raise _ours(error, self._out, self.encoder) from error
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            self._abandon()

    def write(self, y: Plane, u: Plane, v: Plane) -> None:
        """Append one frame: uint8 planes (h, w), (h/2, w/2), (h/2, w/2), copied before it returns.

        Waits while the encoder is a few frames behind. Raises BadOutput or EncoderFailed when the
        encoder's thread has died.
        """
        if self._written >= self._frames:
            raise Fault(f"More frames were written than the {self._frames} that were announced.")
        frame = VideoFrame(*self._size, "yuv420p")
        for plane, pixels in zip(frame.planes, (y, u, v), strict=True):
            _fill(plane, pixels)
        frame.pts = self._written
        frame.time_base = 1 / self._fps
        self._put(frame)
        self._written += 1

    def _open(self) -> None:
        """Open the file and both streams, and write the header, so that errors come early."""
        try:
            self._open_video()
        except av.FFmpegError as error:
            self._choice = self._second_choice(error)
            self._open_video()
        self._sound: Iterator[Packet[AudioStream]] = iter(())
        if self._audio is not None:
            self._container.metadata.update(_tags(self._audio))
            self._sound = soundtrack.packets(
                self._container,
                self._audio,
                self._start,
                self._frames / self._fps,
                self._suffix,
            )
        self._container.start_encoding()

    def _open_video(self) -> None:
        self._container = av.open(
            str(self._part),
            "w",
            format=_FORMATS[self._suffix],
            container_options=_container_options(self._suffix),
        )
        self._video = encoders.add_stream(self._container, self._choice, self._size, self._fps)

    def _second_choice(self, error: av.FFmpegError) -> encoders.Choice:
        """The encoder to use when the first, which works, refuses this size or rate."""
        second = encoders.second_best(self._choice, error.strerror or str(error))
        if second is None:
            width, height = self._size
            raise BadOption(
                f"{self.encoder} cannot encode {width}×{height} pixels at {self._fps} frames/s."
            ) from error
        return second

    def _put(self, frame: VideoFrame | None) -> None:
        """Hand a frame (None: the end) to the thread; never waits for a dead one."""
        while True:
            self._raise_if_dead()
            try:
                return self._queue.put(frame, timeout=_GLANCE_SECONDS)
            except queue.Full:
                continue

    def _raise_if_dead(self) -> None:
        if self._error is not None:
            raise _ours(self._error, self._out, self.encoder) from self._error
        if not self._thread.is_alive():
            raise EncoderFailed(f"The encoder {self.encoder} stopped without a word.")

    def _finish(self) -> None:
        """Wait until the file is whole and on the disk, then give it its name."""
        if self._written != self._frames:
            raise Fault(f"{self._written} frames were written of {self._frames} announced.")
        self._put(None)
        while self._thread.is_alive():
            self._thread.join(_GLANCE_SECONDS)
        if self._error is not None:
            raise _ours(self._error, self._out, self.encoder) from self._error
        try:
            _sync(self._part)
            self._part.replace(self._out)
        except OSError as error:
            raise _ours(error, self._out, self.encoder) from error

    def _abandon(self) -> None:
        """Stop the thread and leave nothing behind; harmless after the end."""
        self._stop.set()
        self._part.unlink(missing_ok=True)  # first: the muxer then has no file to rearrange
        if self._thread.is_alive():
            self._thread.join(_FAREWELL_SECONDS)

    def _run(self) -> None:
        """What the thread does: encode and mux frames until the end, or until told to stop."""
        try:
            self._encode()
        except BaseException as error:
            self._error = error
        try:
            self._container.close()  # writes the index, at the front of the file
        except BaseException as error:
            self._error = self._error or error

    def _encode(self) -> None:
        sound_ahead = next(self._sound, None)
        for count, frame in enumerate(self._arriving(), start=1):
            self._container.mux(self._video.encode(_tagged(frame, self._choice)))
            sound_ahead = self._mux_sound(sound_ahead, count / self._fps)
        if self._stop.is_set():
            return
        self._container.mux(self._video.encode(None))
        self._mux_sound(sound_ahead, None)

    def _arriving(self) -> Iterator[VideoFrame]:
        while not self._stop.is_set():
            try:
                frame = self._queue.get(timeout=_GLANCE_SECONDS)
            except queue.Empty:
                continue
            if frame is None:
                return
            yield frame

    def _mux_sound(
        self, packet: "Packet[AudioStream] | None", until: Fraction | None
    ) -> "Packet[AudioStream] | None":
        """Mux sound up to a time in seconds (None: the end); returns the first packet beyond."""
        while packet is not None:
            if until is not None and (packet.pts or 0) * packet.time_base >= until:
                return packet
            self._container.mux(packet)
            packet = next(self._sound, None)
        return None


def _check_numbers(size: tuple[int, int], fps: Fraction, frames: int, start: float) -> None:
    width, height = size
    if not (2 <= width <= MAX_SIDE and 2 <= height <= MAX_SIDE) or width % 2 or height % 2:
        raise BadOption(
            f"A video of {width}×{height} pixels cannot be written: "
            f"both sides must be even and from 2 to {MAX_SIDE}."
        )
    if not 0 < fps <= 1000:
        raise BadOption(f"A rate of {fps} frames/s cannot be written: use 1 to 1000.")
    if frames < 1:
        raise BadOption(f"A video needs at least one frame, not {frames}.")
    if not (math.isfinite(start) and start >= 0):
        raise BadOption(f"A video cannot start at {start} seconds: use 0 or more.")


def _checked_place(out: Path) -> Path:
    """The absolute path to write to, links followed; raises BadOutput where that cannot be."""
    try:
        place = out.resolve()
        if place.is_dir():
            raise BadOutput(f"{out} is a folder: name a file in it.")
        if place.exists() and not place.is_file():
            raise BadOutput(f"{out} is not an ordinary file and cannot be replaced.")
        if not place.parent.is_dir():
            raise BadOutput(f"There is no folder {place.parent} to write {place.name} into.")
    except OSError as error:
        raise BadOutput(f"{out} cannot be written: {error.strerror}.") from error
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise BadOutput(f"The folder {place.parent} is not writable.")
    return place


def _part_of(out: Path) -> Path:
    """Create a hidden file beside `out`, on the same file system so that it can be renamed."""
    stem = out.name.encode()[:200].decode(errors="ignore")
    part = out.with_name(f".{stem}.{secrets.token_hex(4)}.part")
    try:
        part.touch(exist_ok=False)
    except OSError as error:
        raise _ours(error, out, "") from error
    return part


def _container_options(suffix: str) -> dict[str, str]:
    return (
        {"movflags": "+faststart", "movie_timescale": "120000"}
        if suffix in (".mp4", ".mov")
        else {}
    )


def _tags(audio: Audio) -> dict[str, str]:
    tags = {"title": audio.title, "artist": audio.artist}
    return {key: value for key, value in tags.items() if value}


def _fill(plane: VideoPlane, pixels: Plane) -> None:
    """Copy (height, width) pixels into a frame's plane, whose lines may be longer."""
    if pixels.shape != (plane.height, plane.width) or pixels.dtype != np.uint8:
        raise Fault(
            f"A plane of {pixels.shape} {pixels.dtype} came where "
            f"{(plane.height, plane.width)} uint8 was due."
        )
    memory = np.frombuffer(memoryview(plane), np.uint8)
    memory = memory[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)
    memory[:, : plane.width] = pixels


def _tagged(frame: VideoFrame, choice: encoders.Choice) -> VideoFrame:
    """The frame in the encoder's pixel format and marked as BT.709, which ProRes reads from it."""
    if choice.encoder.pixel_format != frame.format.name:
        pts, time_base = frame.pts, frame.time_base
        frame = frame.reformat(format=choice.encoder.pixel_format)
        frame.pts, frame.time_base = pts, time_base
    frame.color_primaries = frame.color_trc = frame.colorspace = _BT709
    frame.color_range = _LIMITED
    return frame


def _sync(path: Path) -> None:
    """Have the system put a file's bytes on the disk, which is where a full one may show."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _ours(error: BaseException, out: Path, encoder: str) -> BaseException:
    """An error of FFmpeg's or the system's as one of ours; ours and interruptions as they are."""
    if isinstance(error, OrielError) or not isinstance(error, Exception):
        return error
    number = getattr(error, "errno", None)
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if number in _FULL:
        return BadOutput(f"No space left in {out.parent} to write {out.name}.")
    if number in _FORBIDDEN:
        return BadOutput(f"{out} cannot be written: {reason}.")
    return EncoderFailed(f"{encoder} failed while writing {out.name}: {reason}.")
